#include "perennial/testing/builders.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "perennial/v1/resource.pb.h"

namespace perennial::client {
namespace {

using ::testing::ElementsAre;
using v1::Opportunity;
using v1::Resource;

const absl::CivilDay kDay(2025, 1, 1);

std::string NameOf(const Resource& resource) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  resource.GetReflection()->ListFields(resource, &fields);
  const auto& item = resource.GetReflection()->GetMessage(resource, fields.at(0));
  return item.GetReflection()->GetString(item, item.GetDescriptor()->FindFieldByName("name"));
}

// Those of the seed, in its order.
std::vector<std::pair<std::string, Resource>> Resources(const std::vector<SeedPart>& parts,
                                                        absl::CivilDay day = kDay) {
  std::vector<std::pair<std::string, Resource>> found;
  for (absl::string_view text : absl::StrSplit(SeedText(day, parts), "resources {\n")) {
    if (text.empty()) continue;
    Resource resource;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        std::string(text.substr(0, text.rfind('}'))), &resource))
        << text;
    found.emplace_back(NameOf(resource), resource);
  }
  return found;
}

std::vector<std::string> Names(const std::vector<SeedPart>& parts) {
  std::vector<std::string> names;
  for (const auto& [name, resource] : Resources(parts)) names.push_back(name);
  return names;
}

TEST(BuildersTest, ARenewalHasWhatItsStageAsksFor) {
  std::vector<std::string> expected = {
      "products/plan", "accounts/customer-1", "accounts/customer-1/contacts/decider",
      "accounts/customer-1/subscriptions/plan", "accounts/customer-1/opportunities/renewal"};
  EXPECT_EQ(Names({a_renewal()}), expected);
  expected.push_back("accounts/customer-1/touches/call");
  EXPECT_EQ(Names({a_renewal().in(Opportunity::ADOPTION_REVIEW)}), expected);
  expected.push_back("accounts/customer-1/subscriptions/plan/adoptionReviews/review");
  EXPECT_EQ(Names({a_renewal().in(Opportunity::UPSELL)}), expected);
  EXPECT_EQ(Names({a_renewal().in(Opportunity::RENEWAL)}), expected);
}

TEST(BuildersTest, WhatIsSaidIsWritten) {
  const Customer northwind =
      a_customer("northwind").named("Northwind").segment("enterprise").owned_by("ada");
  const auto resources =
      Resources({a_renewal().by(northwind).of(1'250, "EUR").due_in(31).in(Opportunity::UPSELL)});
  const v1::Account& account = resources.at(1).second.account();
  EXPECT_EQ(account.name(), "accounts/northwind");
  EXPECT_EQ(account.display_name(), "Northwind");
  EXPECT_EQ(account.segment(), "enterprise");
  EXPECT_EQ(account.owner(), "ada");
  const v1::Subscription& plan = resources.at(3).second.subscription();
  EXPECT_EQ(plan.arr().currency_code(), "EUR");
  EXPECT_EQ(plan.arr().micros(), 1'250'000'000);
  EXPECT_EQ(plan.start_date().year(), 2024);
  EXPECT_EQ(plan.start_date().month(), 2);
  EXPECT_EQ(plan.start_date().day(), 1);
  EXPECT_EQ(resources.at(4).second.opportunity().stage(), Opportunity::UPSELL);
}

TEST(BuildersTest, EachGetsANameOfItsOwn) {
  const Customer ada = a_customer("ada");
  const auto names = Names({a_renewal(), a_renewal().by(ada), a_renewal().by(ada), a_customer()});
  EXPECT_THAT(
      names,
      ElementsAre("products/plan", "accounts/customer-1", "accounts/customer-1/contacts/decider",
                  "accounts/customer-1/subscriptions/plan",
                  "accounts/customer-1/opportunities/renewal", "accounts/ada",
                  "accounts/ada/contacts/decider", "accounts/ada/subscriptions/plan",
                  "accounts/ada/opportunities/renewal", "accounts/ada/subscriptions/plan-2",
                  "accounts/ada/opportunities/renewal-2", "accounts/customer-2",
                  "accounts/customer-2/contacts/decider"));
}

TEST(BuildersTest, ALeapDayHasAYearBefore) {
  const auto resources = Resources({a_renewal().due_in(59)}, absl::CivilDay(2028, 1, 1));
  const v1::Date& start = resources.at(3).second.subscription().start_date();
  EXPECT_EQ(start.year(), 2027);
  EXPECT_EQ(start.month(), 3);
  EXPECT_EQ(start.day(), 1);
}

}  // namespace
}  // namespace perennial::client
