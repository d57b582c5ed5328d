#include "lib/api/validate.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/import_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

template <typename Request>
Request Parse(const std::string& text) {
  Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  return request;
}

// "field: description" of each violation.
std::vector<std::string> Texts(const absl::Status& status) {
  std::vector<std::string> texts;
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD);
  }
  for (const FieldViolation& violation : ViolationsOf(status)) {
    texts.push_back(absl::StrCat(violation.field, ": ", violation.description));
  }
  EXPECT_EQ(texts.empty(), status.ok());
  return texts;
}

std::vector<std::string> Check(const google::protobuf::Message& request) {
  return Texts(ValidateRequest(request));
}

std::vector<std::string> CheckContact(const std::string& contact) {
  return Check(
      Parse<v1::CreateContactRequest>(absl::StrCat(R"pb(parent: "accounts/acme"
                                                        contact { display_name: "Jane")pb",
                                                   contact, "}")));
}

std::vector<std::string> CheckSubscription(const std::string& subscription) {
  return Check(Parse<v1::CreateSubscriptionRequest>(
      absl::StrCat(R"pb(parent: "accounts/acme"
                        subscription { product: "products/p"
                                       start_date { year: 2025 month: 1 day: 1 }
                   )pb",
                   subscription, "}")));
}

constexpr char kTerms[] = "arr {} term_months: 12 ";

