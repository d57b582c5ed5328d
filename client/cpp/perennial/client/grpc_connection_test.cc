// The gRPC connection against a real gRPC server on loopback.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cpp/testing/fake_connection.h"
#include "client/cpp/testing/fake_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/api/errors.h"
#include "perennial/client/account_client.h"
#include "perennial/client/connection.h"
#include "perennial/client/errors.h"
#include "perennial/client/import_client.h"

namespace perennial::client {
namespace {

using ::testing::Contains;
using ::testing::Pair;

class GrpcConnectionTest : public ::testing::Test {
 protected:
  template <class Request, class Response>
  void Answer(const std::string& method, absl::StatusOr<Response> answer) {
    backend_.On<Request, Response>(method, [answer](const Request&) { return answer; });
  }

  FakeConnection backend_;
  FakeServer server_{backend_};
};

TEST_F(GrpcConnectionTest, CarriesRequestResponseAndOptions) {
  backend_.On<v1::GetAccountRequest, v1::Account>("GetAccount",
                                                  [](const v1::GetAccountRequest& request) {
                                                    v1::Account account;
                                                    account.set_name(request.name());
                                                    return account;
                                                  });
  ConnectionOptions options;
  options.calls.actor = "jane";
  options.calls.role = v1::VIEWER;
  const AccountClient accounts(Connect(server_.address(), options));
  v1::GetAccountRequest request;
  request.set_name("accounts/acme");
  const auto account = accounts.GetAccount(request, {{}, {}, {}, {}, {{"x-trace", "7"}}});
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->name(), "accounts/acme");
  const CallOptions seen = backend_.records().back().options;
  EXPECT_EQ(seen.actor, "jane");
  EXPECT_THAT(seen.metadata, Contains(Pair("x-perennial-role", "VIEWER")));
  EXPECT_THAT(seen.metadata, Contains(Pair("x-trace", "7")));
  ASSERT_TRUE(seen.timeout.has_value());
  // What is left is rounded up on its way.
  EXPECT_LE(*seen.timeout, absl::Seconds(11));
}

// Nobody listens at the first.
TEST_F(GrpcConnectionTest, AsksAnotherServerWhereOneIsGone) {
  Answer<v1::GetAccountRequest, v1::Account>("GetAccount", v1::Account());
  v1::GetAccountRequest request;
  request.set_name("accounts/acme");
  const size_t colon = server_.address().rfind(':');
  for (const std::string& other :
       {server_.address(), absl::StrCat("localhost", server_.address().substr(colon))}) {
    const AccountClient accounts(Connect(absl::StrCat("localhost:1, ", other)));
    const auto account = accounts.GetAccount(request);
    EXPECT_TRUE(account.ok()) << account.status();
  }
}

TEST_F(GrpcConnectionTest, CarriesTheDetailsOfErrors) {
  Answer<v1::CreateAccountRequest, v1::Account>(
      "CreateAccount", InvalidField("account.country", "must be two letters"));
  const AccountClient accounts(Connect(server_.address()));
  const absl::Status status = accounts.CreateAccount({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(client::ReasonOf(status), v1::INVALID_FIELD);
  const auto violations = client::ViolationsOf(status);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].subject, "account.country");
  EXPECT_EQ(violations[0].description, "must be two letters");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
}

TEST_F(GrpcConnectionTest, CarriesTheDelayOfAnOverloadedServer) {
  Answer<v1::DeleteAccountRequest, google::protobuf::Empty>(
      "DeleteAccount",
      RetryLater(absl::StatusCode::kResourceExhausted, v1::OVERLOADED, "busy", absl::Seconds(90)));
  const absl::Status status = AccountClient(Connect(server_.address())).DeleteAccount({});
  EXPECT_EQ(client::ReasonOf(status), v1::OVERLOADED);
  EXPECT_EQ(RetryDelayOf(status), absl::Seconds(90));
}

TEST_F(GrpcConnectionTest, CarriesAStream) {
  backend_.On<v1::ImportRequest, v1::ImportResponse>(
      "Import", [](const v1::ImportRequest& request) {
        v1::ImportResponse response;
        response.mutable_counts()->set_created(request.rows_size());
        return response;
      });
  auto stream = ImportClient(Connect(server_.address())).Import();
  v1::ImportRequest request;
  v1::ImportResponse response;
  for (int chunk = 1; chunk <= 3; ++chunk) {
    request.add_rows();
    ASSERT_TRUE(stream.Write(request));
    ASSERT_TRUE(stream.Read(response));
    EXPECT_EQ(response.counts().created(), chunk);
  }
  EXPECT_TRUE(stream.WritesDone());
  EXPECT_FALSE(stream.Read(response));
  EXPECT_TRUE(stream.Finish().ok());
}

TEST_F(GrpcConnectionTest, TellsWhyAStreamBroke) {
  Answer<v1::ImportRequest, v1::ImportResponse>(
      "Import", MakeError(absl::StatusCode::kPermissionDenied, v1::ROLE_TOO_LOW, "needs ADMIN"));
  auto stream = ImportClient(Connect(server_.address())).Import();
  stream.Write({});
  v1::ImportResponse response;
  EXPECT_FALSE(stream.Read(response));
  EXPECT_EQ(client::ReasonOf(stream.Finish()), v1::ROLE_TOO_LOW);
}

TEST(GrpcConnectionWithoutServerTest, IsUnavailable) {
  std::string address;
  {
    FakeConnection backend;
    const FakeServer server(backend);
    address = server.address();
  }
  CallOptions options;
  options.retry = RetryPolicy{1, {}, {}};
  const auto account = AccountClient(Connect(address), options).GetAccount({});
  EXPECT_EQ(account.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(client::ReasonOf(account.status()), v1::ERROR_REASON_UNSPECIFIED);
}

}  // namespace
}  // namespace perennial::client
