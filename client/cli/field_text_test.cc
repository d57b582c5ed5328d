#include "client/cli/field_text.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Message>
const google::protobuf::FieldDescriptor& Field(const std::string& name) {
  return *Message::descriptor()->FindFieldByName(name);
}

// What a text is after it was set: in the form it was given in, if that is right.
template <class Message>
std::string There(const std::string& field, const std::string& text) {
  Message message;
  const absl::Status status = SetField(Field<Message>(field), text, message);
  return status.ok() ? FieldText(message, Field<Message>(field)) : std::string(status.message());
}

TEST(FieldTextTest, TakesWhatItGives) {
  EXPECT_EQ(There<v1::Account>("display_name", "Acme, Inc."), "Acme, Inc.");
  EXPECT_EQ(There<v1::Contact>("do_not_contact", "true"), "true");
  EXPECT_EQ(There<v1::Subscription>("seats", "-12"), "-12");
  EXPECT_EQ(There<v1::UsageSample>("uses", "1000000000000"), "1000000000000");
  EXPECT_EQ(There<v1::Contact>("stance", "SUPPORTER"), "SUPPORTER");
  EXPECT_EQ(There<v1::Subscription>("start_date", "2025-01-31"), "2025-01-31");
  EXPECT_EQ(There<v1::ClockTime>("time", "2025-01-31T12:00:00.5Z"), "2025-01-31T12:00:00.5Z");
  EXPECT_EQ(There<v1::Subscription>("arr", "USD 1200.50"), "USD 1200.50");
  EXPECT_EQ(There<v1::Contact>("roles", "CHAMPION,EVALUATOR"), "CHAMPION,EVALUATOR");
  EXPECT_EQ(There<v1::Contact>("needs", "less work\\, more fun,a raise"),
            "less work\\, more fun,a raise");
  EXPECT_EQ(There<v1::Account>("labels", "a=1,b=x=y"), "a=1,b=x=y");
  EXPECT_EQ(There<v1::Product>("capabilities", R"([{"id":"sso"},{"id":"api"}])"),
            R"([{"id":"sso"},{"id":"api"}])");
}

TEST(FieldTextTest, TakesOtherFormsToo) {
  EXPECT_EQ(There<v1::Criterion>("type", "offer-accepted"), "OFFER_ACCEPTED");
  EXPECT_EQ(There<v1::ClockTime>("time", "2025-01-31"), "2025-01-31T00:00:00Z");
  EXPECT_EQ(There<v1::Subscription>("arr", "usd 7"), "USD 7.00");
  EXPECT_EQ(There<v1::Product>("capabilities", R"({"id": "sso"})"), R"([{"id":"sso"}])");
  EXPECT_EQ(There<v1::Contact>("roles", ""), "");
}

TEST(FieldTextTest, SaysWhatWouldBeRight) {
  EXPECT_EQ(There<v1::Contact>("stance", "FRIEND"), "expected one of SUPPORTER, NEUTRAL, CRITIC");
  EXPECT_EQ(There<v1::Contact>("stance", "STANCE_UNSPECIFIED"),
            "expected one of SUPPORTER, NEUTRAL, CRITIC");
  EXPECT_EQ(There<v1::Subscription>("seats", "many"), "expected a whole number");
  EXPECT_EQ(There<v1::Subscription>("arr", "1200"),
            "expected a currency and an amount such as \"USD 1200.50\"");
  EXPECT_EQ(There<v1::Contact>("do_not_contact", "maybe"), "expected true or false");
  EXPECT_EQ(There<v1::Account>("labels", "gold"), "expected key=value, or key- to take one off");
  EXPECT_THAT(There<v1::Subscription>("start_date", "31.1.2025"), HasSubstr("2025-01-31"));
  EXPECT_EQ(There<v1::Subscription>("arr", "USD 1.005"),
            "expected an amount of at most 2 decimals in USD");
  EXPECT_EQ(There<v1::Subscription>("arr", "JPY 1.5"), "expected whole units: JPY has no decimals");
}

