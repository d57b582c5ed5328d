#include "server/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "lib/api/errors.h"

namespace perennial {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

absl::Status FromGrpc(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return FromRpcStatus(details);
}

TEST(ForCallerTest, PassesOnWhatWasMadeForCallers) {
  FaultIds ids;
  std::string id;
  for (const absl::Status& status :
       {absl::OkStatus(), ResourceNotFound("accounts/a"), InvalidField("name", "must be set"),
        absl::CancelledError("gone"), absl::UnimplementedError("not yet")}) {
    EXPECT_EQ(ForCaller(status, ids, id), status);
  }
  EXPECT_THAT(id, IsEmpty());
}

// Of a damaged name, say.
TEST(ToGrpcStatusTest, WhatIsNoUtf8IsEscapedInTheMessageAndInEveryDetail) {
  for (const absl::Status& status :
       {DataDamaged("accounts/\xff"), EtagMismatch("accounts/\xff", "1"),
        InvalidField("f\xff", "x"), FailedPrecondition(v1::WRONG_STATE, "accounts/\xff", "\xff"),
        absl::UnimplementedError("\xff is not implemented")}) {
    google::rpc::Status wire;
    ASSERT_TRUE(wire.ParseFromString(ToGrpcStatus(status).error_details())) << status;
    EXPECT_THAT(wire.message(), HasSubstr("\\xff"));
    EXPECT_EQ(ReasonOf(FromRpcStatus(wire)), ReasonOf(status));
    google::rpc::ResourceInfo resource;
    google::rpc::BadRequest request;
    google::rpc::PreconditionFailure failure;
    for (const google::protobuf::Any& detail : wire.details()) {
      EXPECT_EQ(detail.Is<google::rpc::ResourceInfo>(), detail.UnpackTo(&resource));
      EXPECT_EQ(detail.Is<google::rpc::BadRequest>(), detail.UnpackTo(&request));
      EXPECT_EQ(detail.Is<google::rpc::PreconditionFailure>(), detail.UnpackTo(&failure));
    }
  }
}

TEST(ForCallerTest, HidesTheTextOfEveryOtherError) {
  for (const auto code :
       {absl::StatusCode::kInternal, absl::StatusCode::kUnknown, absl::StatusCode::kDataLoss,
        absl::StatusCode::kAlreadyExists, absl::StatusCode::kUnavailable}) {
    FaultIds ids;
    std::string id;
    const absl::Status told = ForCaller(absl::Status(code, "SELECT * FROM db.example"), ids, id);
    EXPECT_EQ(told.code(), absl::StatusCode::kInternal);
    EXPECT_EQ(ReasonOf(told), v1::INTERNAL_ERROR);
    EXPECT_THAT(id, Not(IsEmpty()));
    EXPECT_THAT(std::string(told.message()), HasSubstr(id));
    EXPECT_THAT(told.ToString(), Not(HasSubstr("SELECT")));
  }
}

TEST(ForCallerTest, EveryFaultHasItsOwnIdAndKeepsItWhileItRepeats) {
  FaultIds ids;
  std::string first, second, again;
  ForCaller(absl::InternalError("x"), ids, first).IgnoreError();
  ForCaller(absl::InternalError("y"), ids, second).IgnoreError();
  ForCaller(absl::InternalError("x"), ids, again).IgnoreError();
  EXPECT_NE(first, second);
  EXPECT_EQ(first, again);
}

TEST(ToGrpcStatusTest, KeepsCodeMessageAndDetails) {
  const absl::Status status = InvalidField("name", "must be set");
  const grpc::Status sent = ToGrpcStatus(status);
  EXPECT_EQ(sent.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(sent.error_message(), "name: must be set");
  EXPECT_EQ(FromGrpc(sent), status);
}

TEST(ToGrpcStatusTest, CutsWhatClientsWouldNotTake) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 1000; ++i) {
    violations.push_back({absl::StrCat("rows[", i, "].name"), "must be set"});
  }
  const grpc::Status sent = ToGrpcStatus(InvalidFields(violations));
  EXPECT_LT(sent.error_message().size() + sent.error_details().size(), 5000u);
  const absl::Status status = FromGrpc(sent);
  EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD);
  ASSERT_THAT(ViolationsOf(status), Not(IsEmpty()));
  EXPECT_EQ(ViolationsOf(status).front().field, "rows[0].name");
}

TEST(ToGrpcStatusTest, CutsBetweenCharacters) {
  std::string message;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&message, "€");  // three bytes each
  const grpc::Status sent = ToGrpcStatus(InvalidField("name", message));
  EXPECT_THAT(sent.error_message(), HasSubstr("€..."));
  EXPECT_EQ(ReasonOf(FromGrpc(sent)), v1::INVALID_FIELD);
}

}  // namespace
}  // namespace perennial
