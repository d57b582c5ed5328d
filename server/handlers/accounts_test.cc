#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/handlers_fixture.h"

namespace perennial {
namespace {

using v1::Account;

// A database that has a circle of divisions already, from the time when two could still make one.
class CircleTest : public HandlersFixture {
 protected:
  void SetUp() override {
    HandlersFixture::SetUp();
    if (IsSkipped()) return;
    call_.deadline = absl::Now() + absl::Minutes(1);
    Create(Named("a", ""));
    Create(Named("b", "accounts/a"));
    const absl::Status status = store_->Apply(call_, [](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/a"));
      account.set_parent_account("accounts/b");
      return tx.Update(account).status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  static Account Named(const std::string& id, const std::string& parent) {
    Account account;
    account.set_name("accounts/" + id);
    account.set_display_name(id);
    account.set_parent_account(parent);
    return account;
  }

  template <class Request>
  absl::Status Run(const std::string& method, const Request& request) {
    return RunBytes("AccountService." + method, request.SerializeAsString()).status();
  }

  absl::Status Put(const std::string& id, const std::string& parent) {
    v1::UpdateAccountRequest request;
    *request.mutable_account() = Named(id, parent);
    return Run("UpdateAccount", request);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, CircleTest, EveryEngine(), EngineName);

TEST_P(CircleTest, NothingIsPutBelowIt) {
  v1::CreateAccountRequest create;
  create.set_account_id("below");
  *create.mutable_account() = Named("below", "accounts/b");
  const absl::Status status = Run("CreateAccount", create);
  EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD) << status;
}

TEST_P(CircleTest, ItsAccountsAreStillWritten) {
  v1::UpdateAccountRequest update;
  *update.mutable_account() = Named("a", "accounts/b");
  update.mutable_account()->set_note("Still here");
  EXPECT_TRUE(Run("UpdateAccount", update).ok());
}

TEST_P(CircleTest, AnAccountIsTakenOutOfIt) {
  Create(Named("top", ""));
  EXPECT_TRUE(Put("a", "accounts/top").ok());
  EXPECT_EQ(ReasonOf(Put("a", "accounts/b")), v1::INVALID_FIELD);
  EXPECT_TRUE(Put("b", "").ok());
}

}  // namespace
}  // namespace perennial
