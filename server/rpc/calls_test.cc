#include "server/rpc/calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/empty.pb.h"
#include "lib/api/errors.h"
#include "server/rpc/caller.h"
#include "server/rpc/rpc_server_fixture.h"

namespace perennial {
namespace {

using testing::HasSubstr;
using testing::Not;

using CallsTest = RpcServerTest;

TEST_F(CallsTest, CallersAreLocalAdminsUntilTheySayOtherwise) {
  Call seen;
  handler_ = [&](const Call& call) {
    seen = call;
    return absl::OkStatus();
  };
  Start();
  ASSERT_TRUE(GetTime().ok());
  EXPECT_EQ(seen.actor, "local");
  EXPECT_EQ(seen.role, v1::ADMIN);
  EXPECT_EQ(seen.method, "ClockService.GetTime");

  ASSERT_TRUE(GetTimeAs(kActorMetadata, "ada@example.com").ok());
  EXPECT_EQ(seen.actor, "ada@example.com");
  ASSERT_TRUE(GetTimeAs(kActorMetadata, std::string(200, 'a')).ok());
  ASSERT_TRUE(GetTimeAs(kRoleMetadata, "VIEWER").ok());
  EXPECT_EQ(seen.role, v1::VIEWER);
}

TEST_F(CallsTest, RefusesMetadataThatNamesNobody) {
  Start();
  const std::pair<const char*, std::string> wrong[] = {
      {kActorMetadata, ""},       {kActorMetadata, std::string(201, 'a')},
      {kActorMetadata, "system"}, {kRoleMetadata, "OWNER"},
      {kRoleMetadata, "viewer"},  {kRoleMetadata, "ROLE_UNSPECIFIED"},
      {kRoleMetadata, ""}};
  for (const auto& [key, value] : wrong) {
    const absl::Status status = GetTimeAs(key, value);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << key << ": " << value;
    EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD);
    ASSERT_EQ(ViolationsOf(status).size(), 1u);
    EXPECT_EQ(ViolationsOf(status)[0].field, key);
  }
  grpc::ClientContext twice;
  twice.AddMetadata(kRoleMetadata, "ADMIN");
  twice.AddMetadata(kRoleMetadata, "VIEWER");
  EXPECT_EQ(GetTime(twice).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(handled_, 0);
}

TEST_F(CallsTest, RefusesARoleThatIsTooLow) {
  Start();
  grpc::ClientContext manager;
  manager.AddMetadata(kRoleMetadata, "MANAGER");
  const absl::Status status =
      client_->Call<v1::ClockTime>(kMoveTime, v1::MoveTimeRequest(), manager).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), v1::ROLE_TOO_LOW);

  v1::MoveTimeRequest request;
  request.set_days(1);
  EXPECT_TRUE(client_->Call<v1::ClockTime>(kMoveTime, request).ok());
}

TEST_F(CallsTest, MethodsWithoutHandlerAreUnimplemented) {
  Start();
  EXPECT_EQ(client_
                ->Call<google::protobuf::Empty>("/perennial.v1.CatalogService/GetProduct",
                                                google::protobuf::Empty())
                .status()
                .code(),
            absl::StatusCode::kUnimplemented);
}

TEST_F(CallsTest, RefusesBytesThatAreNoRequest) {
  Start();
  grpc::ClientContext context;
  const absl::Status status = client_->CallBytes(kGetTime, "\xff\xff\xff", context).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), v1::MALFORMED_REQUEST);
}

