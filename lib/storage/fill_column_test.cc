#include "lib/storage/fill_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using ::testing::ElementsAre;

class FillColumnTest : public StoreFixture {
 protected:
  void CreateAccount(const std::string& id, const std::string& display_name) {
    v1::Account account;
    account.set_name(absl::StrCat("accounts/", id));
    account.set_display_name(display_name);
    Create(account);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, FillColumnTest, EveryEngine(), EngineName);

// A database of before the column was added.
TEST_P(FillColumnTest, AMigrationFillsWhatItAdds) {
  CreateAccount("a", "Zoë");
  CreateAccount("b", "BERLIN\u3000\u1E9E");
  CreateAccount("c", "Damaged");
  store_.reset();
  const std::unique_ptr<sql::Database> database = test_database_->Open();
  const auto execute = [&](absl::string_view sql) {
    const absl::Status status = database->Write(
        absl::InfiniteFuture(),
        [&](sql::Connection& connection) { return connection.Execute(sql, {}).status(); });
    EXPECT_TRUE(status.ok()) << sql << ": " << status;
  };
  execute("UPDATE accounts SET search_text = ''");
  execute("UPDATE accounts SET data = x'78' WHERE name = 'accounts/c'");
  execute("DELETE FROM schema_steps WHERE migration > 15 OR (migration = 15 AND step > 10)");
  const absl::Status status = sql::Migrate(*database, Migrations().subspan(0, 15));
  ASSERT_TRUE(status.ok()) << status;
  std::vector<std::string> texts;
  const absl::Status read =
      database->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
        return connection.Query("SELECT search_text FROM accounts ORDER BY name", {},
                                [&](const sql::Row& row) {
                                  texts.emplace_back(row.Text(0));
                                  return absl::OkStatus();
                                });
      });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_THAT(texts, ElementsAre("zoë", "berlin ss", ""));
}

// A later program may have no such column, or type, any more.
TEST_P(FillColumnTest, LeavesWhatItDoesNotKnow) {
  store_.reset();
  const std::unique_ptr<sql::Database> database = test_database_->Open();
  for (const char* column : {"accounts.forgotten", "forgotten.search_text", "accounts", ""}) {
    const absl::Status status = database->Write(
        absl::InfiniteFuture(),
        [&](sql::Connection& connection) { return FillColumn(connection, column); });
    EXPECT_TRUE(status.ok()) << column << ": " << status;
  }
}

}  // namespace
}  // namespace perennial
