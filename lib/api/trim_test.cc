#include "lib/api/trim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/adoption_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial {
namespace {

using testing::ElementsAre;

TEST(TrimTest, BlanksAreThoseOfUnicode) {
  EXPECT_EQ(WithoutBlanks(" \t\u00a0a b\u3000\n"), "a b");
  EXPECT_EQ(WithoutBlanks("\u00e4"), "\u00e4");
  EXPECT_EQ(WithoutBlanks(" \u2003 "), "");
  EXPECT_EQ(WithoutBlanks(""), "");
}

TEST(TrimTest, LinesAndNotProse) {
  v1::Account account;
  account.set_display_name("  Acme\t");
  account.set_industry(" Retail ");
  account.set_owner("kim\u00a0");
  account.set_note(" as it was written ");
  TrimTexts(account);
  EXPECT_EQ(account.display_name(), "Acme");
  EXPECT_EQ(account.industry(), "Retail");
  EXPECT_EQ(account.owner(), "kim");
  EXPECT_EQ(account.note(), " as it was written ");
}

TEST(TrimTest, ListsLabelsAndMessagesWithinOthers) {
  v1::CreateContactRequest contact;
  contact.mutable_contact()->add_needs(" fewer clicks");
  contact.mutable_contact()->add_needs("speed");
  (*contact.mutable_contact()->mutable_labels())["tier"] = " gold ";
  TrimTexts(contact);
  EXPECT_THAT(contact.contact().needs(), ElementsAre("fewer clicks", "speed"));
  EXPECT_EQ(contact.contact().labels().at("tier"), "gold");

  v1::Product product;
  product.add_capabilities()->set_display_name(" Reports ");
  TrimTexts(product);
  EXPECT_EQ(product.capabilities(0).display_name(), "Reports");

  v1::ImportRequest import;
  import.add_rows()->mutable_resource()->mutable_feedback()->set_topic("speed ");
  TrimTexts(import);
  EXPECT_EQ(import.rows(0).resource().feedback().topic(), "speed");
}

TEST(TrimTest, WhatOnlyRequestsHave) {
  v1::DecideFeedbackTopicRequest request;
  request.set_topic(" speed ");
  request.set_reason(" as it was written ");
  TrimTexts(request);
  EXPECT_EQ(request.topic(), "speed");
  EXPECT_EQ(request.reason(), " as it was written ");
}

TEST(TrimTest, WhatHasAFormIsLeftToIt) {
  v1::CreateContactRequest request;
  request.set_parent(" accounts/a");
  request.set_contact_id("kim ");
  request.set_request_id(" r ");
  TrimTexts(request);
  EXPECT_EQ(request.parent(), " accounts/a");
  EXPECT_EQ(request.contact_id(), "kim ");
  EXPECT_EQ(request.request_id(), " r ");
}

}  // namespace
}  // namespace perennial
