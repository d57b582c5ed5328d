#include "server/jobs/account_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "perennial/v1/account_service.pb.h"
#include "server/methods/system_call.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using v1::Account;

class AccountSweepTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    sweep_.select = [](ReadTx&) { return From<Account>(); };
    sweep_.work = [this](const AccountSweep::Accounts& accounts, WriteTx&) {
      worked_.insert(worked_.end(), accounts.begin(), accounts.end());
      return absl::OkStatus();
    };
  }

  void CreateAccounts(const std::vector<std::string>& ids) {
    const absl::Status status = store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
      for (const std::string& id : ids) {
        Account account;
        account.set_name("accounts/" + id);
        account.set_display_name(id);
        RETURN_IF_ERROR(tx.Create(account).status());
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  absl::Status Sweep() {
    return RunSweep(sweep_, SystemCall(job_, absl::InfiniteFuture()), *store_);
  }

  // What was logged of another one is only counted.
  const std::string job_ = GetParam() == sql::Engine::kMysql ? "OnMysql" : "OnSqlite";
  AccountSweep sweep_;
  std::vector<std::string> worked_;
};
INSTANTIATE_TEST_SUITE_P(Engines, AccountSweepTest, EveryEngine(), EngineName);

TEST_P(AccountSweepTest, WorksOnEachAccountOnceHoweverManyThereAre) {
  std::vector<std::string> ids, names;
  for (int i = 1000; i < 2001; ++i)
    names.push_back("accounts/" + ids.emplace_back(absl::StrCat(i)));
  CreateAccounts(ids);
  EXPECT_TRUE(Sweep().ok());
  EXPECT_EQ(worked_, names);
}

TEST_P(AccountSweepTest, WorksInTheOrderOfAField) {
  CreateAccounts({"b", "a", "d", "c"});
  sweep_.order_by = "create_time";  // one time for all: the names decide
  EXPECT_TRUE(Sweep().ok());
  EXPECT_THAT(worked_, ElementsAre("accounts/a", "accounts/b", "accounts/c", "accounts/d"));
}

TEST_P(AccountSweepTest, AnAccountThatFailsIsNamedAndDoesNotStopTheOthers) {
  CreateAccounts({"a", "bad", "c", "worse"});
  std::vector<std::string> committed;
  AccountSweep::Accounts last;
  sweep_.choose = [](const AccountSweep::Accounts& accounts,
                     ReadTx&) -> absl::StatusOr<AccountSweep::Accounts> {
    if (accounts.back() == "accounts/worse") return absl::NotFoundError("cannot be read");
    return accounts;
  };
  sweep_.work = [&](const AccountSweep::Accounts& accounts, WriteTx&) {
    last = accounts;
    return std::count(accounts.begin(), accounts.end(), "accounts/bad") == 0
               ? absl::OkStatus()
               : absl::InternalError("cannot be written");
  };
  std::vector<std::string> passed_over;
  sweep_.on_passed_over = [&](const std::string& account, const absl::Status& error) {
    EXPECT_FALSE(error.ok());
    passed_over.push_back(account);
  };
  sweep_.on_worked = [&] { committed.insert(committed.end(), last.begin(), last.end()); };
  testing::internal::CaptureStderr();
  EXPECT_TRUE(Sweep().ok());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(committed, ElementsAre("accounts/a", "accounts/c"));
  EXPECT_THAT(passed_over, ElementsAre("accounts/worse", "accounts/bad"));
  EXPECT_THAT(log, HasSubstr(absl::StrCat(R"("job":")", job_, R"(","account":"accounts/worse")")));
  EXPECT_THAT(log, HasSubstr(absl::StrCat(R"("job":")", job_, R"(","account":"accounts/bad")")));
}

TEST_P(AccountSweepTest, AnAccountThatIsDeletedMeanwhileIsLeftOut) {
  CreateAccounts({"a", "b", "c"});
  sweep_.choose = [this](const AccountSweep::Accounts& accounts,
                         ReadTx&) -> absl::StatusOr<AccountSweep::Accounts> {
    RETURN_IF_ERROR(store_->Apply(call_, [](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Account account, tx.Get<Account>("accounts/b"));
      return tx.Delete(account);
    }));
    return accounts;
  };
  EXPECT_TRUE(Sweep().ok());
  EXPECT_THAT(worked_, ElementsAre("accounts/a", "accounts/c"));
}

TEST_P(AccountSweepTest, EndsWithWhatIsWrongWithTheDatabase) {
  CreateAccounts({"a", "b"});
  int tries = 0;
  sweep_.choose = [&](const AccountSweep::Accounts&,
                      ReadTx&) -> absl::StatusOr<AccountSweep::Accounts> {
    ++tries;
    return absl::UnavailableError("no database");
  };
  EXPECT_TRUE(absl::IsUnavailable(Sweep()));
  EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace perennial
