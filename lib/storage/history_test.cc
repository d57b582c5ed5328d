#include "lib/storage/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using v1::Account;
using v1::Change;
using v1::Contact;

constexpr char kAccount[] = "accounts/a";

// A resource, and what was done to it.
using Step = std::pair<std::string, std::string>;

// Of all that was written: the steps in the order of their revisions.
std::vector<Step> StepsOf(Store& store, const Call& call) {
  EXPECT_TRUE(store.NumberPendingChanges(absl::InfiniteFuture()).ok());
  std::vector<Step> steps;
  const absl::Status status = store.Read(call, [&](ReadTx& tx) {
    return tx.connection().Query("SELECT resource_name, operation FROM changes ORDER BY revision",
                                 {}, [&](const sql::Row& row) {
                                   Step& step = steps.emplace_back();
                                   step.first = std::string(row.Text(0));
                                   step.second = std::string(row.Text(1));
                                   return absl::OkStatus();
                                 });
  });
  EXPECT_TRUE(status.ok()) << status;
  return steps;
}

Contact MakeContact(int number) {
  Contact contact;
  contact.set_name(absl::StrCat(kAccount, "/contacts/c", number));
  contact.set_display_name("C");
  return contact;
}

absl::Status Touch(WriteTx& tx, absl::string_view account_name) {
  ASSIGN_OR_RETURN(Account account, tx.Get<Account>(account_name));
  account.set_note(account.note() + "x");
  return tx.Update(account).status();
}

// What is written about the account changes the account, too.
Consequences TouchingAccounts() {
  Consequences consequences;
  consequences.of[Account::descriptor()] = {"display_name"};
  consequences.of[Contact::descriptor()] = {"display_name"};
  consequences.follow = [](const std::vector<std::string>& accounts, WriteTx& tx) {
    for (const std::string& account : accounts) {
      const absl::Status status = Touch(tx, account);
      if (!absl::IsNotFound(status)) RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  };
  return consequences;
}

class HistoryTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (store_.has_value()) store_->SetConsequences(TouchingAccounts());
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, HistoryTest, EveryEngine(), EngineName);

TEST_P(HistoryTest, ChangesOfAWriteComeInTheOrderInWhichTheyWereMade) {
  const absl::Status status = store_->Apply(call_, [](WriteTx& tx) -> absl::Status {
    Account account;
    account.set_name(kAccount);
    RETURN_IF_ERROR(tx.Create(account).status());
    return tx.Create(MakeContact(1)).status();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(StepsOf(*store_, call_),
              ElementsAre(Step(kAccount, "CREATED"), Step("accounts/a/contacts/c1", "CREATED")));
}

// Of servers whose clocks are in another century, and of those that ran an earlier program.
TEST_P(HistoryTest, ChangesAreNumberedInEveryCentury) {
  std::vector<Step> expected;
  const auto append = [&](const std::string& name, int year) {
    const int64_t version =
        absl::ToUnixMicros(absl::FromCivil(absl::CivilDay(year, 1, 1), absl::UTCTimeZone()));
    PendingChange change = {
        &ResourceTable::Of<Account>(), Change::CREATED, name, version, clock_.Now(), "", ""};
    const absl::Status status =
        store_->database().Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          return AppendChanges(connection, store_->database().facts(), call_, {change}).status();
        });
    ASSERT_TRUE(status.ok()) << status;
    expected.emplace_back(name, "CREATED");
  };
  if (GetParam() == sql::Engine::kMysql) {
    append("accounts/earlier", 1999);
    const absl::Status status =
        store_->database().Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          // As it stood in for one of 2026.
          return connection.Execute("UPDATE changes SET revision = ?", {-1888000000000000000})
              .status();
        });
    ASSERT_TRUE(status.ok()) << status;
  }
  for (const int year : {2026, 2038, 2041, 2042, 2100, 2262, 2500}) {
    append(absl::StrCat("accounts/of-", year), year);
  }
  EXPECT_EQ(StepsOf(*store_, call_), expected);
}

// --- the same writes on both engines ---

class RandomWrites {
 public:
  explicit RandomWrites(unsigned seed) : random_(seed) {}

  void Run(Store& store, const Call& call) {
    for (int i = 0; i < 60; ++i) {
      const unsigned seed = random_();
      // It may run again, and then does the same.
      const absl::Status status = store.Apply(call, [&](WriteTx& tx) { return Write(tx, seed); });
      EXPECT_TRUE(status.ok()) << status;
    }
  }

 private:
  static absl::Status Write(WriteTx& tx, unsigned seed) {
    std::minstd_rand random(seed);
    for (unsigned i = random() % 6 + 1; i > 0; --i) {
      const int number = static_cast<int>(random() % 9);
      const bool fails = random() % 4 == 0;
      const absl::Status status = tx.Try([&]() -> absl::Status {
        RETURN_IF_ERROR(WriteOne(tx, random() % 5, number));
        return fails ? absl::InternalError("taken back") : absl::OkStatus();
      });
      if (absl::IsAborted(status)) return status;
    }
    return absl::OkStatus();
  }

  static absl::Status WriteOne(WriteTx& tx, unsigned kind, int number) {
    const std::string account = absl::StrCat("accounts/a", number / 3);
    Contact contact = MakeContact(number);
    contact.set_name(absl::StrCat(account, "/contacts/c", number));
    if (kind == 0) {
      Account created;
      created.set_name(account);
      return tx.Create(created).status();
    }
    if (kind == 1) return tx.Create(contact).status();
    if (kind == 2) return Touch(tx, account);
    ASSIGN_OR_RETURN(Contact found, tx.Get<Contact>(contact.name()));
    if (kind == 3) return tx.Delete(found);
    found.set_display_name(found.display_name() + "x");
    return tx.Update(found).status();
  }

  std::minstd_rand random_;
};

TEST(HistoryOnBothEnginesTest, TheSameWritesMakeTheSameHistory) {
  SKIP_UNLESS_AVAILABLE(sql::Engine::kMysql);
  for (const unsigned seed : {1u, 2u, 3u}) {
    std::vector<std::vector<Step>> histories;
    for (const sql::Engine engine : {sql::Engine::kSqlite, sql::Engine::kMysql}) {
      const TestDatabase test_database(engine);
      std::unique_ptr<sql::Database> database = test_database.Open();
      ASSERT_TRUE(sql::Migrate(*database, Migrations()).ok());
      const SystemClock clock;
      Store store(std::move(database), clock);
      store.SetConsequences(TouchingAccounts());
      Call call;
      call.actor = "tester";
      RandomWrites(seed).Run(store, call);
      histories.push_back(StepsOf(store, call));
    }
    EXPECT_GT(histories[0].size(), 30u);
    EXPECT_EQ(histories[0], histories[1]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace perennial