TEST(ValidateRequestTest, TakesWhatKeepsTheRules) {
  EXPECT_THAT(Check(Parse<v1::CreateContactRequest>(R"pb(
                parent: "accounts/acme"
                contact_id: "jane"
                request_id: "A b~"
                contact {
                  display_name: "Jane \342\202\254"
                  note: "two\nlines\tand a tab"
                  roles: CHAMPION
                  needs: "speed"
                  labels { key: "tier" value: "" }
                }
              )pb")),
              IsEmpty());
  EXPECT_THAT(CheckSubscription(kTerms), IsEmpty());
  EXPECT_THAT(Check(v1::ListAccountsRequest()), IsEmpty());
}

TEST(ValidateRequestTest, NamesEachMissingField) {
  EXPECT_THAT(Check(v1::CreateSubscriptionRequest()),
              ElementsAre("parent: must be set", "subscription: must be set"));
  EXPECT_THAT(
      Check(Parse<v1::CreateSubscriptionRequest>(R"pb(parent: "accounts/a"
                                                      subscription {})pb")),
      ElementsAre("subscription.product: must be set", "subscription.arr: must be set",
                  "subscription.start_date: must be set", "subscription.term_months: must be set"));
  EXPECT_THAT(Check(v1::AppendUsageSamplesRequest()),
              ElementsAre("parent: must be set", "usage_samples: must be set"));
}

TEST(ValidateRequestTest, WhatIsRequiredCanBeSeenAndIsOneLine) {
  const auto with_name = [](const std::string& name) {
    v1::CreateContactRequest request;
    request.set_parent("accounts/acme");
    request.mutable_contact()->set_display_name(name);
    return Check(request);
  };
  EXPECT_THAT(with_name("\u200b \u00a0"),
              ElementsAre("contact.display_name: must hold something visible"));
  EXPECT_THAT(with_name("Jane\nDoe"), ElementsAre("contact.display_name: must be one line"));
  EXPECT_THAT(with_name("Jane\u2028Doe"), ElementsAre("contact.display_name: must be one line"));
}

TEST(ValidateRequestTest, AmountsHaveTheDecimalsOfTheirCurrency) {
  const auto with_arr = [](const std::string& arr) {
    return CheckSubscription(absl::StrCat("term_months: 12 arr {", arr, "}"));
  };
  EXPECT_THAT(with_arr("currency_code: 'JPY' micros: 100000000"), IsEmpty());
  EXPECT_THAT(with_arr("currency_code: 'KWD' micros: 1001000"), IsEmpty());
  EXPECT_THAT(with_arr("currency_code: 'JPY' micros: 100500000"),
              ElementsAre("subscription.arr.micros: must be whole units: JPY has no decimals"));
  EXPECT_THAT(
      with_arr("currency_code: 'USD' micros: 1001000"),
      ElementsAre("subscription.arr.micros: must have at most 2 decimals in USD: millionths "
                  "are a multiple of 10000"));
}

TEST(ValidateRequestTest, CountsCharactersAndNotBytes) {
  const auto with_title = [](const std::string& title) {
    v1::CreateContactRequest request;
    request.set_parent("accounts/acme");
    request.mutable_contact()->set_display_name("Jane");
    request.mutable_contact()->set_title(title);
    return Check(request);
  };
  std::string euros;
  for (int i = 0; i < 200; ++i) euros += "\u20ac";
  EXPECT_THAT(with_title(euros), IsEmpty());
  EXPECT_THAT(with_title(euros + "x"),
              ElementsAre("contact.title: must have at most 200 characters, has 201"));
  EXPECT_THAT(CheckContact(absl::StrCat("phone: '", std::string(51, '1'), "'")),
              ElementsAre("contact.phone: must have at most 50 characters, has 51"));
}

TEST(ValidateRequestTest, RefusesTextsThatAreNone) {
  v1::CreateContactRequest request;
  request.set_parent("accounts/acme");
  for (const std::string& text : {std::string("\xff"), std::string("a\0b", 3), std::string("\r")}) {
    request.mutable_contact()->set_display_name(text);
    EXPECT_THAT(Check(request), ElementsAre(HasSubstr("contact.display_name: must be UTF-8")));
  }
}

TEST(ValidateRequestTest, BoundsListsAndMaps) {
  std::string needs;
  std::string labels;
  for (int i = 0; i < 33; ++i) {
    if (i < 21) absl::StrAppend(&needs, "needs: 'x' ");
    absl::StrAppend(&labels, "labels { key: 'k", i, "' value: 'v' } ");
  }
  EXPECT_THAT(CheckContact(needs),
              ElementsAre("contact.needs: must have at most 20 elements, has 21"));
  EXPECT_THAT(CheckContact(labels),
              ElementsAre("contact.labels: must have at most 32 elements, has 33"));
}

TEST(ValidateRequestTest, BoundsNumbers) {
  EXPECT_THAT(CheckSubscription("arr {} term_months: 121 seats: -1 notice_days: 731"),
              ElementsAre("subscription.seats: must be at least 0, is -1",
                          "subscription.term_months: must be at most 120, is 121",
                          "subscription.notice_days: must be at most 730, is 731"));
  EXPECT_THAT(Check(Parse<v1::AmendSubscriptionRequest>(R"pb(name: "n" reason: "r" seats: -1)pb")),
              ElementsAre("seats: must be at least 0, is -1"));
}

TEST(ValidateRequestTest, ChecksTheShapeOfReferences) {
  EXPECT_THAT(Check(Parse<v1::CreateContactRequest>(R"pb(parent: "accounts/-"
                                                         contact { display_name: "J" })pb")),
              ElementsAre("parent: must have the form accounts/{account}"));
  EXPECT_THAT(Check(Parse<v1::CreateTouchRequest>(R"pb(
                parent: "accounts/acme"
                touch {
                  channel: PHONE
                  direction: OUTBOUND
                  disposition: CONNECTED
                  intent: GIVE
                  contacts: "accounts/acme/contacts/jane"
                  contacts: "jane"
                  contacts: ""
                }
              )pb")),
              ElementsAre("touch.contacts[1]: must have the form "
                          "accounts/{account}/contacts/{contact}",
                          "touch.contacts[2]: must not be empty"));
}

TEST(ValidateRequestTest, KnowsTheValuesOfEnums) {
  v1::CreateContactRequest request;
  request.set_parent("accounts/acme");
  request.mutable_contact()->set_display_name("Jane");
  request.mutable_contact()->set_stance(static_cast<v1::Contact::Stance>(9));
  request.mutable_contact()->add_roles(v1::Contact::CHAMPION);
  request.mutable_contact()->add_roles(v1::Contact::ROLE_UNSPECIFIED);
  request.mutable_contact()->add_roles(static_cast<v1::Contact::Role>(-1));
  EXPECT_THAT(Check(request), ElementsAre("contact.roles[1]: must be a value of Role, is 0",
                                          "contact.roles[2]: must be a value of Role, is -1",
                                          "contact.stance: must be a value of Stance, is 9"));
}

TEST(ValidateRequestTest, ChecksDatesAndTimes) {
  EXPECT_THAT(Check(Parse<v1::CreateAccountEventRequest>(R"pb(
                parent: "accounts/acme"
                account_event {
                  type: BUDGET
                  title: "t"
                  event_date { year: 2025 month: 2 day: 29 }
                }
              )pb")),
              ElementsAre(HasSubstr("account_event.event_date: must be a day")));
  const auto read_at = [](int64_t seconds, int nanos) {
    v1::GetAccountRequest request;
    request.set_name("accounts/acme");
    request.mutable_read_time()->set_seconds(seconds);
    request.mutable_read_time()->set_nanos(nanos);
    return Check(request);
  };
  EXPECT_THAT(read_at(0, 999'999'999), IsEmpty());
  EXPECT_THAT(read_at(-2'208'988'800, 0), IsEmpty());
  EXPECT_THAT(read_at(253'402'300'799, 0), IsEmpty());
  for (const auto& texts :
       {read_at(-2'208'988'801, 0), read_at(253'402'300'800, 0), read_at(0, -1),
        read_at(0, 1'000'000'000), read_at(std::numeric_limits<int64_t>::max(), 0)}) {
    EXPECT_THAT(texts, ElementsAre(HasSubstr("read_time: must be a time")));
  }
}

TEST(ValidateRequestTest, ChecksMoney) {
  const auto with_arr = [](const std::string& arr) {
    return CheckSubscription(absl::StrCat("term_months: 12 arr {", arr, "}"));
  };
  EXPECT_THAT(with_arr("currency_code: 'USD' micros: 1000000000000000000"), IsEmpty());
  EXPECT_THAT(with_arr("currency_code: 'USD'"), IsEmpty());
  EXPECT_THAT(with_arr("micros: 1"),
              ElementsAre("subscription.arr.currency_code: must be set where micros are not 0"));
  EXPECT_THAT(with_arr("currency_code: 'usd'"),
              ElementsAre(HasSubstr("subscription.arr.currency_code: must be three capital")));
  EXPECT_THAT(with_arr("currency_code: 'USD' micros: 1000000000000010000"),
              ElementsAre(HasSubstr("subscription.arr.micros: must be at most")));
  EXPECT_THAT(with_arr("currency_code: 'USD' micros: -1000000000000010000"),
              ElementsAre(HasSubstr("subscription.arr.micros: must be at least")));
}

TEST(ValidateRequestTest, ChecksLabels) {
  EXPECT_THAT(
      CheckContact(absl::StrCat("labels { key: 'Tier' value: 'v' } ",
                                "labels { key: 'long' value: '", std::string(101, 'x'), "' } ",
                                "labels { key: 'lines' value: 'a\\nb' }")),
      UnorderedElementsAre("contact.labels: must have keys of the form [a-z][a-z0-9_-]{0,62}",
                           "contact.labels.long: must have at most 100 characters, has 101",
                           "contact.labels.lines: must not have line breaks"));
}

TEST(ValidateRequestTest, RefusesElementsThatNoColumnCouldHold) {
  EXPECT_THAT(CheckContact("needs: 'a\\nb' needs: ''"),
              ElementsAre("contact.needs[0]: must not have line breaks",
                          "contact.needs[1]: must not be empty"));
}

TEST(ValidateRequestTest, ChecksIds) {
  const auto with_ids = [](const std::string& id, const std::string& request_id) {
    v1::CreateAccountRequest request;
    request.mutable_account()->set_display_name("A");
    request.set_account_id(id);
    request.set_request_id(request_id);
    return Check(request);
  };
  EXPECT_THAT(with_ids("acme-1", std::string(100, '~')), IsEmpty());
  EXPECT_THAT(with_ids("Acme", std::string(101, '~')),
              ElementsAre(HasSubstr("account_id: must have the form"),
                          HasSubstr("request_id: must be at most 100 printable")));
  EXPECT_THAT(with_ids("", "caf\u00e9"), ElementsAre(HasSubstr("request_id:")));
}

TEST(ValidateRequestTest, DoesNotLookAtOutputOnlyFields) {
  EXPECT_THAT(CheckContact("state: 77 create_time { nanos: -1 }"), IsEmpty());
}

TEST(ValidateRequestTest, GoesIntoListsOfMessages) {
  EXPECT_THAT(Check(Parse<v1::CreateProductRequest>(R"pb(
                product {
                  display_name: "P"
                  capabilities { id: "a" }
                  capabilities { display_name: "without an id" }
                }
              )pb")),
              ElementsAre("product.capabilities[1].id: must be set"));
  EXPECT_THAT(Check(Parse<v1::ImportRequest>(R"pb(
                rows { resource { account { display_name: "A" } } }
                rows { resource { contact { display_name: "C" needs: "" } } }
                rows { resource { account {} } }
              )pb")),
              ElementsAre("rows[1].resource.contact.needs[0]: must not be empty",
                          "rows[2].resource.account.display_name: must be set"));
  EXPECT_THAT(Check(Parse<v1::BatchAdvanceOpportunitiesRequest>(
                  R"pb(requests { name: "n" request_id: "\001" })pb")),
              ElementsAre(HasSubstr("requests[0].request_id: must be")));
}

TEST(ValidateRequestTest, AnUpdateNeedsWhatItsMaskNames) {
  const auto update = [](const std::string& fields) {
    return Check(Parse<v1::UpdateAccountEventRequest>(fields));
  };
  EXPECT_THAT(update(""), ElementsAre("account_event: must be set"));
  EXPECT_THAT(update("account_event { note: 'n' }"), IsEmpty());
  EXPECT_THAT(update("account_event { note: 'n' } update_mask { paths: 'note' }"), IsEmpty());
  EXPECT_THAT(update("account_event {} update_mask { paths: 'note' paths: 'title' }"),
              ElementsAre("account_event.title: must be set"));
  EXPECT_THAT(update("account_event {} update_mask { paths: '*' }"),
              ElementsAre("account_event.type: must be set", "account_event.title: must be set"));
  EXPECT_THAT(update("account_event { type: 99 }"),
              ElementsAre(HasSubstr("account_event.type: must be a value of Type")));
}

TEST(ValidateRequestTest, AnUpdateOfAListNeedsWhatItsElementsNeed) {
  const auto update = [](const std::string& mask) {
    return Check(Parse<v1::UpdateProductRequest>(
        absl::StrCat("product { capabilities { display_name: 'c' } } ", mask)));
  };
  EXPECT_THAT(update("update_mask { paths: 'capabilities' }"),
              ElementsAre("product.capabilities[0].id: must be set"));
  EXPECT_THAT(update("update_mask { paths: 'note' }"), IsEmpty());
}

TEST(ValidateRequestTest, StopsAtTwentyViolations) {
  v1::ImportRequest request;
  for (int i = 0; i < 100; ++i) request.add_rows()->mutable_resource()->mutable_contact();
  EXPECT_THAT(Check(request), SizeIs(20));
}

TEST(ValidateResourceTest, PutsThePathInTheRequestFirst) {
  v1::Contact contact;
  EXPECT_THAT(Texts(ValidateResource(contact, "contact")),
              ElementsAre("contact.display_name: must be set"));
  contact.set_display_name("Jane");
  EXPECT_THAT(Texts(ValidateResource(contact, "contact")), IsEmpty());
}

// The rules of every resource can be read, whatever fields it has.
TEST(ValidateResourceTest, TakesEveryResource) {
  for (const auto* resource : AllResources()) {
    const auto* message =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(resource);
    for (const FieldViolation& violation : ViolationsOf(ValidateResource(*message, "r"))) {
      EXPECT_EQ(violation.description, "must be set") << resource->name() << violation.field;
    }
  }
}

}  // namespace
}  // namespace perennial
