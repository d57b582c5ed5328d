// What is served while a part of the database is damaged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/api/errors.h"
#include "lib/base/clock.h"
#include "lib/storage/migrations.h"
#include "lib/storage/store.h"
#include "lib/storage/verify.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/test_database.h"

namespace perennial {
namespace {

using v1::Account;

constexpr int kAccounts = 200;
constexpr int64_t kPageBytes = 4096;

std::string NameOf(int i) { return absl::StrCat("accounts/a", 1000 + i); }

class DamageTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Apply([](WriteTx& tx) -> absl::Status {
                  for (int i = 0; i < kAccounts; ++i) {
                    Account account;
                    account.set_name(NameOf(i));
                    account.set_display_name(std::string(100, 'x'));
                    RETURN_IF_ERROR(tx.Create(account).status());
                  }
                  return absl::OkStatus();
                }).ok());
    store_.reset();
  }

  void Reopen() {
    sql::Options options = test_database_.options();
    options.on_data_loss = [this] { ++data_losses_; };
    auto database = sql::Open(options);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE(sql::Migrate(**database, Migrations()).ok());
    store_ = std::make_unique<Store>(*std::move(database), clock_);
  }

  absl::Status Apply(absl::FunctionRef<absl::Status(WriteTx&)> fn) {
    if (store_ == nullptr) Reopen();
    return store_->Apply(call_, fn);
  }

  absl::StatusOr<Account> Get(const std::string& name) {
    absl::StatusOr<Account> account = absl::UnknownError("not run");
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) {
      account = tx.Get<Account>(name);
      return account.status();
    });
    if (!status.ok()) return status;
    return account;
  }

  // Of the closed database: the pages in which accounts lie.
  std::vector<int64_t> PagesOfAccounts() const {
    std::vector<int64_t> pages;
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(
                  db,
                  "SELECT pageno FROM dbstat WHERE name = 'accounts' AND pagetype = 'leaf' "
                  "ORDER BY path",
                  [](void* to, int, char** values, char**) {
                    static_cast<std::vector<int64_t>*>(to)->push_back(std::stoll(values[0]));
                    return 0;
                  },
                  &pages, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
    return pages;
  }

  void Overwrite(int64_t at, const std::string& bytes) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }

  const TestDatabase test_database_{sql::Engine::kSqlite};
  const std::string path_ = test_database_.options().url.substr(strlen("sqlite:"));
  const ManualClock clock_{absl::FromUnixSeconds(1735689600)};
  Call call_;
  std::unique_ptr<Store> store_;
  int data_losses_ = 0;
};

TEST_F(DamageTest, OneDamagedPageIsToldApartAndTheRestIsServed) {
  const std::vector<int64_t> pages = PagesOfAccounts();
  ASSERT_GT(pages.size(), 3u);
  Overwrite((pages[1] - 1) * kPageBytes, std::string(200, '\x7f'));
  Reopen();
  int damaged = 0;
  std::string victim;
  for (int i = 0; i < kAccounts; ++i) {
    const absl::Status status = Get(NameOf(i)).status();
    if (status.ok()) continue;
    ++damaged;
    victim = NameOf(i);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(ReasonOf(status), v1::DATA_DAMAGED);
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(victim));
  }
  EXPECT_GT(damaged, 0);
  EXPECT_LT(damaged, kAccounts / 2);
  // A write that needs the page fails, alone.
  const auto rename = [this](const std::string& name) {
    return Apply([&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Account account, tx.Get<Account>(name));
      account.set_display_name("Another");
      return tx.Update(account).status();
    });
  };
  EXPECT_EQ(ReasonOf(rename(victim)), v1::DATA_DAMAGED);
  EXPECT_TRUE(rename(NameOf(0)).ok());
  EXPECT_EQ(Get(NameOf(0))->display_name(), "Another");
  EXPECT_EQ(data_losses_, 0);
}

// A page's bytes may be anywhere: of a resource, of a key, of the tree, or of nothing.
TEST_F(DamageTest, NoFlippedBitIsReadAsSomethingElse) {
  const std::vector<int64_t> pages = PagesOfAccounts();
  std::string whole;
  {
    std::ifstream file(path_, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::map<std::string, std::string> expected;
  for (int i = 0; i < kAccounts; ++i) expected[NameOf(i)] = std::string(100, 'x');
  std::minstd_rand random(7);
  int noticed = 0;
  for (int round = 0; round < 60; ++round) {
    store_.reset();
    const int64_t page = pages[random() % pages.size()];
    const int64_t at = (page - 1) * kPageBytes + static_cast<int64_t>(random() % kPageBytes);
    SCOPED_TRACE(absl::StrCat("byte ", at));
    const char flipped = static_cast<char>(whole[static_cast<size_t>(at)] ^ (1 << random() % 8));
    Overwrite(at, std::string(1, flipped));
    Reopen();
    bool all = true;
    for (const auto& [name, display_name] : expected) {
      const auto account = Get(name);
      all = all && account.ok();
      if (account.ok()) {
        EXPECT_EQ(account->display_name(), display_name) << name;
      }
    }
    // What reading does not see, such as a column or a key, is seen by looking for it.
    const auto verified = Verify(store_->database(), {[](absl::string_view, absl::string_view) {},
                                                      [](absl::string_view, int64_t) {}});
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_TRUE(all || verified->damages > 0);
    if (verified->damages > 0) ++noticed;
    store_.reset();
    Overwrite(at, whole.substr(static_cast<size_t>(at), 1));
  }
  EXPECT_GT(noticed, 30);
}

}  // namespace
}  // namespace perennial
