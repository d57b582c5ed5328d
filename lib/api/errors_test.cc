#include "lib/api/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perennial {
namespace {

using ::testing::HasSubstr;

// The detail of that type in the wire form; a default one and a failure without it.
template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const google::rpc::Status wire = ToRpcStatus(status);
  for (const auto& any : wire.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name() << " in " << status;
  return detail;
}

TEST(ErrorsTest, InvalidFieldsNamesEachInABadRequest) {
  const absl::Status status =
      InvalidFields({{"contact.roles[2]", "must be a role"}, {"parent", "must be set"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "contact.roles[2]: must be a role; parent: must be set");
  EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD);
  const auto request = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(0).field(), "contact.roles[2]");
  EXPECT_EQ(request.field_violations(1).description(), "must be set");
  EXPECT_EQ(ReasonOf(InvalidFields({{"filter", "x"}}, v1::INVALID_FILTER)), v1::INVALID_FILTER);
}

TEST(ErrorsTest, EveryErrorHasAnErrorInfoOfTheDomain) {
  const absl::Status errors[] = {
      InvalidField("a", "b"),
      ResourceNotFound("accounts/a"),
      ResourceExists("accounts/a"),
      EtagMismatch("accounts/a", "2"),
      WriteConflict(),
      FailedPrecondition(v1::WRONG_STATE, "accounts/a", "open it first"),
      MakeError(absl::StatusCode::kInternal, v1::INTERNAL_ERROR, "id 7"),
      RetryLater(absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE, "", absl::Seconds(1)),
  };
  for (const absl::Status& error : errors) {
    const auto info = DetailOf<google::rpc::ErrorInfo>(error);
    EXPECT_EQ(info.domain(), "perennial");
    EXPECT_EQ(info.reason(), v1::ErrorReason_Name(ReasonOf(error)));
    EXPECT_NE(ReasonOf(error), v1::ERROR_REASON_UNSPECIFIED);
  }
}

TEST(ErrorsTest, ResourceErrorsSayWhichAndOfWhatType) {
  const absl::Status missing = ResourceNotFound("accounts/a/contacts/c");
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  const auto info = DetailOf<google::rpc::ResourceInfo>(missing);
  EXPECT_EQ(info.resource_type(), "Contact");
  EXPECT_EQ(info.resource_name(), "accounts/a/contacts/c");
  EXPECT_EQ(ResourceExists("accounts/a").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(DetailOf<google::rpc::ResourceInfo>(ResourceNotFound("x")).resource_type(), "");
}

TEST(ErrorsTest, EtagMismatchGivesTheCurrentOne) {
  const absl::Status status = EtagMismatch("accounts/a", "7");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).metadata().at("etag"), "7");
}

TEST(ErrorsTest, PreconditionsAreListed) {
  const absl::Status status = FailedPreconditions(
      v1::GATE_UNMET, "accounts/a/opportunities/o", "two criteria are unmet",
      {{"DECISION_ROLE_REACHED", "call one"}, {"CONTACTS_VERIFIED", "verify them"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  ASSERT_EQ(failure.violations_size(), 2);
  EXPECT_EQ(failure.violations(0).type(), "DECISION_ROLE_REACHED");
  EXPECT_EQ(failure.violations(1).subject(), "accounts/a/opportunities/o");
  EXPECT_EQ(failure.violations(1).description(), "verify them");

  const absl::Status single = FailedPrecondition(v1::WRONG_STATE, "accounts/a", "it is closed");
  EXPECT_EQ(DetailOf<google::rpc::PreconditionFailure>(single).violations(0).type(), "WRONG_STATE");
}

TEST(ErrorsTest, RetryLaterSaysWhen) {
  const auto info = DetailOf<google::rpc::RetryInfo>(RetryLater(
      absl::StatusCode::kResourceExhausted, v1::OVERLOADED, "busy", absl::Milliseconds(1500)));
  EXPECT_EQ(info.retry_delay().seconds(), 1);
  EXPECT_EQ(info.retry_delay().nanos(), 500'000'000);
}

TEST(RpcStatusTest, SurvivesTheWire) {
  const absl::Status status = FailedPrecondition(v1::WRONG_STATE, "accounts/a", "it is closed");
  google::rpc::Status wire;
  ASSERT_TRUE(wire.ParseFromString(ToRpcStatus(status).SerializeAsString()));
  EXPECT_EQ(FromRpcStatus(wire), status);
  EXPECT_EQ(ToRpcStatus(FromRpcStatus(wire)).SerializeAsString(), wire.SerializeAsString());
  EXPECT_EQ(wire.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
}

TEST(RpcStatusTest, TakesWhatOthersMade) {
  google::rpc::Status wire;
  EXPECT_TRUE(FromRpcStatus(wire).ok());
  wire.set_code(4711);
  EXPECT_EQ(FromRpcStatus(wire).code(), absl::StatusCode::kUnknown);
  wire.set_code(-1);
  EXPECT_EQ(FromRpcStatus(wire).code(), absl::StatusCode::kUnknown);
  wire.set_code(5);
  auto& mangled = *wire.add_details();
  mangled.set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  mangled.set_value("\xff");
  EXPECT_EQ(FromRpcStatus(wire).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(FromRpcStatus(wire)), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(ReasonOfTest, IsUnspecifiedForErrorsOfOthers) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), v1::ERROR_REASON_UNSPECIFIED);
  google::rpc::ErrorInfo info;
  info.set_domain("elsewhere");
  info.set_reason("GATE_UNMET");
  google::rpc::Status wire;
  wire.set_code(9);
  wire.add_details()->PackFrom(info);
  EXPECT_EQ(ReasonOf(FromRpcStatus(wire)), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(ToRowErrorTest, NamesFieldsCriteriaAndResourcesAtFault) {
  const v1::RowError invalid = ToRowError(InvalidField("account.country", "must be set"));
  EXPECT_EQ(invalid.code(), 3);
  EXPECT_EQ(invalid.reason(), "INVALID_FIELD");
  EXPECT_THAT(invalid.message(), HasSubstr("must be set"));
  ASSERT_EQ(invalid.violations_size(), 1);
  EXPECT_EQ(invalid.violations(0).subject(), "account.country");

  const v1::RowError unmet =
      ToRowError(FailedPreconditions(v1::GATE_UNMET, "o", "unmet", {{"OFFER_ACCEPTED", "do"}}));
  ASSERT_EQ(unmet.violations_size(), 1);
  EXPECT_EQ(unmet.violations(0).subject(), "OFFER_ACCEPTED");

  const v1::RowError missing = ToRowError(ResourceNotFound("accounts/a"));
  ASSERT_EQ(missing.violations_size(), 1);
  EXPECT_EQ(missing.violations(0).subject(), "accounts/a");

  EXPECT_EQ(ToRowError(absl::InternalError("x")).reason(), "");
}

}  // namespace
}  // namespace perennial
