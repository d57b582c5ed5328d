#include "lib/api/field_mask.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {
namespace {

using google::protobuf::FieldMask;
using ::testing::HasSubstr;

template <typename Resource>
Resource Parse(const std::string& text) {
  Resource resource;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &resource)) << text;
  return resource;
}

FieldMask Mask(std::initializer_list<const char*> paths) {
  FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

// What `existing` becomes; as it was where the mask cannot be applied.
template <typename Resource>
Resource Apply(const FieldMask& mask, const Resource& patch, Resource existing) {
  EXPECT_TRUE(ApplyMask(mask, patch, existing).ok()) << ApplyMask(mask, patch, existing);
  return existing;
}

void ExpectSame(const google::protobuf::Message& actual,
                const google::protobuf::Message& expected) {
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(actual, expected))
      << actual.DebugString() << "instead of\n"
      << expected.DebugString();
}

v1::Contact Jane() {
  return Parse<v1::Contact>(R"pb(
    name: "accounts/a/contacts/jane"
    display_name: "Jane"
    title: "CFO"
    roles: CHAMPION
    labels { key: "tier" value: "gold" }
    labels { key: "region" value: "emea" }
    state: ACTIVE
    etag: "1"
    create_time { seconds: 5 }
  )pb");
}

TEST(ApplyMaskTest, ChangesTheNamedFieldsOnly) {
  auto patch = Parse<v1::Contact>(R"pb(display_name: "Janet" phone: "1")pb");
  v1::Contact expected = Jane();
  expected.set_display_name("Janet");
  expected.clear_title();
  ExpectSame(Apply(Mask({"display_name", "title"}), patch, Jane()), expected);
  ExpectSame(Apply(Mask({"title", "display_name", "title"}), patch, Jane()), expected);
}

TEST(ApplyMaskTest, WithoutPathsChangesWhatIsSet) {
  auto patch = Parse<v1::Contact>(R"pb(display_name: "Janet"
                                       roles: INFLUENCER
                                       labels { key: "x" value: "y" })pb");
  v1::Contact expected = Jane();
  expected.set_display_name("Janet");
  expected.set_roles(0, v1::Contact::INFLUENCER);
  expected.clear_labels();
  (*expected.mutable_labels())["x"] = "y";
  ExpectSame(Apply({}, patch, Jane()), expected);
  ExpectSame(Apply({}, v1::Contact(), Jane()), Jane());
}

TEST(ApplyMaskTest, WithAStarReplacesAllAndNeedsAnEtag) {
  auto patch = Parse<v1::Contact>(R"pb(display_name: "Janet" etag: "1" state: LEFT)pb");
  const auto expected = Parse<v1::Contact>(R"pb(
    name: "accounts/a/contacts/jane"
    display_name: "Janet"
    state: ACTIVE
    etag: "1"
    create_time { seconds: 5 }
  )pb");
  ExpectSame(Apply(Mask({"*"}), patch, Jane()), expected);

  patch.clear_etag();
  v1::Contact existing = Jane();
  const absl::Status status = ApplyMask(Mask({"*"}), patch, existing);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ViolationsOf(status).at(0).field, "etag");
  ExpectSame(existing, Jane());
}

TEST(ApplyMaskTest, GoesIntoMessages) {
  const auto product = Parse<v1::Product>(R"pb(list_price { currency_code: "USD" micros: 5 })pb");
  const auto patch = Parse<v1::Product>(R"pb(list_price { currency_code: "EUR" micros: 7 })pb");
  ExpectSame(Apply(Mask({"list_price.micros"}), patch, product),
             Parse<v1::Product>(R"pb(list_price { currency_code: "USD" micros: 7 })pb"));
  ExpectSame(Apply(Mask({"list_price", "list_price.micros"}), patch, product), patch);
  ExpectSame(Apply(Mask({"list_price.micros"}), v1::Product(), product),
             Parse<v1::Product>(R"pb(list_price { currency_code: "USD" })pb"));
  ExpectSame(Apply(Mask({"list_price.micros"}), v1::Product(), v1::Product()), v1::Product());
  ExpectSame(Apply(Mask({"list_price"}), v1::Product(), product), v1::Product());
}

TEST(ApplyMaskTest, NamesSingleKeysOfMaps) {
  const auto patch = Parse<v1::Contact>(R"pb(labels { key: "tier" value: "silver" }
                                             labels { key: "new" value: "n" })pb");
  v1::Contact expected = Jane();
  (*expected.mutable_labels())["tier"] = "silver";
  ExpectSame(Apply(Mask({"labels.tier"}), patch, Jane()), expected);
  (*expected.mutable_labels())["new"] = "n";
  expected.mutable_labels()->erase("region");
  v1::Contact changed = Apply(Mask({"labels.tier", "labels.new", "labels.region"}), patch, Jane());
  ExpectSame(changed, expected);
  EXPECT_EQ(changed.labels().at("tier"), "silver");  // the map is whole, not only its wire form
  EXPECT_EQ(changed.labels().count("region"), 0u);
}