TEST_F(CallsTest, RefusesMessagesThatAreTooLarge) {
  options_.max_message_bytes = 1000;
  Start();
  // Unknown fields are no fault: a length-delimited field 15 of 900 or 2000 bytes.
  const auto call = [this](const std::string& length_bytes, int length) {
    grpc::ClientContext context;
    return client_->CallBytes(kGetTime, "\x7a" + length_bytes + std::string(length, 'x'), context)
        .status();
  };
  EXPECT_TRUE(call("\x84\x07", 900).ok());
  EXPECT_EQ(call("\xd0\x0f", 2000).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(handled_, 1);
}

TEST_F(CallsTest, HandlersErrorsReachTheCallerWithTheirDetails) {
  const absl::Status error = EtagMismatch("accounts/a", "7");
  handler_ = [&](const Call&) { return error; };
  Start();
  EXPECT_EQ(GetTime(), error);
}

TEST_F(CallsTest, HidesFaultsBehindAnIdThatTheLogHas) {
  handler_ = [](const Call&) { return absl::InternalError("SELECT secret FROM db.example"); };
  Start();
  testing::internal::CaptureStderr();
  const absl::Status status = GetTime();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(status), v1::INTERNAL_ERROR);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("secret")));

  const std::string message(status.message());
  const std::string id = message.substr(message.rfind(' ') + 1);
  EXPECT_THAT(log, HasSubstr(absl::StrCat("\"error_id\":\"", id, "\"")));
  EXPECT_THAT(log, HasSubstr("SELECT secret"));
}

TEST_F(CallsTest, AnExceptionEndsItsCallOnly) {
  handler_ = [this](const Call&) -> absl::Status {
    if (handled_ == 1) throw std::runtime_error("secret");
    if (handled_ == 2) throw "no std::exception";
    return absl::OkStatus();
  };
  Start();
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = GetTime();
    EXPECT_EQ(ReasonOf(status), v1::INTERNAL_ERROR);
    EXPECT_THAT(status.ToString(), Not(HasSubstr("secret")));
  }
  EXPECT_TRUE(GetTime().ok());
}

TEST_F(CallsTest, LogsOneLineForEachCall) {
  Start();
  testing::internal::CaptureStderr();
  ASSERT_TRUE(GetTimeAs(kActorMetadata, "ada").ok());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  for (const char* part :
       {"\"method\":\"ClockService.GetTime\"", "\"code\":\"OK\"", "\"actor\":\"ada\"",
        "\"micros\":", "\"request_bytes\":0", "\"peer\":\"ipv4:127.0.0.1:"}) {
    EXPECT_THAT(log, HasSubstr(part));
  }
}

TEST_F(CallsTest, LogsOnlyFailuresWhereTheRestIsSwitchedOff) {
  options_.log_successful_calls = false;
  Start();
  testing::internal::CaptureStderr();
  ASSERT_TRUE(GetTime().ok());
  ASSERT_FALSE(GetTimeAs(kActorMetadata, "system").ok());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_THAT(log, HasSubstr("\"reason\":\"INVALID_FIELD\""));
}

TEST_F(CallsTest, DeadlineIsTheCallersOrTheDefault) {
  std::promise<absl::Time> seen[2];
  handler_ = [&](const Call& call) {
    seen[handled_ - 1].set_value(call.deadline);
    return absl::OkStatus();
  };
  options_.default_deadline = absl::Hours(10);
  Start();
  const absl::Time start = absl::Now();
  ASSERT_TRUE(GetTime().ok());
  const absl::Time by_default = seen[0].get_future().get();
  EXPECT_GE(by_default, start + absl::Hours(10));
  EXPECT_LE(by_default, absl::Now() + absl::Hours(10));

  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(5));
  ASSERT_TRUE(GetTime(context).ok());
  const absl::Time by_caller = seen[1].get_future().get();
  EXPECT_GT(by_caller, start + absl::Hours(4));
  EXPECT_LT(by_caller, start + absl::Hours(6));
}

TEST_F(CallsTest, DropsWorkWhoseDeadlinePassedInTheQueue) {
  options_.default_deadline = absl::ZeroDuration();
  Start();
  const absl::Status status = GetTime();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(status), v1::DEADLINE_PASSED);
  EXPECT_EQ(handled_, 0);
}

