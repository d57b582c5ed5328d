#include "lib/api/resource_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"

namespace perennial {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr absl::string_view kAccount = "accounts/{account}";
constexpr absl::string_view kContact = "accounts/{account}/contacts/{contact}";
constexpr absl::string_view kProduct = "products/{product}";
constexpr absl::string_view kSample =
    "accounts/{account}/subscriptions/{subscription}/usageSamples/{usage_sample}";

TEST(MatchesPatternTest, TakesOnlyNamesOfThatShape) {
  EXPECT_TRUE(MatchesPattern("accounts/acme", kAccount));
  EXPECT_TRUE(MatchesPattern("accounts/acme/contacts/jane-1", kContact));
  EXPECT_FALSE(MatchesPattern("", kAccount));
  EXPECT_FALSE(MatchesPattern("accounts/", kAccount));
  EXPECT_FALSE(MatchesPattern("accounts/acme/", kAccount));
  EXPECT_FALSE(MatchesPattern("/accounts/acme", kAccount));
  EXPECT_FALSE(MatchesPattern("accounts/acme/contacts", kContact));
  EXPECT_FALSE(MatchesPattern("accounts/acme/contacts/", kContact));
  EXPECT_FALSE(MatchesPattern("accounts/acme/events/jane", kContact));
  EXPECT_FALSE(MatchesPattern("accounts/Acme", kAccount));
  EXPECT_FALSE(MatchesPattern("accounts/-", kAccount));
  EXPECT_FALSE(MatchesPattern("accounts/acme", ""));
  EXPECT_TRUE(MatchesPattern("", ""));
}

TEST(CheckNameTest, NamesTheFieldAndThePattern) {
  EXPECT_TRUE(CheckName("accounts/acme", kAccount, "name").ok());
  const absl::Status status = CheckName("products/x", kAccount, "name");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "name");
  EXPECT_THAT(violations[0].description, HasSubstr("accounts/{account}"));
}

TEST(CheckListParentTest, AllowsWildcardsThatOnlyWildcardsFollow) {
  EXPECT_TRUE(CheckListParent("accounts/acme", kContact, "parent").ok());
  EXPECT_TRUE(CheckListParent("accounts/-", kContact, "parent").ok());
  EXPECT_TRUE(CheckListParent("accounts/a/subscriptions/s", kSample, "parent").ok());
  EXPECT_TRUE(CheckListParent("accounts/a/subscriptions/-", kSample, "parent").ok());
  EXPECT_TRUE(CheckListParent("accounts/-/subscriptions/-", kSample, "parent").ok());
  EXPECT_FALSE(CheckListParent("accounts/-/subscriptions/s", kSample, "parent").ok());
  EXPECT_FALSE(CheckListParent("accounts/-", kSample, "parent").ok());
  EXPECT_FALSE(CheckListParent("", kContact, "parent").ok());
  EXPECT_FALSE(CheckListParent("accounts/acme/contacts/c", kContact, "parent").ok());
  EXPECT_TRUE(CheckListParent("", kProduct, "parent").ok());
  EXPECT_FALSE(CheckListParent("products/-", kProduct, "parent").ok());
}

TEST(NamePrefixTest, StopsAtTheFirstWildcard) {
  EXPECT_EQ(NamePrefix("accounts/acme", kContact), "accounts/acme/contacts/");
  EXPECT_EQ(NamePrefix("accounts/-", kContact), "accounts/");
  EXPECT_EQ(NamePrefix("accounts/a/subscriptions/-", kSample), "accounts/a/subscriptions/");
  EXPECT_EQ(NamePrefix("accounts/-/subscriptions/-", kSample), "accounts/");
  EXPECT_EQ(NamePrefix("", kProduct), "products/");
}

TEST(NamePartsTest, TakesNamesApart) {
  EXPECT_EQ(ParentOf("accounts/a/contacts/c"), "accounts/a");
  EXPECT_EQ(ParentOf("accounts/a"), "");
  EXPECT_EQ(ParentOf("accounts"), "");
  EXPECT_EQ(ParentOf(""), "");
  EXPECT_EQ(IdOf("accounts/a/contacts/c"), "c");
  EXPECT_EQ(AccountOf("accounts/a/contacts/c"), "accounts/a");
  EXPECT_EQ(AccountOf("accounts/a/subscriptions/s/usageSamples/u"), "accounts/a");
  EXPECT_EQ(AccountOf("accounts/a"), "");
  EXPECT_EQ(AccountOf("products/p"), "");
}

TEST(NamePartsTest, PutsNamesTogether) {
  EXPECT_EQ(ChildName("accounts/a", kContact, "c"), "accounts/a/contacts/c");
  EXPECT_EQ(ChildName("", kProduct, "p"), "products/p");
  EXPECT_EQ(ParentPattern(kContact), kAccount);
  EXPECT_EQ(ParentPattern(kAccount), "");
}

TEST(ResourcesTest, AreFoundByTypeAndByName) {
  EXPECT_EQ(ResourceByType("Contact"), v1::Contact::descriptor());
  EXPECT_EQ(ResourceByType("Contract"), nullptr);
  EXPECT_EQ(ResourceByName("accounts/a/contacts/c"), v1::Contact::descriptor());
  EXPECT_EQ(ResourceByName("accounts/a/contracts/c"), nullptr);
  EXPECT_EQ(PatternOf(*v1::Contact::descriptor()), kContact);
}

// Also those that this program never names.
TEST(ResourcesTest, AreAllKnownInEveryProgram) {
  std::vector<std::string> types;
  for (const auto* resource : AllResources()) types.push_back(resource->name());
  EXPECT_THAT(types, Contains("Opportunity"));
  EXPECT_THAT(types, Contains("AdoptionReview"));
  EXPECT_EQ(AllResources().front(), v1::AccountEvent::descriptor());  // account_events
}

}  // namespace
}  // namespace perennial
