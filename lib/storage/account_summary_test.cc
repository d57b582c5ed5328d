#include "lib/storage/account_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/serialize.h"
#include "lib/storage/read_changes.h"
#include "lib/storage/seal.h"
#include "lib/storage/verify.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::Account;
using v1::AccountSummary;
using v1::Opportunity;

constexpr char kName[] = "accounts/acme/opportunities/1";

Account Acme() {
  Account account;
  account.set_name("accounts/acme");
  account.set_display_name("Acme");
  account.set_segment("enterprise");
  account.set_industry("chemistry");
  account.set_country("DE");
  account.set_owner("jo@example.com");
  account.set_note("not in it");
  (*account.mutable_labels())["a"] = "1";
  (*account.mutable_labels())["a-b"] = "2";
  (*account.mutable_external_ids())["crm"] = "not in it";
  return account;
}

AccountSummary SummaryOfAcme() {
  AccountSummary summary;
  summary.set_display_name("Acme");
  summary.set_segment("enterprise");
  summary.set_industry("chemistry");
  summary.set_country("DE");
  summary.set_owner("jo@example.com");
  *summary.mutable_labels() = Acme().labels();
  return summary;
}

const google::protobuf::FieldDescriptor& Field() {
  return *ResourceTable::Of<Opportunity>().fields().summary();
}

Opportunity Renewal() {
  Opportunity opportunity;
  opportunity.set_name(kName);
  opportunity.set_outcome(Opportunity::OPEN);
  return opportunity;
}

TEST(SummaryTest, HasItsFieldsOfTheAccountAndNothingElse) {
  const std::string stored = SerializeDeterministic(Renewal());
  std::string bytes = stored;
  AppendSummary(Field(), SerializeDeterministic(Acme()), bytes);
  Opportunity expected = Renewal();
  *expected.mutable_account() = SummaryOfAcme();
  Opportunity answer;
  ASSERT_TRUE(answer.ParseFromString(bytes));
  EXPECT_EQ(SerializeDeterministic(answer), SerializeDeterministic(expected));
  EXPECT_EQ(WithoutSummary(&Field(), bytes), stored);
  EXPECT_EQ(WithoutSummary(&Field(), stored), stored);
  EXPECT_EQ(WithoutSummary(nullptr, bytes), bytes);
}

TEST(SummaryTest, IsThereThoughTheAccountSaysNothing) {
  std::string bytes;
  AppendSummary(Field(), "", bytes);
  Opportunity answer;
  ASSERT_TRUE(answer.ParseFromString(bytes));
  EXPECT_TRUE(answer.has_account());
}

// Each of its fields is one of the account, of the same type.
TEST(SummaryTest, NamesFieldsOfAccounts) {
  for (int i = 0; i < AccountSummary::descriptor()->field_count(); ++i) {
    const auto& field = *AccountSummary::descriptor()->field(i);
    const auto* of_account = Account::descriptor()->FindFieldByName(field.name());
    ASSERT_NE(of_account, nullptr) << field.name();
    EXPECT_EQ(of_account->type(), field.type());
    EXPECT_EQ(of_account->is_map(), field.is_map());
    EXPECT_NE(FieldTable::Of(*Account::descriptor()).Find(field.name()), nullptr);
  }
}

class AccountSummaryTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (IsSkipped()) return;
    Create(Acme());
    Create(Renewal());
  }

  void Apply(absl::FunctionRef<absl::Status(WriteTx&)> fn) {
    const absl::Status status = store_->Apply(call_, fn);
    ASSERT_TRUE(status.ok()) << status;
  }

  void MoveToSegment(const std::string& segment) {
    Apply([&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/acme"));
      account.set_segment(segment);
      return tx.Update(account).status();
    });
  }

  template <class T>
  T Read(absl::FunctionRef<absl::StatusOr<T>(ReadTx&)> fn) {
    T result{};
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(result, fn(tx));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return result;
  }

  std::vector<std::string> Matching(const std::string& filter_text,
                                    Selection& (Selection::*matching)(const Filter&)) {
    return Read<std::vector<std::string>>(
        [&](ReadTx& tx) -> absl::StatusOr<std::vector<std::string>> {
          Selection selection = From<Opportunity>();
          ASSIGN_OR_RETURN(const Filter filter,
                           Filter::Parse(filter_text, selection.table().fields()));
          (selection.*matching)(filter);
          std::vector<std::string> names;
          ASSIGN_OR_RETURN(const std::vector<Opportunity> found, tx.Select<Opportunity>(selection));
          for (const Opportunity& opportunity : found) names.push_back(opportunity.name());
          return names;
        });
  }

  std::vector<v1::Change> Changes() {
    EXPECT_TRUE(store_->NumberPendingChanges(absl::InfiniteFuture()).ok());
    ChangeRange range;
    range.up_to = INT64_MAX;
    range.limit = 100;
    range.resource_types = {"Opportunity"};
    range.with_previous = true;
    return Read<std::vector<v1::Change>>([&](ReadTx& tx) { return ReadChanges(range, tx); });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, AccountSummaryTest, EveryEngine(), EngineName);

