#include "lib/api/fields.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "lib/api/resource_name.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

template <typename Resource>
Resource Parse(const std::string& text) {
  Resource resource;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &resource));
  return resource;
}

// The values that the field called `path` has in its columns.
template <typename Resource>
std::vector<FieldValue> ValuesOf(const Resource& resource, absl::string_view path) {
  std::vector<FieldValue> values;
  const Field* field = FieldTable::Of(*Resource::descriptor()).Find(path);
  EXPECT_NE(field, nullptr) << path;
  if (field != nullptr) AppendFieldValues(resource, *field, values);
  return values;
}

TEST(FieldTableTest, TurnsFieldsIntoColumns) {
  EXPECT_THAT(FieldTable::Of(*v1::Product::descriptor()).columns(),
              ElementsAre("display_name", "family", "list_price_micros", "list_price_currency",
                          "retired", "note", "labels", "search_text"));
  EXPECT_THAT(FieldTable::Of(*v1::Contact::descriptor()).columns(),
              IsSupersetOf({"account", "roles", "needs", "verify_time", "state"}));
}

TEST(FieldTableTest, LeavesOutWhatEveryTableHasAndOtherMessages) {
  const auto& columns = FieldTable::Of(*v1::Subscription::descriptor()).columns();
  for (const char* column : {"name", "etag", "create_time", "update_time", "amendments"}) {
    EXPECT_THAT(columns, Not(Contains(column)));
  }
  EXPECT_THAT(FieldTable::Of(*v1::Product::descriptor()).columns(), Not(Contains("account")));
  EXPECT_THAT(FieldTable::Of(*v1::Account::descriptor()).columns(), Not(Contains("account")));
}

TEST(FieldTableTest, FindsFieldsAndThoseOfEveryTable) {
  const FieldTable& table = FieldTable::Of(*v1::Contact::descriptor());
  EXPECT_EQ(table.Find("stance")->kind, FieldKind::kEnum);
  EXPECT_EQ(table.Find("stance")->enum_type, v1::Contact::Stance_descriptor());
  EXPECT_EQ(table.Find("roles")->enum_type, v1::Contact::Role_descriptor());
  EXPECT_EQ(table.Find("name")->kind, FieldKind::kText);
  EXPECT_EQ(table.Find("account")->descriptor, nullptr);
  EXPECT_EQ(table.Find("create_time")->kind, FieldKind::kTime);
  EXPECT_EQ(table.Find("update_time")->columns, std::vector<std::string>{"update_time"});
  EXPECT_EQ(table.Find("etag"), nullptr);
  EXPECT_EQ(table.Find("nothing"), nullptr);
  EXPECT_EQ(FieldTable::Of(*v1::Account::descriptor()).Find("account"), nullptr);
}

TEST(FieldTableTest, KnowsHowLongColumnsAre) {
  const FieldTable& contact = FieldTable::Of(*v1::Contact::descriptor());
  EXPECT_EQ(contact.Find("display_name")->max_length, 200);
  EXPECT_EQ(contact.Find("phone")->max_length, 50);
  EXPECT_EQ(contact.Find("name")->max_length, 300);
  EXPECT_EQ(contact.Find("stance")->max_length, 18);         // STANCE_UNSPECIFIED
  EXPECT_EQ(contact.Find("roles")->max_length, 8 * 18 + 1);  // EXECUTIVE_SPONSOR
  EXPECT_EQ(contact.Find("labels")->max_length, 32 * (63 + 1 + 100 + 1) + 1);
  const FieldTable& subscription = FieldTable::Of(*v1::Subscription::descriptor());
  EXPECT_EQ(subscription.Find("product")->max_length, 300);
  EXPECT_EQ(subscription.Find("start_date")->max_length, 10);
  EXPECT_EQ(subscription.Find("arr")->max_length, 3);
}

TEST(FieldTableTest, KnowsWhatIsJoinedApartFromItsOwnColumns) {
  for (const auto* type :
       {v1::Opportunity::descriptor(), v1::Task::descriptor(), v1::Touch::descriptor()}) {
    const FieldTable& table = FieldTable::Of(*type);
    ASSERT_NE(table.summary(), nullptr);
    EXPECT_EQ(table.summary()->name(), "account");
    const Field* segment = table.Find("account.segment");
    ASSERT_NE(segment, nullptr);
    EXPECT_TRUE(segment->joined);
    EXPECT_EQ(segment->columns, std::vector<std::string>{"account_segment"});
    EXPECT_EQ(table.Find("account.labels")->kind, FieldKind::kMap);
    EXPECT_THAT(table.columns(), Not(Contains("account_segment")));
    EXPECT_THAT(table.PathList(), HasSubstr("account.segment"));
    // The name of the account still is one.
    EXPECT_FALSE(table.Find("account")->joined);
    EXPECT_THAT(table.columns(), Contains("account"));
  }
  EXPECT_EQ(FieldTable::Of(*v1::Contact::descriptor()).summary(), nullptr);
  EXPECT_EQ(FieldTable::Of(*v1::Contact::descriptor()).Find("account.segment"), nullptr);
}

