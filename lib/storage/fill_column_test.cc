#include "lib/storage/fill_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/status.h"
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
  EXPECT_THAT(texts, ElementsAre(" zoë\n", " berlin ss\n", ""));
}

TEST_P(FillColumnTest, FillsTheWordsOfSearches) {
  CreateAccount("a", "Zoë Berlin");
  CreateAccount("b", "berlin (Berlin)");
  store_.reset();
  const std::unique_ptr<sql::Database> database = test_database_->Open();
  std::vector<std::string> words;
  const absl::Status status =
      database->Write(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        words.clear();
        RETURN_IF_ERROR(connection.Execute("DELETE FROM search_words", {}).status());
        RETURN_IF_ERROR(FillColumn(connection, "accounts.search_words"));
        // What holds no index is passed over.
        RETURN_IF_ERROR(FillColumn(connection, "touches.search_words"));
        return connection.Query(
            "SELECT resource_type, word, name FROM search_words ORDER BY word, name", {},
            [&](const sql::Row& row) {
              // A text of a row is there until the next one is asked for.
              std::string line;
              for (int i = 0; i < 3; ++i) absl::StrAppend(&line, i == 0 ? "" : " ", row.Text(i));
              words.push_back(std::move(line));
              return absl::OkStatus();
            });
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(words, ElementsAre("Account berlin accounts/a", "Account berlin accounts/b",
                                 "Account zoë accounts/a"));
}

// A later program may have no such column, or type, any more.
TEST_P(FillColumnTest, LeavesWhatItDoesNotKnow) {
  store_.reset();
  const std::unique_ptr<sql::Database> database = test_database_->Open();
  for (const char* column :
       {"accounts.forgotten", "forgotten.search_text", "accounts", "", "forgotten.search_words"}) {
    const absl::Status status = database->Write(
        absl::InfiniteFuture(),
        [&](sql::Connection& connection) { return FillColumn(connection, column); });
    EXPECT_TRUE(status.ok()) << column << ": " << status;
  }
}

}  // namespace
}  // namespace perennial