TEST_P(AccountSummaryTest, IsNotInTheRow) {
  Opportunity given = Renewal();
  given.set_name("accounts/acme/opportunities/2");
  given.mutable_account()->set_segment("given");
  Create(given);
  const auto stored = Read<Opportunity>(
      [&](ReadTx& tx) { return tx.Get<Opportunity>("accounts/acme/opportunities/2"); });
  EXPECT_FALSE(stored.has_account());
}

TEST_P(AccountSummaryTest, IsNoChangeOfTheResource) {
  Apply([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(kName));
    RETURN_IF_ERROR(FillInSummaries(opportunity, tx));
    EXPECT_TRUE(opportunity.has_account());
    return tx.Update(std::move(opportunity)).status();
  });
  EXPECT_EQ(Changes().size(), 1u);
}

TEST_P(AccountSummaryTest, IsInTheHistoryAsItWasThen) {
  MoveToSegment("small");
  Apply([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>(kName));
    opportunity.set_next_step("changed");
    return tx.Update(std::move(opportunity)).status();
  });
  MoveToSegment("smaller");
  Apply([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(kName));
    return tx.Delete(opportunity);
  });
  const std::vector<v1::Change> changes = Changes();
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].resource().opportunity().account().segment(), "enterprise");
  EXPECT_EQ(changes[1].resource().opportunity().account().segment(), "small");
  EXPECT_EQ(changes[1].previous_resource().opportunity().account().segment(), "enterprise");
  EXPECT_THAT(changes[1].changed_fields().paths(), ElementsAre("next_step"));
  EXPECT_EQ(changes[2].resource().opportunity().account().segment(), "smaller");

  std::vector<std::string> damages;
  const auto verified =
      Verify(store_->database(),
             {[&](absl::string_view what, absl::string_view) { damages.emplace_back(what); },
              [](absl::string_view, int64_t) {}});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_THAT(damages, IsEmpty());
}

TEST_P(AccountSummaryTest, IsFilteredByAJoinAsByASubquery) {
  for (const auto& [filter, matches] : std::vector<std::pair<std::string, bool>>{
           {"account.segment = enterprise", true},
           {"account.segment = small", false},
           {"NOT account.segment = small", true},
           {"account.labels.a-b = \"2\" AND account.owner:jo", true},
           {"account.labels.b:*", false},
           {"account.country = FR OR outcome = OPEN", true},
           {"NOT (account.country = DE OR outcome = RENEWED)", false},
           {"account.country = DE AND NOT (outcome = OPEN AND account.industry = chemistry)",
            false},
           {"account = \"accounts/acme\" AND account.display_name = \"A*e\"", false},
           {"account = \"accounts/acme\" AND account.display_name = \"A*\"", true},
           {"name = \"*1\" AND account.display_name != \"*x\"", true},
       }) {
    const std::vector<std::string> expected =
        matches ? std::vector<std::string>{kName} : std::vector<std::string>();
    EXPECT_EQ(Matching(filter, &Selection::Matching), expected) << filter;
    EXPECT_EQ(Matching(filter, &Selection::MatchingAllOf), expected) << filter;
  }
}

TEST_P(AccountSummaryTest, IsFilledInWhereverAnAnswerHasResources) {
  v1::BatchOpportunitiesResponse answer;
  *answer.add_results()->mutable_opportunity() = Renewal();
  answer.add_results()->mutable_error()->set_message("none");
  *answer.add_results()->mutable_opportunity() = Renewal();
  answer.mutable_results(2)->mutable_opportunity()->mutable_account()->set_segment("there");
  v1::Change change;
  *change.mutable_resource()->mutable_opportunity() = Renewal();
  const auto filled = Read<bool>([&](ReadTx& tx) -> absl::StatusOr<bool> {
    RETURN_IF_ERROR(FillInSummaries(answer, tx));
    RETURN_IF_ERROR(FillInSummaries(change, tx));
    return true;
  });
  EXPECT_TRUE(filled);
  EXPECT_EQ(SerializeDeterministic(answer.results(0).opportunity().account()),
            SerializeDeterministic(SummaryOfAcme()));
  EXPECT_EQ(answer.results(2).opportunity().account().segment(), "there");
  EXPECT_FALSE(change.resource().opportunity().has_account());
}

// No copy of it can be stale, and a checksum vouches for what it is made of.
TEST_P(AccountSummaryTest, IsRefusedWhereTheAccountIsDamaged) {
  ASSERT_TRUE(store_->database()
                  .Write(absl::InfiniteFuture(),
                         [&](sql::Connection& connection) -> absl::Status {
                           Account other = Acme();
                           other.set_segment("typed in by hand");
                           const std::string wrong =
                               Seal("accounts/other", SerializeDeterministic(other));
                           return connection
                               .Execute("UPDATE accounts SET data = ? WHERE name = ?",
                                        {sql::Bind::Bytes(wrong), "accounts/acme"})
                               .status();
                         })
                  .ok());
  Opportunity answer = Renewal();
  const absl::Status status =
      store_->Read(call_, [&](ReadTx& tx) { return FillInSummaries(answer, tx); });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("accounts/acme"));
}

}  // namespace
}  // namespace perennial
