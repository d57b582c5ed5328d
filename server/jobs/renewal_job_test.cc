#include "server/jobs/renewal_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/relationships.h"
#include "server/workflows/subscription_ledger.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using v1::Opportunity;

class RenewalJobTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (IsSkipped()) return;
    store_->SetConsequences(RelationshipConsequences());
    ASSERT_TRUE(EnsureDefaultPlaybook(*store_).ok());
    v1::Product product;
    product.set_name("products/p");
    product.set_display_name("P");
    Create(product);
    for (const std::string id : {"a", "b", "c"}) CreateCustomer(Name(id));
  }

  // Others on each engine: what was logged before is only counted.
  static std::string Name(const std::string& id) {
    return absl::StrCat("accounts/", GetParam() == sql::Engine::kMysql ? "mysql-" : "sqlite-", id);
  }

  // One whose term ends soon.
  void CreateCustomer(const std::string& name) {
    v1::Account account;
    account.set_name(name);
    account.set_display_name(name);
    account.set_owner("o@us");
    Create(account);
    v1::Subscription subscription;
    subscription.set_name(name + "/subscriptions/s");
    subscription.set_product("products/p");
    subscription.set_seats(1);
    subscription.mutable_arr()->set_currency_code("USD");
    subscription.mutable_arr()->set_micros(1000000);
    *subscription.mutable_start_date() = ToDate(absl::CivilDay(2024, 2, 1));
    subscription.set_term_months(12);
    const absl::Status status = store_->Apply(
        call_, [&](WriteTx& tx) { return WriteNewSubscription(tx, subscription).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  void Damage(const std::string& table, const std::string& name) {
    const absl::Status status =
        store_->database().Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          return connection
              .Execute(absl::StrCat("UPDATE ", table, " SET data = ? WHERE name = ?"),
                       {sql::Bind::Bytes("\xff\xff\xff"), name})
              .status();
        });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::vector<std::string> AccountsInRenewal() {
    std::vector<std::string> accounts;
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(accounts, tx.SelectDistinct("account", From<Opportunity>().OrderBy("name")));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return accounts;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, RenewalJobTest, EveryEngine(), EngineName);

TEST_P(RenewalJobTest, ADamagedAccountIsNamedAndDoesNotStopTheOthers) {
  Damage("accounts", Name("a"));
  Damage("subscriptions", Name("b") + "/subscriptions/s");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(RunRenewalJob(*store_, absl::InfiniteFuture()).ok());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(AccountsInRenewal(), ElementsAre(Name("c")));
  EXPECT_THAT(log, HasSubstr(Name("a")));
  EXPECT_THAT(log, HasSubstr(Name("b")));
}

TEST_P(RenewalJobTest, OpensWhatIsDueForOneAccount) {
  const auto opened = OpenDue(*store_, call_, Name("b"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->opened_count(), 1);
  EXPECT_THAT(AccountsInRenewal(), ElementsAre(Name("b")));
  const auto gone = OpenDue(*store_, call_, Name("gone"));
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_EQ(gone->opened_count(), 0);
}

}  // namespace
}  // namespace perennial
