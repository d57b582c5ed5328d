#include "lib/storage/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"
#include "lib/storage/read_changes.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/decorated_database.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using v1::Account;

absl::Status ListChanges(Store& store, const Call& call) {
  v1::ListChangesRequest request;
  request.set_page_size(1000);
  return store.Read(call, [&](ReadTx& tx) { return perennial::ListChanges(request, tx).status(); });
}

class VerifyTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store_
                    ->Apply(call_,
                            [](WriteTx& tx) -> absl::Status {
                              for (int i = 0; i < 450; ++i) {
                                Account account;
                                account.set_name(absl::StrCat("accounts/a", 1000 + i));
                                account.set_display_name("Acme");
                                (*account.mutable_labels())["tier"] = "1";
                                (*account.mutable_external_ids())["crm"] = absl::StrCat(i);
                                RETURN_IF_ERROR(tx.Create(account).status());
                              }
                              return absl::OkStatus();
                            })
                    .ok());
    Write("accounts/a1001", [](WriteTx& tx, Account account) {
      account.set_display_name("Renamed");
      return tx.Update(account).status();
    });
    Write("accounts/a1002", [](WriteTx& tx, const Account& account) { return tx.Delete(account); });
    ASSERT_TRUE(store_->NumberPendingChanges(absl::InfiniteFuture()).ok());
  }

  template <class Change>
  void Write(const std::string& name, Change change) {
    ASSERT_TRUE(store_
                    ->Apply(call_,
                            [&](WriteTx& tx) -> absl::Status {
                              ASSIGN_OR_RETURN(Account account, tx.Get<Account>(name));
                              return change(tx, std::move(account));
                            })
                    .ok());
  }

  // As somebody with SQL, or a fault of ours, does.
  void Execute(absl::string_view sql) {
    ASSERT_TRUE(store_->database()
                    .Write(absl::InfiniteFuture(),
                           [&](sql::Connection& connection) {
                             return connection.Execute(sql, {}).status();
                           })
                    .ok());
  }

  std::vector<std::string> Damages() {
    std::vector<std::string> damages;
    VerifyListener listener;
    listener.on_damage = [&](absl::string_view name, absl::string_view what) {
      damages.push_back(absl::StrCat(name, ": ", what));
    };
    listener.on_progress = [](absl::string_view, int64_t) {};
    const auto verified = Verify(store_->database(), listener);
    EXPECT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->damages, static_cast<int64_t>(damages.size()));
    verified_ = *verified;
    return damages;
  }

  Verified verified_;
};
INSTANTIATE_TEST_SUITE_P(Engines, VerifyTest, EveryEngine(), EngineName);

TEST_P(VerifyTest, FindsNothingInWhatIsWhole) {
  EXPECT_THAT(Damages(), IsEmpty());
  EXPECT_EQ(verified_.resources, 449);
  EXPECT_EQ(verified_.changes, 452);
}

// Each run of a read whose connection is lost begins anew.
class RerunningDatabase final : public DecoratedDatabase {
 public:
  using DecoratedDatabase::DecoratedDatabase;

 protected:
  absl::Status RunRead(Way way, absl::Time deadline, Function fn) override {
    return Run(way, deadline, [&](sql::Connection& connection) -> absl::Status {
      RETURN_IF_ERROR(fn(connection));
      return fn(connection);
    });
  }
  absl::Status Before(sql::Connection&, absl::string_view, absl::Span<const sql::Bind>) override {
    return absl::OkStatus();
  }
};

TEST_P(VerifyTest, TellsEachDamageOnceThoughItsReadsRunAgain) {
  Execute("UPDATE accounts SET display_name = 'Acne' WHERE name = 'accounts/a1003'");
  Execute("DELETE FROM changes WHERE resource_name = 'accounts/a1002' AND operation = 'CREATED'");
  const std::vector<std::string> once = Damages();
  EXPECT_EQ(once.size(), 3u);
  store_.reset();
  RerunningDatabase database(test_database_->Open());
  int damages = 0;
  const auto verified = Verify(database, {[&](absl::string_view, absl::string_view) { ++damages; },
                                          [](absl::string_view, int64_t) {}});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(damages, 3);
  EXPECT_EQ(verified->resources, 449);
  EXPECT_EQ(verified->changes, 451);
}

