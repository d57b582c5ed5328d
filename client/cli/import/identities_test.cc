#include "client/cli/import/identities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/import/file_rows_fixture.h"

namespace perennial::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using IdentitiesTest = FileRowsTest;

TEST_F(IdentitiesTest, DaysAreSaidAsTheyStandInTheFile) {
  Write("e.csv", "id,day\n1,-3\n");
  const std::string mapping = R"(files {
    csv: "e.csv" resource: "AccountEvent" name: "accounts/a/events/{id}"
    fields { path: "event_date" text: "{day|days_from_today}" }
  })";
  const BuiltRows today = Build(mapping);
  ASSERT_EQ(today.rows.size(), 1);
  EXPECT_EQ(today.rows[0].sayings(0).path(), "event_date");
  EXPECT_EQ(today.rows[0].sayings(0).text(), "-3");
  context_.today += 5;
  const BuiltRows later = Build(mapping);
  EXPECT_NE(later.rows[0].resource().SerializeAsString(),
            today.rows[0].resource().SerializeAsString());
  EXPECT_EQ(later.rows[0].digest(), today.rows[0].digest());
}

TEST_F(IdentitiesTest, NothingIsMadeAnewEachDay) {
  Write("s.csv", "id,day,n\n1,-3,1\n");
  const auto error = [&](const std::string& name, const std::string& more) {
    return ErrorOf(absl::StrCat("files { csv: \"s.csv\" resource: \"Subscription\"\nname: \"",
                                "accounts/a/subscriptions/", name, "\"\n", more, " }"));
  };
  const std::string amendment = R"(elements { path: "amendments"
    fields { path: "effective_date" text: "{day|FUNCTION}" } })";
  EXPECT_THAT(error("{id}", absl::StrReplaceAll(amendment, {{"FUNCTION", "days_from_today"}})),
              HasSubstr("m.textproto:4:37: text: days_from_today would make another one each day: "
                        "use days_from with the day of the files"));
  EXPECT_EQ(error("{id}", absl::StrReplaceAll(amendment, {{"FUNCTION", "days_from:2025-01-31"}})),
            "");
  EXPECT_THAT(error("{day|days_from_today}", ""), HasSubstr("m.textproto:2:1: name: "));
  EXPECT_THAT(error("{id}", R"(fields { path: "product" text: "products/{day|days_from_today}" })"),
              HasSubstr("another one each day"));
  EXPECT_THAT(ErrorOf(R"(files { csv: "s.csv" resource: "Contact" name: "accounts/a/contacts/{id}"
                         fields { path: "needs" text: "since {day|days_from_today}" } })"),
              HasSubstr("another one each day"));
}

TEST_F(IdentitiesTest, TextsThatMakeTheSameIdAreToldApart) {
  Write("a.csv", "name\nM\u00fcller\nM\u00f6ller\nM\u00fcller\n\u65e5\u672c\n");
  const std::string mapping = R"(files {
    csv: "a.csv" resource: "Contact" name: "accounts/{name|ID}/contacts/c" merge_rows: true })";
  const auto with = [&](const char* function) {
    return absl::StrReplaceAll(mapping, {{"ID", function}});
  };
  const BuiltRows built = Build(with("id"));
  ASSERT_EQ(built.rows.size(), 1);
  EXPECT_EQ(built.merged, 1);
  ASSERT_EQ(built.rows[0].identities_size(), 2);
  EXPECT_EQ(built.rows[0].identities(0).name(), "accounts/m-ller");
  EXPECT_EQ(built.rows[0].identities(0).text(), "accounts/M\u00fcller");
  EXPECT_EQ(built.rows[0].identities(1).name(), "accounts/m-ller/contacts/c");
  ASSERT_EQ(built.rejected.size(), 2);
  EXPECT_EQ(built.rejected[0].line, 3);
  EXPECT_EQ(built.rejected[0].resource_name, "accounts/m-ller/contacts/c");
  EXPECT_THAT(built.rejected[0].message,
              HasSubstr("makes the same id as \"accounts/M\u00fcller\""));

  const BuiltRows apart = Build(with("unique_id"));
  EXPECT_EQ(apart.rows.size(), 3);
  EXPECT_THAT(apart.rows[0].identities(), IsEmpty());
  EXPECT_THAT(apart.rejected, IsEmpty());
}

TEST_F(IdentitiesTest, WhateverMayMakeOneTextOfTwoIsToldApart) {
  Write("a.csv", "id,n\n001Ab,1\n001aB,2\n001Ab,3\n");
  for (const char* functions :
       {"lower", "lower|id", "upper|lower", "replace:A:a|lower", "trim|lower|or:none"}) {
    const BuiltRows built = Build(absl::StrCat(R"(files {
      csv: "a.csv" resource: "Subscription" merge_rows: true
      name: "accounts/{id|)",
                                               functions, R"(}/subscriptions/s"
      fields { path: "seats" text: "{n}" sum: true } })"));
    ASSERT_EQ(built.rows.size(), 1) << functions;
    EXPECT_EQ(built.rows[0].resource().subscription().seats(), 4) << functions;
    EXPECT_EQ(built.rows[0].identities(0).name(), "accounts/001ab");
    EXPECT_EQ(built.rows[0].identities(0).text(), "accounts/001Ab");
    EXPECT_THAT(Rejected(built),
                ElementsAre(Pair(3, HasSubstr("\"accounts/001aB\" makes the same id as "
                                              "\"accounts/001Ab\", of line 2"))));
  }
}

TEST_F(IdentitiesTest, ValueMapsSayWhatIsTheSame) {
  Write("p.csv", "plan\nPro\nProfessional\n");
  const BuiltRows built = Build(R"(
    value_maps { name: "plans" values { key: "Pro" value: "pro" }
                 values { key: "Professional" value: "pro" } }
    files { csv: "p.csv" resource: "Product" name: "products/{plan|map:plans}" merge_rows: true })");
  EXPECT_EQ(built.rows.size(), 1);
  EXPECT_EQ(built.merged, 1);
}

TEST_F(IdentitiesTest, EachReferenceTellsWhatItWasMadeOf) {
  Write("t.csv", "id,who,sub\n1,accounts/A/contacts/C; accounts/A/contacts/D,Old Sub\n");
  const BuiltRows touches = Build(R"(files {
    csv: "t.csv" resource: "Touch" name: "accounts/a/touches/{id}"
    fields { path: "contacts" text: "{who|lower}" split: ";" } })");
  ASSERT_EQ(touches.rows.size(), 1);
  std::vector<std::string> told;
  for (const auto& identity : touches.rows[0].identities()) {
    told.push_back(absl::StrCat(identity.name(), "=", identity.text()));
  }
  EXPECT_THAT(told,
              ElementsAre("accounts/a=accounts/A", "accounts/a/contacts/c=accounts/A/contacts/C",
                          "accounts/a/contacts/d=accounts/A/contacts/D"));
  EXPECT_THAT(touches.rows[0].resource().touch().contacts(),
              ElementsAre("accounts/a/contacts/c", "accounts/a/contacts/d"));
  // One name for two texts.
  Write("u.csv", "id,who\n1,accounts/A/contacts/C; accounts/A/contacts/c\n");
  EXPECT_THAT(Rejected(Build(R"(files {
    csv: "u.csv" resource: "Touch" name: "accounts/a/touches/{id}"
    fields { path: "contacts" text: "{who|lower}" split: ";" } })")),
              ElementsAre(Pair(2, HasSubstr("makes the same id as"))));
}

}  // namespace
}  // namespace perennial::cli