TEST_F(CallsTest, DropsCancelledCallsFromTheQueue) {
  Start();
  // The cancellation may reach the server a moment after the call was begun: then it is tried
  // again.
  bool dropped = false;
  for (int attempt = 0; attempt < 100 && !dropped; ++attempt) {
    Gate gate;
    handled_ = 0;
    handler_ = [&](const Call&) {
      gate.Pass();
      return absl::OkStatus();
    };
    Answers running, cancelled;
    CallGetTime(running);
    gate.AwaitEntered(1);
    grpc::ClientContext context;
    std::thread call([&] { cancelled.Add(GetTime(context)); });
    Health("");  // behind the call on the same connection
    context.TryCancel();
    EXPECT_EQ(cancelled.Next().code(), absl::StatusCode::kCancelled);
    call.join();
    Health("");
    gate.Open();
    EXPECT_TRUE(running.Next().ok());
    ASSERT_TRUE(GetTime().ok());  // behind the cancelled one in the queue
    dropped = handled_ == 2;
  }
  EXPECT_TRUE(dropped);
}

TEST_F(CallsTest, CancellingARunningCallEndsItOnce) {
  Gate gate;
  handler_ = [&](const Call&) {
    gate.Pass();
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext context;
  std::thread call([&] { EXPECT_EQ(GetTime(context).code(), absl::StatusCode::kCancelled); });
  gate.AwaitEntered(1);
  context.TryCancel();
  call.join();
  gate.Open();
  server_->Shutdown();  // waits for ever where a call was not ended
}

TEST_F(CallsTest, AStreamAnswersMessageByMessage) {
  Start();
  grpc::ClientContext context;
  const auto stream = client_->Open(kImport, context);
  for (int rows = 1; rows <= 3; ++rows) {
    v1::ImportRequest request;
    for (int i = 0; i < rows; ++i) request.add_rows();
    ASSERT_TRUE(stream->Write(ToBuffer(request.SerializeAsString())));
    grpc::ByteBuffer buffer;
    ASSERT_TRUE(stream->Read(&buffer));
    v1::ImportResponse response;
    ASSERT_TRUE(response.ParseFromString(ToString(buffer)));
    EXPECT_EQ(response.counts().created(), rows);
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(CallsTest, AnErrorEndsAStream) {
  handler_ = [](const Call&) { return ResourceNotFound("accounts/a"); };
  Start();
  grpc::ClientContext context;
  const auto stream = client_->Open(kImport, context);
  EXPECT_TRUE(stream->Write(ToBuffer("")));
  EXPECT_EQ(FromGrpcStatus(stream->Finish()), ResourceNotFound("accounts/a"));
}

TEST_F(CallsTest, AStreamNeedsItsRole) {
  Start();
  grpc::ClientContext context;
  context.AddMetadata(kRoleMetadata, "EDITOR");
  EXPECT_EQ(ReasonOf(FromGrpcStatus(client_->Open(kImport, context)->Finish())), v1::ROLE_TOO_LOW);
}

TEST_F(CallsTest, CancellingAStreamAtWorkEndsItOnce) {
  Gate gate;
  handler_ = [&](const Call&) {
    gate.Pass();
    return absl::OkStatus();
  };
  Start();
  grpc::ClientContext context;
  const auto stream = client_->Open(kImport, context);
  ASSERT_TRUE(stream->Write(ToBuffer("")));
  gate.AwaitEntered(1);
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  gate.Open();
  server_->Shutdown();  // waits for ever where a call was not ended
}

TEST_F(CallsTest, ShutdownCutsOffStreamsThatAreIdle) {
  Start();
  grpc::ClientContext context;
  const auto stream = client_->Open(kImport, context);
  ASSERT_TRUE(stream->Write(ToBuffer("")));
  grpc::ByteBuffer buffer;
  ASSERT_TRUE(stream->Read(&buffer));
  server_->Shutdown();
  EXPECT_FALSE(stream->Read(&buffer));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}
}  // namespace
}  // namespace perennial
