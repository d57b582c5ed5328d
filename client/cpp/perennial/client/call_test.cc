#include "perennial/client/call.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cpp/testing/fake_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/api/errors.h"
#include "perennial/client/account_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/time_line.h"

namespace perennial::client {
namespace {

constexpr RetryPolicy kQuick = {4, absl::Microseconds(1), absl::Microseconds(2)};

absl::Status Overloaded(absl::Duration delay) {
  return RetryLater(absl::StatusCode::kResourceExhausted, v1::OVERLOADED, "busy", delay);
}

class CallTest : public ::testing::Test {
 protected:
  CallTest() { options_.retry = kQuick; }

  // Fails with each of the errors in turn, then succeeds.
  template <class Request, class Response>
  void FailWith(const std::string& method, std::vector<absl::Status> errors) {
    auto left = std::make_shared<std::vector<absl::Status>>(std::move(errors));
    connection_->On<Request, Response>(method, [left](const Request&) -> absl::StatusOr<Response> {
      if (left->empty()) return Response();
      const absl::Status error = left->front();
      left->erase(left->begin());
      return error;
    });
  }

  std::set<std::string> RequestIds() const {
    std::set<std::string> ids;
    for (const auto& record : connection_->records()) {
      const auto* field = record.request->GetDescriptor()->FindFieldByName("request_id");
      ids.insert(record.request->GetReflection()->GetString(*record.request, field));
    }
    return ids;
  }

