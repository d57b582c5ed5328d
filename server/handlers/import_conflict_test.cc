// What becomes of what both the file and somebody here have changed, and of what only seems so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "tests/support/import_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using v1::ImportRequest;
using v1::ImportResponse;
using v1::Subscription;

constexpr char kS[] = "accounts/a/subscriptions/s";

class ImportConflictTest : public ImportFixture {
 protected:
  // An account with a note, and whether there was a conflict about it.
  int ImportNote(const std::string& note) {
    return Import({absl::StrCat(R"(account { name: "accounts/a" display_name: "A" note: ")", note,
                                "\" }")})
        .conflicts_size();
  }
  void TypeNote(const std::string& note) {
    Do<v1::UpdateAccountRequest>("AccountService.UpdateAccount",
                                 absl::StrCat("account { name: 'accounts/a' note: '", note,
                                              "' } update_mask { paths: 'note' }"));
  }
  std::string Note() { return Get<v1::Account>("accounts/a").note(); }

  static std::string Product(const std::string& one, const std::string& two) {
    return absl::StrCat(
        "product { name: 'products/p' display_name: 'P' capabilities { id: 'one' "
        "description: '",
        one, "' } capabilities { id: 'two' description: '", two, "' } }");
  }
  std::vector<std::string> Descriptions() {
    std::vector<std::string> descriptions;
    const auto product = Get<v1::Product>("products/p");
    for (const auto& capability : product.capabilities()) {
      descriptions.push_back(capability.description());
    }
    return descriptions;
  }

  // A row of the subscription that says also which fields are empty.
  ImportResponse ImportTerms(const std::string& fields,
                             const std::vector<std::string>& empty = {}) {
    ImportRequest request;
    request.set_on_conflict(on_conflict_);
    v1::ImportRow& row = *request.add_rows();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat(R"(subscription { name: "accounts/a/subscriptions/s" product: "products/p"
                        seats: 5 arr { currency_code: "USD" micros: 10000000 } term_months: 12
                        start_date { year: 2024 month: 3 day: 1 } auto_renew: true )",
                     fields, "}"),
        row.mutable_resource()));
    for (const std::string& path : empty) row.add_empty_fields(path);
    return Run(request);
  }
  std::string Cancelled() {
    const auto subscription = Get<Subscription>(kS);
    return absl::StrCat(Subscription::State_Name(subscription.state()), " ",
                        FormatDate(subscription.end_date()), " ",
                        v1::ChurnReason_Name(subscription.cancel_reason()));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportConflictTest, EveryEngine(), EngineName);

TEST_P(ImportConflictTest, WhoeverGoesBackToTheOldValueHasDecided) {
  ImportNote("n1");
  TypeNote("mine");
  EXPECT_EQ(ImportNote("n2"), 1);
  TypeNote("n1");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ImportNote("n2"), 1) << "the file says nothing new";
    EXPECT_EQ(Note(), "n1");
  }
  EXPECT_EQ(ImportNote("n3"), 0);
  EXPECT_EQ(Note(), "n3");
}

TEST_P(ImportConflictTest, WhatWasRefusedIsTakenOnceThatIsWanted) {
  ImportNote("n1");
  TypeNote("mine");
  EXPECT_EQ(ImportNote("n2"), 1);
  on_conflict_ = ImportRequest::TAKE;
  ImportNote("n2");
  EXPECT_EQ(Note(), "n2");
  on_conflict_ = ImportRequest::KEEP;
  EXPECT_EQ(ImportNote("n2"), 0);
}

TEST_P(ImportConflictTest, WhatWasOnlyEverRefusedWasNeverSaid) {
  Import({R"(account { name: "accounts/a" display_name: "A" })"});
  TypeNote("mine");
  EXPECT_EQ(ImportNote("n1"), 1);
  v1::ImportRow row;
  row.mutable_resource()->mutable_account()->set_name("accounts/a");
  row.mutable_resource()->mutable_account()->set_display_name("A");
  row.add_empty_fields("note");
  ImportRequest request;
  *request.add_rows() = row;
  EXPECT_EQ(Run(request).conflicts_size(), 1) << "it would be emptied now";
  EXPECT_EQ(Note(), "mine");
}

TEST_P(ImportConflictTest, WhatWasRefusedAndTakenBackIsNewsAgain) {
  ImportNote("n1");
  TypeNote("mine");
  EXPECT_EQ(ImportNote("n2"), 1);
  TypeNote("n1");
  EXPECT_EQ(ImportNote("n1"), 0);
  EXPECT_EQ(ImportNote("n2"), 0);
  EXPECT_EQ(Note(), "n2");
}

