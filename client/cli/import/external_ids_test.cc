#include "client/cli/import/external_ids.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace perennial::cli {
namespace {

v1::ImportRow Row(int line, const std::string& resource) {
  v1::ImportRow row;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("source: 'a.csv' line: ", line, " resource { ", resource, " }"), &row));
  return row;
}

TEST(ExternalIdsTest, AnIdIsThatOfOneName) {
  const char* acme = "account { name: 'accounts/a' external_ids { key: 'crm' value: '1' } }";
  ExternalIds ids;
  EXPECT_TRUE(ids.Take(Row(2, acme)).ok());
  EXPECT_TRUE(ids.Take(Row(9, acme)).ok()) << "the same again";
  const absl::Status status =
      ids.Take(Row(3,
                   "account { name: 'accounts/b' external_ids { key: 'erp' value: '7' } "
                   "external_ids { key: 'crm' value: ' 1 ' } }"));
  EXPECT_EQ(status.message(),
            "external_ids.crm: \"1\" is that of accounts/a as well, of line 2 of a.csv");
  // What was refused has nothing.
  EXPECT_TRUE(
      ids.Take(Row(4, "account { name: 'accounts/c' external_ids { key: 'erp' value: '7' } }"))
          .ok());
}

TEST(ExternalIdsTest, SystemsAndTypesHaveIdsOfTheirOwn) {
  ExternalIds ids;
  for (const char* resource :
       {"account { name: 'accounts/a' external_ids { key: 'crm' value: '1' } }",
        "account { name: 'accounts/b' external_ids { key: 'erp' value: '1' } }",
        "contact { name: 'accounts/a/contacts/c' external_ids { key: 'crm' value: '1' } }",
        "product { name: 'products/p' labels { key: 'crm' value: '1' } }",
        "product { name: 'products/q' labels { key: 'crm' value: '1' } }"}) {
    EXPECT_TRUE(ids.Take(Row(1, resource)).ok()) << resource;
  }
}

}  // namespace
}  // namespace perennial::cli