TEST(ApplyMaskTest, LeavesWhatTheServerSets) {
  const auto patch = Parse<v1::Contact>(R"pb(
    name: "accounts/b/contacts/x"
    etag: "9"
    state: LEFT
    create_time { seconds: 7 nanos: 1 }
  )pb");
  ExpectSame(Apply(Mask({"name", "etag"}), patch, Jane()), Jane());
  ExpectSame(Apply({}, patch, Jane()), Jane());
}

TEST(ApplyMaskTest, SaysWhatChangesWhatAnUpdateDoesNot) {
  const auto error = [](const char* path, const google::protobuf::Message& patch,
                        google::protobuf::Message& existing) {
    const absl::Status status = ApplyMask(Mask({path}), patch, existing);
    EXPECT_EQ(ReasonOf(status), v1::INVALID_UPDATE_MASK) << path;
    const auto violations = ViolationsOf(status);
    return violations.size() == 1 ? violations[0].description : "";
  };
  v1::Contact jane = Jane();
  EXPECT_EQ(error("state", jane, jane),
            "state is set by the server; it changes by MarkContactLeft and UndoContactLeft");
  EXPECT_EQ(error("create_time.nanos", jane, jane), "create_time.nanos is set by the server alone");
  ExpectSame(jane, Jane());
  auto opportunity = Parse<v1::Opportunity>(R"pb(subscriptions: "s" etag: "1")pb");
  EXPECT_EQ(error("stage", opportunity, opportunity),
            "stage is set by the server; it changes by AdvanceOpportunity and ReturnOpportunity");
  EXPECT_EQ(error("subscriptions", opportunity, opportunity),
            "subscriptions can be given on create only");
}

TEST(ApplyMaskTest, RefusesUnknownPaths) {
  for (const char* path : {"nickname", "", ".", "display_name.x", "roles.x", "labels.tier.x",
                           "create_time.minutes", "displayName"}) {
    v1::Contact existing = Jane();
    v1::Contact patch;
    patch.set_display_name("changed");
    const absl::Status status = ApplyMask(Mask({"display_name", path}), patch, existing);
    EXPECT_EQ(ReasonOf(status), v1::INVALID_UPDATE_MASK) << path;
    ASSERT_EQ(ViolationsOf(status).size(), 1u);
    EXPECT_EQ(ViolationsOf(status)[0].field, "update_mask");
    EXPECT_THAT(ViolationsOf(status)[0].description, HasSubstr(path));
    ExpectSame(existing, Jane());
  }
  v1::Contact existing = Jane();
  EXPECT_EQ(ReasonOf(ApplyMask(Mask({"*", "title"}), existing, existing)), v1::INVALID_UPDATE_MASK);
}

TEST(ApplyMaskTest, KeepsImmutableFields) {
  const auto opportunity = Parse<v1::Opportunity>(R"pb(subscriptions: "s" owner: "o" etag: "1")pb");
  auto patch = Parse<v1::Opportunity>(R"pb(subscriptions: "s" owner: "p" etag: "1")pb");
  EXPECT_EQ(Apply({}, patch, opportunity).owner(), "p");
  EXPECT_EQ(Apply(Mask({"*"}), patch, opportunity).owner(), "p");
  patch.set_subscriptions(0, "t");
  EXPECT_EQ(Apply(Mask({"owner"}), patch, opportunity).owner(), "p");
  for (const FieldMask& mask : {FieldMask(), Mask({"*"}), Mask({"subscriptions"})}) {
    v1::Opportunity existing = opportunity;
    const absl::Status status = ApplyMask(mask, patch, existing);
    EXPECT_EQ(ReasonOf(status), v1::INVALID_UPDATE_MASK);
    EXPECT_THAT(status.message(), HasSubstr("subscriptions"));
    ExpectSame(existing, opportunity);
  }
}

TEST(OutputOnlyTest, IsClearedAtEveryDepth) {
  auto request = Parse<v1::CreateContactRequest>(R"pb(
    parent: "accounts/a"
    contact {
      display_name: "Jane"
      state: LEFT
      create_time { seconds: 1 }
      etag: "1"
    }
  )pb");
  ClearOutputOnly(request);
  ExpectSame(request, Parse<v1::CreateContactRequest>(R"pb(
               parent: "accounts/a"
               contact { display_name: "Jane" etag: "1" }
             )pb"));

  auto samples = Parse<v1::AppendUsageSamplesRequest>(R"pb(
    usage_samples {
      capability: "c"
      update_time { seconds: 1 }
    }
    usage_samples {
      capability: "d"
      create_time { seconds: 1 }
    }
  )pb");
  ClearOutputOnly(samples);
  ExpectSame(samples, Parse<v1::AppendUsageSamplesRequest>(R"pb(
               usage_samples { capability: "c" }
               usage_samples { capability: "d" }
             )pb"));
}

TEST(OutputOnlyTest, IsCopiedWithTheName) {
  auto contact = Parse<v1::Contact>(R"pb(name: "x"
                                         display_name: "Janet"
                                         state: LEFT
                                         leave_time { seconds: 9 }
                                         etag: "2")pb");
  CopyOutputOnly(Jane(), contact);
  ExpectSame(contact, Parse<v1::Contact>(R"pb(
               name: "accounts/a/contacts/jane"
               display_name: "Janet"
               state: ACTIVE
               create_time { seconds: 5 }
               etag: "2"
             )pb"));
}

}  // namespace
}  // namespace perennial