TEST_P(ImportConflictTest, ElementsWithAnIdAreMergedByIt) {
  Import({Product("old", "old")});
  Do<v1::UpdateProductRequest>("CatalogService.UpdateProduct", R"(
      product { name: "products/p" capabilities { id: "one" description: "mine" }
                capabilities { id: "two" description: "old" } }
      update_mask { paths: "capabilities" })");
  const ImportResponse kept = Import({Product("new", "new")});
  EXPECT_EQ(CountsOf(kept), "0 1 0 0 0");
  EXPECT_THAT(Descriptions(), testing::UnorderedElementsAre("mine", "new"));
  ASSERT_THAT(kept.conflicts(), SizeIs(1));
  EXPECT_EQ(kept.conflicts(0).here(), "id one, description mine");
  EXPECT_EQ(kept.conflicts(0).there(), "id one, description new");
  EXPECT_THAT(Import({Product("new", "new")}).conflicts(), SizeIs(1)) << "still";
  on_conflict_ = ImportRequest::TAKE;
  Import({Product("new", "new")});
  EXPECT_THAT(Descriptions(), testing::UnorderedElementsAre("new", "new"));
  on_conflict_ = ImportRequest::KEEP;
  EXPECT_EQ(CountsOf(Import({Product("new", "new")})), "0 0 1 0 0");
}

// --- cancellations ---

constexpr char kInApril[] = "end_date { year: 2025 month: 4 day: 1 } cancel_reason: PRICE ";

TEST_P(ImportConflictTest, TheFileTakesItsCancellationBack) {
  Import({kAccount, kProduct});
  ImportTerms("");
  ImportTerms(kInApril);
  EXPECT_EQ(Cancelled(), "CANCELLED 2025-04-01 PRICE");
  const ImportResponse back = ImportTerms("", {"end_date", "cancel_reason"});
  EXPECT_EQ(CountsOf(back), "0 1 0 0 0");
  EXPECT_THAT(back.conflicts(), SizeIs(0));
  EXPECT_EQ(Cancelled(), "ACTIVE 0000-00-00 CHURN_REASON_UNSPECIFIED");
  int64_t sum = 0;
  for (const v1::ArrMovement& movement : All<v1::ArrMovement>()) sum += movement.delta().micros();
  EXPECT_EQ(sum, 10000000);
  // Once its day has come it is too late.
  ImportTerms(kInApril);
  clock_.Raise(absl::FromUnixSeconds(1746057600));  // 2025-05-01
  const ImportResponse late = ImportTerms("", {"end_date", "cancel_reason"});
  EXPECT_EQ(CountsOf(late), "0 0 0 1 0");
  EXPECT_THAT(late.rejected_rows(0).error().violations(0).description(),
              HasSubstr("ended on 2025-04-01"));
}

TEST_P(ImportConflictTest, ACancellationComesWithItsReason) {
  Import({kAccount, kProduct});
  ImportTerms(kInApril);
  Do<v1::UndoCancellationRequest>("SubscriptionService.UndoCancellation",
                                  absl::StrCat("name: '", kS, "' reason: 'They stay'"));
  EXPECT_EQ(CountsOf(ImportTerms(kInApril)), "0 0 1 0 0");
  ImportTerms("end_date { year: 2025 month: 5 day: 1 } cancel_reason: PRICE ");
  EXPECT_EQ(Cancelled().substr(0, 6), "ACTIVE") << "somebody here has decided otherwise";
  on_conflict_ = ImportRequest::TAKE;
  ImportTerms("end_date { year: 2025 month: 5 day: 1 } cancel_reason: PRICE ");
  EXPECT_EQ(Cancelled(), "CANCELLED 2025-05-01 PRICE");
}

TEST_P(ImportConflictTest, AnotherEndKeepsTheReasonThatAPersonGave) {
  Import({kAccount, kProduct});
  ImportTerms("end_date { year: 2025 month: 4 day: 1 } ");
  Do<v1::UndoCancellationRequest>("SubscriptionService.UndoCancellation",
                                  absl::StrCat("name: '", kS, "' reason: 'r'"));
  Do<v1::CancelSubscriptionRequest>(
      "SubscriptionService.CancelSubscription",
      absl::StrCat("name: '", kS,
                   "' reason: PRICE note: 'Too dear' end_date { year: 2025 month: 4 "
                   "day: 1 }"));
  ImportTerms("end_date { year: 2025 month: 5 day: 1 } ");
  EXPECT_EQ(Cancelled(), "CANCELLED 2025-05-01 PRICE");
  EXPECT_EQ(Get<Subscription>(kS).cancel_note(), "Too dear");
}

TEST_P(ImportConflictTest, AReasonIsKnownLater) {
  Import({kAccount, kProduct});
  ImportTerms("end_date { year: 2025 month: 4 day: 1 } ");
  EXPECT_EQ(Cancelled(), "CANCELLED 2025-04-01 UNKNOWN");
  const ImportResponse known =
      ImportTerms("end_date { year: 2025 month: 4 day: 1 } cancel_reason: BUDGET ");
  EXPECT_THAT(known.conflicts(), SizeIs(0));
  EXPECT_EQ(Cancelled(), "CANCELLED 2025-04-01 BUDGET");
}

TEST_P(ImportConflictTest, AReasonNeedsAnEnd) {
  Import({kAccount, kProduct});
  const ImportResponse refused = ImportTerms("cancel_reason: PRICE ");
  EXPECT_EQ(CountsOf(refused), "0 0 0 1 0");
  EXPECT_EQ(refused.rejected_rows(0).error().violations(0).subject(), "subscription.cancel_reason");
}

}  // namespace
}  // namespace perennial