  const std::shared_ptr<FakeConnection> connection_ = std::make_shared<FakeConnection>();
  CallOptions options_;
};

TEST_F(CallTest, AttemptsAReadAgainAfterErrorsThatPass) {
  FailWith<v1::GetAccountRequest, v1::Account>(
      "GetAccount",
      {absl::UnavailableError("down"), Overloaded(absl::ZeroDuration()), WriteConflict()});
  EXPECT_TRUE(AccountClient(connection_).GetAccount({}, options_).ok());
  EXPECT_EQ(connection_->records().size(), 4u);
}

TEST_F(CallTest, AttemptsAWriteAgainUnderOneRequestId) {
  FailWith<v1::CreateAccountRequest, v1::Account>(
      "CreateAccount", {absl::UnavailableError("down"), WriteConflict()});
  EXPECT_TRUE(AccountClient(connection_).CreateAccount({}, options_).ok());
  EXPECT_EQ(connection_->records().size(), 3u);
  ASSERT_EQ(RequestIds().size(), 1u);
  EXPECT_EQ(RequestIds().begin()->size(), 36u);
}

// Its database is restored again and again.
class RestlessConnection : public FakeConnection, public TimeLineSource {
 public:
  std::string time_line() const override {
    return records().empty() ? "" : absl::StrCat("line ", records().size());
  }
};

// So that no attempt is carried out after the database was restored.
TEST(TimeLineTest, AWriteIsAttemptedOnOne) {
  const auto connection = std::make_shared<RestlessConnection>();
  connection->On<v1::CreateAccountRequest, v1::Account>(
      "CreateAccount", [&connection](const auto&) -> absl::StatusOr<v1::Account> {
        if (connection->records().size() < 3) return absl::UnavailableError("down");
        return v1::Account();
      });
  CallOptions options;
  options.retry = kQuick;
  EXPECT_TRUE(AccountClient(connection).CreateAccount({}, options).ok());
  std::vector<std::string> named;
  for (const auto& record : connection->records()) {
    const auto found = record.options.metadata.find(kTimeLineMetadata);
    named.push_back(found == record.options.metadata.end() ? "" : found->second);
  }
  EXPECT_THAT(named, testing::ElementsAre("", "line 1", "line 1"));
}

TEST_F(CallTest, MakesAnotherRequestIdForAnotherCall) {
  FailWith<v1::CreateAccountRequest, v1::Account>("CreateAccount", {});
  const AccountClient accounts(connection_);
  EXPECT_TRUE(accounts.CreateAccount({}).ok());
  EXPECT_TRUE(accounts.CreateAccount({}).ok());
  EXPECT_EQ(RequestIds().size(), 2u);
}

TEST_F(CallTest, KeepsTheRequestIdOfTheCaller) {
  FailWith<v1::CreateAccountRequest, v1::Account>("CreateAccount",
                                                  {absl::UnavailableError("down")});
  v1::CreateAccountRequest request;
  request.set_request_id("mine");
  EXPECT_TRUE(AccountClient(connection_).CreateAccount(request, options_).ok());
  EXPECT_EQ(RequestIds(), std::set<std::string>{"mine"});
}

TEST_F(CallTest, AttemptsOnceWhatIsNotSafeToRepeat) {
  FailWith<v1::MoveTimeRequest, v1::ClockTime>("MoveTime", {absl::UnavailableError("down")});
  EXPECT_EQ(ClockClient(connection_).MoveTime({}, options_).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(connection_->records().size(), 1u);
}

TEST_F(CallTest, AnswersErrorsThatDoNotPass) {
  const std::vector<absl::Status> errors = {ResourceNotFound("accounts/acme"),
                                            EtagMismatch("accounts/acme", "7"),
                                            absl::ResourceExhaustedError("larger than the limit")};
  for (const absl::Status& error : errors) {
    FailWith<v1::GetAccountRequest, v1::Account>("GetAccount", {error});
    EXPECT_EQ(AccountClient(connection_).GetAccount({}, options_).status(), error);
  }
  EXPECT_EQ(connection_->records().size(), errors.size());
}

TEST_F(CallTest, TellsADeadlineAsSuch) {
  FailWith<v1::GetAccountRequest, v1::Account>(
      "GetAccount", {absl::UnavailableError("down"), absl::DeadlineExceededError("late")});
  FailWith<v1::ListAccountsRequest, v1::ListAccountsResponse>(
      "ListAccounts", {absl::DeadlineExceededError("late")});
  options_.timeout = absl::Seconds(7);
  // Whoever waited in vain for a server is told why it could not be reached.
  EXPECT_EQ(AccountClient(connection_).GetAccount({}, options_).status(),
            absl::UnavailableError("down"));
  const absl::Status status = AccountClient(connection_).ListAccounts.Page({}, options_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(status.message(),
            "AccountService.ListAccounts was not done within 7s (1 attempt): late");
}

TEST_F(CallTest, GivesUpAfterTheMostAttempts) {
  FailWith<v1::GetAccountRequest, v1::Account>(
      "GetAccount", std::vector<absl::Status>(9, absl::UnavailableError("down")));
  EXPECT_FALSE(AccountClient(connection_).GetAccount({}, options_).ok());
  EXPECT_EQ(connection_->records().size(), 4u);
}

TEST_F(CallTest, WaitsForAServerThatWasNotThere) {
  FailWith<v1::GetAccountRequest, v1::Account>(
      "GetAccount", {absl::UnavailableError("restarting"), absl::DeadlineExceededError("later")});
  const absl::Status status = AccountClient(connection_).GetAccount({}, options_).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << "why it could not be reached: " << status;
  ASSERT_EQ(connection_->records().size(), 2u);
  EXPECT_FALSE(connection_->records()[0].options.wait_for_ready);
  EXPECT_TRUE(connection_->records()[1].options.wait_for_ready);
}

TEST_F(CallTest, GivesUpAServerThatIsNotThereAfterItsPatience) {
  options_.retry->patience = absl::ZeroDuration();
  FailWith<v1::GetAccountRequest, v1::Account>("GetAccount", {absl::UnavailableError("down")});
  EXPECT_TRUE(absl::IsUnavailable(AccountClient(connection_).GetAccount({}, options_).status()));
  EXPECT_EQ(connection_->records().size(), 1u);
}

TEST_F(CallTest, GivesUpWhereTheDeadlineWouldPassInTheWait) {
  FailWith<v1::GetAccountRequest, v1::Account>("GetAccount", {Overloaded(absl::Hours(1))});
  EXPECT_FALSE(AccountClient(connection_).GetAccount({}, options_).ok());
  EXPECT_EQ(connection_->records().size(), 1u);
}

TEST_F(CallTest, GivesEachAttemptTheTimeThatIsLeft) {
  FailWith<v1::GetAccountRequest, v1::Account>(
      "GetAccount", {absl::UnavailableError("1"), absl::UnavailableError("2")});
  EXPECT_TRUE(AccountClient(connection_).GetAccount({}, options_).ok());
  absl::Duration before = absl::Seconds(10);
  for (const auto& record : connection_->records()) {
    ASSERT_TRUE(record.options.timeout.has_value());
    EXPECT_LE(*record.options.timeout, before);
    before = *record.options.timeout;
  }
}

TEST_F(CallTest, TheMoreSpecificOptionWins) {
  FailWith<v1::GetAccountRequest, v1::Account>("GetAccount", {});
  connection_->set_options(
      {absl::Hours(1), std::nullopt, "connection", v1::VIEWER, {{"a", "1"}, {"b", "1"}}});
  const AccountClient accounts(
      connection_, {std::nullopt, std::nullopt, "client", std::nullopt, {{"b", "2"}, {"c", "2"}}});
  EXPECT_TRUE(accounts.GetAccount({}, {{}, {}, {}, v1::EDITOR, {{"c", "3"}}}).ok());
  const CallOptions seen = connection_->records().back().options;
  EXPECT_GT(seen.timeout, absl::Minutes(59));
  EXPECT_EQ(seen.actor, "client");
  EXPECT_EQ(seen.role, v1::EDITOR);
  EXPECT_EQ(seen.metadata,
            (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

TEST(RetryDelayTest, DoublesUpToTheGreatest) {
  const RetryPolicy policy = {9, absl::Seconds(1), absl::Seconds(5)};
  const absl::Status down = absl::UnavailableError("down");
  EXPECT_EQ(RetryDelay(policy, 1, down, 0), absl::Seconds(1));
  EXPECT_EQ(RetryDelay(policy, 2, down, 0), absl::Seconds(2));
  EXPECT_EQ(RetryDelay(policy, 3, down, 0), absl::Seconds(4));
  EXPECT_EQ(RetryDelay(policy, 4, down, 0), absl::Seconds(5));
  EXPECT_EQ(RetryDelay(policy, 9, down, 0), std::nullopt);
}

TEST(RetryDelayTest, TakesOffUpToAHalf) {
  const RetryPolicy policy = {9, absl::Seconds(1), absl::Seconds(5)};
  EXPECT_EQ(RetryDelay(policy, 2, absl::UnavailableError("down"), 0.5), absl::Seconds(1.5));
}

TEST(RetryDelayTest, WaitsAtLeastAsLongAsTheServerAsks) {
  const RetryPolicy policy = {9, absl::Seconds(1), absl::Seconds(5)};
  EXPECT_EQ(RetryDelay(policy, 1, Overloaded(absl::Seconds(7)), 0), absl::Seconds(7));
  EXPECT_EQ(RetryDelay(policy, 1, Overloaded(absl::Seconds(7)), 0.5), absl::Seconds(7.25));
}

}  // namespace
}  // namespace perennial::client