TEST(FieldTextTest, SaysWhatWouldBeRightInJson) {
  const auto capabilities = [](const char* json) {
    return There<v1::Product>("capabilities", json);
  };
  constexpr char kForm[] =
      "expected JSON: an object {\"id\": ...} with any of id, display_name, description, or "
      "several in brackets, and all texts in \"quotes\"";
  EXPECT_EQ(capabilities("[notjson]"), kForm);
  EXPECT_EQ(capabilities(R"([{"id":"sso")"), kForm);
  EXPECT_EQ(capabilities("[5]"),
            "expected JSON: an object {...} with any of id, display_name, description");
  EXPECT_EQ(capabilities(R"([{"id":"sso"},{"idd":1}])"),
            "expected JSON: there is no field \"idd\", there are id, display_name, description");
  EXPECT_EQ(capabilities(R"([{"id":{}}])"), "expected JSON: \"id\" must be TEXT");
  EXPECT_EQ(There<v1::Offer>("lines", R"([{"arr":{"micro":1}}])"),
            "expected JSON: there is no field \"micro\", there are currency_code, micros");
}

TEST(FieldTextTest, OffersNothingThatIsRefused) {
  const auto& reason = Field<v1::CancelSubscriptionRequest>("reason");
  EXPECT_THAT(Choices(reason), testing::Not(testing::Contains("UNKNOWN")));
  v1::CancelSubscriptionRequest request;
  EXPECT_THAT(std::string(SetField(reason, "x", request).message()),
              testing::AllOf(HasSubstr("OTHER"), testing::Not(HasSubstr("UNKNOWN"))));
}

TEST(FieldTextTest, IsEmptyForWhatIsNotSet) {
  EXPECT_EQ(FieldText(v1::Subscription(), Field<v1::Subscription>("arr")), "");
  EXPECT_EQ(FieldText(v1::Subscription(), Field<v1::Subscription>("start_date")), "");
  EXPECT_EQ(FieldText(v1::Contact(), Field<v1::Contact>("stance")), "");
  EXPECT_EQ(FieldText(v1::Product(), Field<v1::Product>("capabilities")), "");
}

TEST(FieldTextTest, AnEmptyTextIsOfWhatIsNotSet) {
  for (const char* field : {"name", "stage", "owner_risk_level", "next_step_date", "forecast_arr",
                            "create_time", "labels"}) {
    v1::Opportunity opportunity;
    EXPECT_TRUE(SetField(Field<v1::Opportunity>(field), "", opportunity).ok()) << field;
    EXPECT_EQ(opportunity.ByteSizeLong(), 0u) << field;
  }
  v1::Playbook playbook;
  EXPECT_TRUE(SetField(Field<v1::Playbook>("bundle_days"), "", playbook).ok());
  EXPECT_FALSE(playbook.has_bundle_days());
}

TEST(FieldTextTest, IsReadableForPeople) {
  v1::Subscription subscription;
  const auto display = [&](const std::string& name) {
    return DisplayText(subscription, Field<v1::Subscription>(name));
  };
  for (const auto& [micros, text] :
       std::map<int64_t, std::string>{{1234567500000, "USD 1,234,567.50"},
                                      {999000000, "USD 999.00"},
                                      {-1000000000, "USD -1,000.00"}}) {
    subscription.mutable_arr()->set_currency_code("USD");
    subscription.mutable_arr()->set_micros(micros);
    EXPECT_EQ(display("arr"), text);
  }
  subscription.mutable_create_time()->set_seconds(1738324800);
  EXPECT_EQ(display("create_time"), "2025-01-31 12:00");
}

TEST(FieldTextTest, KnowsTheChoices) {
  EXPECT_THAT(Choices(Field<v1::Contact>("stance")), ElementsAre("SUPPORTER", "NEUTRAL", "CRITIC"));
  EXPECT_THAT(Choices(Field<v1::Contact>("do_not_contact")), ElementsAre("true", "false"));
  EXPECT_THAT(Choices(Field<v1::Contact>("email")), ElementsAre());
}

TEST(FieldTextTest, WhatIsNotSetIsNotItsDefault) {
  v1::Playbook playbook;
  const auto& bundle_days = *v1::Playbook::descriptor()->FindFieldByName("bundle_days");
  EXPECT_EQ(FieldText(playbook, bundle_days), "");
  EXPECT_EQ(DisplayText(playbook, bundle_days), "");
  playbook.set_bundle_days(0);
  EXPECT_EQ(FieldText(playbook, bundle_days), "0");
}

}  // namespace
}  // namespace perennial::cli