TEST_P(VerifyTest, NamesEachDamagedResource) {
  const struct {
    const char* sql;
    const char* damage;
  } kCases[] = {
      {"UPDATE accounts SET display_name = 'Acne' WHERE name = 'accounts/a1003'",
       "accounts/a1003: columns differ from what is stored of it: display_name"},
      {"UPDATE accounts SET data = (SELECT data FROM changes WHERE resource_name = "
       "'accounts/a1005' LIMIT 1) WHERE name = 'accounts/a1004'",
       "accounts/a1004: its checksum does not fit"},
      {"UPDATE accounts SET data = x'78' WHERE name = 'accounts/a1006'",
       "accounts/a1006: its checksum does not fit"},
      {"DELETE FROM accounts WHERE name = 'accounts/a1007'", "accounts/a1007: it is missing"},
      {"DELETE FROM changes WHERE resource_name = 'accounts/a1008'",
       "accounts/a1008: its changes are missing"},
      {"DELETE FROM changes WHERE resource_name = 'accounts/a1001' AND operation = 'UPDATED'",
       "accounts/a1001: it is not what its last change says"},
      {"DELETE FROM changes WHERE resource_name = 'accounts/a1002' AND operation = 'CREATED'",
       "accounts/a1002: a change is missing before its version"},
      {"DELETE FROM changes WHERE resource_name = 'accounts/a1010'",
       "changes: 4 of them are missing"},
      {"UPDATE accounts SET version = version + 1 WHERE name = 'accounts/a1449'",
       "accounts/a1449: it is not what its last change says"},
      {"UPDATE changes SET data = (SELECT data FROM accounts WHERE name = 'accounts/a1012') WHERE "
       "resource_name = 'accounts/a1011' AND operation = 'CREATED'",
       "accounts/a1011: its version "},
      {"DELETE FROM external_ids WHERE external_id = '13'",
       "accounts/a1013: its external id crm \"13\" does not lead to it"},
      {"UPDATE external_ids SET external_id = 'x14' WHERE external_id = '14'",
       "external_ids: Account crm \"x14\" leads to accounts/a1014, which has no such id"},
      {"DELETE FROM search_words WHERE name = 'accounts/a1016'",
       "accounts/a1016: a search for its word \"acme\" does not find it"},
      {"UPDATE search_words SET word = 'acne' WHERE name = 'accounts/a1017'",
       "search_words: \"acne\" leads to accounts/a1017, which has no such word"},
      {"INSERT INTO search_words (resource_type, word, name) VALUES ('Account', 'acme', "
       "'accounts/nobody')",
       "search_words: \"acme\" leads to accounts/nobody, which has no such word"},
      // With a checksum of zeros.
      {"INSERT INTO import_rows (name, origin, said) VALUES ('accounts/a1015', 'crm', "
       "x'0a00f9ffffff0f0000000000000000')",
       "accounts/a1015: the checksum of what an import from \"crm\" said of it does not fit"},
  };
  for (const auto& example : kCases) Execute(example.sql);
  // Who, how, why and when.
  std::vector<std::string> named;
  const auto spoil = [&](absl::string_view table, absl::string_view name, absl::string_view set,
                         absl::string_view damage) {
    const std::string account = absl::StrCat("accounts/a", 1100 + named.size());
    Execute(absl::StrCat("UPDATE ", table, " SET ", set, " WHERE ", name, " = '", account, "'"));
    named.push_back(absl::StrCat(account, ": ", damage));
  };
  for (const char* set :
       {"actor = 'mallory'", "method = 'Other'", "reason = 'a lie'", "request_id = 'r'",
        "change_time = change_time + 1", "account = 'accounts/rr'", "operation = 'UPDATED'"}) {
    spoil("changes", "resource_name", set, "its version ");
  }
  for (const char* column : {"create_time", "update_time"}) {
    spoil("accounts", "name", absl::StrCat(column, " = 0"),
          absl::StrCat("columns differ from what is stored of it: ", column));
  }
  const std::vector<std::string> damages = Damages();
  for (const auto& example : kCases) EXPECT_THAT(damages, Contains(HasSubstr(example.damage)));
  for (const std::string& damage : named) EXPECT_THAT(damages, Contains(HasSubstr(damage)));
}

TEST_P(VerifyTest, AChangeOfAnUnknownTypeOrOperationIsNamedAsDamaged) {
  for (const char* column : {"resource_type", "operation"}) {
    Execute(absl::StrCat("UPDATE changes SET ", column, " = 'Bccount' WHERE revision = 17"));
    const absl::Status status = ListChanges(*store_, call_);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(ReasonOf(status), v1::DATA_DAMAGED);
    EXPECT_THAT(std::string(status.message()), HasSubstr("change 17 "));
    EXPECT_THAT(Damages(), Not(IsEmpty()));
    Execute(
        "UPDATE changes SET resource_type = 'Account', operation = 'CREATED' "
        "WHERE revision = 17");
  }
  EXPECT_TRUE(ListChanges(*store_, call_).ok());
}

}  // namespace
}  // namespace perennial