TEST(FieldTableTest, IsMadeOnce) {
  EXPECT_EQ(&FieldTable::Of(*v1::Contact::descriptor()),
            &FieldTable::Of(*v1::Contact::descriptor()));
}

TEST(FieldValuesTest, AreThoseOfTheMessage) {
  const auto contact = Parse<v1::Contact>(R"pb(
    name: "accounts/acme/contacts/jane"
    display_name: "Jane"
    roles: CHAMPION
    roles: BUSINESS_USER
    needs: "fewer clicks"
    stance: SUPPORTER
    do_not_contact: true
    verify_time { seconds: 1 nanos: 2000 }
    labels { key: "tier" value: "gold" }
    labels { key: "a" value: "b=c" }
  )pb");
  EXPECT_THAT(ValuesOf(contact, "account"), ElementsAre(FieldValue("accounts/acme")));
  EXPECT_THAT(ValuesOf(contact, "name"), ElementsAre(FieldValue("accounts/acme/contacts/jane")));
  EXPECT_THAT(ValuesOf(contact, "display_name"), ElementsAre(FieldValue("Jane")));
  EXPECT_THAT(ValuesOf(contact, "roles"), ElementsAre(FieldValue("\nCHAMPION\nBUSINESS_USER\n")));
  EXPECT_THAT(ValuesOf(contact, "needs"), ElementsAre(FieldValue("\nfewer clicks\n")));
  EXPECT_THAT(ValuesOf(contact, "stance"), ElementsAre(FieldValue("SUPPORTER")));
  EXPECT_THAT(ValuesOf(contact, "do_not_contact"), ElementsAre(FieldValue(int64_t{1})));
  EXPECT_THAT(ValuesOf(contact, "verify_time"), ElementsAre(FieldValue(int64_t{1'000'002})));
  EXPECT_THAT(ValuesOf(contact, "labels"), ElementsAre(FieldValue("\na=b=c\ntier=gold\n")));

  const auto subscription = Parse<v1::Subscription>(R"pb(
    seats: 7
    arr { currency_code: "USD" micros: 5 }
    start_date { year: 2025 month: 1 day: 31 }
  )pb");
  EXPECT_THAT(ValuesOf(subscription, "seats"), ElementsAre(FieldValue(int64_t{7})));
  EXPECT_THAT(ValuesOf(subscription, "arr"),
              ElementsAre(FieldValue(int64_t{5}), FieldValue("USD")));
  EXPECT_THAT(ValuesOf(subscription, "start_date"), ElementsAre(FieldValue("2025-01-31")));
}

TEST(FieldValuesTest, AreZeroOrEmptyWhereUnset) {
  const v1::Contact contact;
  for (const char* path : {"account", "display_name", "roles", "stance", "labels"}) {
    EXPECT_THAT(ValuesOf(contact, path), ElementsAre(FieldValue(""))) << path;
  }
  EXPECT_THAT(ValuesOf(contact, "verify_time"), ElementsAre(FieldValue(int64_t{0})));
  const v1::Subscription subscription;
  EXPECT_THAT(ValuesOf(subscription, "start_date"), ElementsAre(FieldValue("")));
  EXPECT_THAT(ValuesOf(subscription, "arr"), ElementsAre(FieldValue(int64_t{0}), FieldValue("")));
}

TEST(FieldValuesTest, AnEnumValueThatThereIsNotCountsAsUnset) {
  v1::Contact contact;
  contact.set_stance(static_cast<v1::Contact::Stance>(77));
  EXPECT_THAT(ValuesOf(contact, "stance"), ElementsAre(FieldValue("")));
}

// Of every resource, whatever fields it has.
TEST(FieldValuesTest, FitTheColumns) {
  for (const auto* resource : AllResources()) {
    const FieldTable& table = FieldTable::Of(*resource);
    const auto* message =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(resource);
    std::vector<FieldValue> values;
    table.Values(*message, values);
    EXPECT_EQ(values.size(), table.columns().size()) << resource->name();
  }
}

}  // namespace
}  // namespace perennial
