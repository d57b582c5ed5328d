#include "client/cli/import/file_rows.h"

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
using testing::UnorderedElementsAre;

TEST_F(FileRowsTest, FieldsAreSetByTheirKind) {
  Write("s.csv",
        "id,seats,arr,cur,start,auto,plan\n1,5,10.50,EUR,2025-02-03,TRUE,gold\n2,,0,,"
        "2025-02-03,no,\n");
  const BuiltRows built = Build(R"(files {
    csv: "s.csv" resource: "Subscription" name: "accounts/a/subscriptions/{id}"
    fields { path: "seats" text: "{seats}" }
    fields { path: "arr" text: "{arr}" currency: "{cur|or:USD}" }
    fields { path: "start_date" text: "{start}" }
    fields { path: "auto_renew" text: "{auto}" }
    fields { path: "labels.plan" text: "{plan}" }
  })");
  EXPECT_THAT(Texts(built),
              ElementsAre("subscription { name: \"accounts/a/subscriptions/1\" seats: 5 "
                          "arr { currency_code: \"EUR\" micros: 10500000 } "
                          "start_date { year: 2025 month: 2 day: 3 } auto_renew: true "
                          "labels { key: \"plan\" value: \"gold\" } }",
                          "subscription { name: \"accounts/a/subscriptions/2\" "
                          "arr { currency_code: \"USD\" } "
                          "start_date { year: 2025 month: 2 day: 3 } }"));
  EXPECT_EQ(built.read, 2);
  EXPECT_EQ(built.rows[1].line(), 3);
  EXPECT_EQ(built.rows[1].source(), "s.csv");
}

TEST_F(FileRowsTest, RepeatedFieldsEnumsAndTimes) {
  Write("t.csv", "id,roles,when\n1,\"champion; Decision Maker\",2024-05-06\n");
  EXPECT_THAT(Texts(Build(R"(files {
    csv: "t.csv" resource: "Contact" name: "accounts/a/contacts/{id}"
    fields { path: "roles" text: "{roles|replace: M:_m}" split: ";" }
    fields { path: "verify_time" text: "{when}" }
    fields { path: "preferred_channel" text: "in-person" }
  })")),
              ElementsAre("contact { name: \"accounts/a/contacts/1\" roles: CHAMPION "
                          "roles: DECISION_MAKER preferred_channel: IN_PERSON "
                          "verify_time { seconds: 1714953600 } }"));
}

TEST_F(FileRowsTest, BadValuesRejectTheirRowsOnly) {
  Write("a.csv", "id,name,n\n1,A,1\n2,B\n!,C,1\n1,D,1\n5,E\xff,1\n6,F,x\n");
  const BuiltRows built = Build(R"(files {
    csv: "a.csv" resource: "Product" name: "products/{id|id}"
    fields { path: "display_name" text: "{name}" }
    fields { path: "retired" text: "{n}" }
  })");
  EXPECT_EQ(built.rows.size(), 1);
  EXPECT_THAT(
      Rejected(built),
      ElementsAre(Pair(3, "the row ends before the column \"n\""),
                  Pair(4, "column \"id\": \"!\" has nothing to make an id of"),
                  Pair(5, "the row of line 2 has the same name"),
                  Pair(6,
                       "the column \"name\" is not in UTF-8: declare the file's encoding, such as "
                       "windows-1252"),
                  Pair(7, "retired: expected true or false, not \"x\"")));
  EXPECT_EQ(built.rejected[2].resource_name, "products/1");
}

TEST_F(FileRowsTest, NamesHaveThePatternOfTheResource) {
  Write("a.csv", "id\nUPPER\n");
  EXPECT_THAT(
      Rejected(Build(R"(files { csv: "a.csv" resource: "Account" name: "accounts/{id}" })")),
      ElementsAre(Pair(2,
                       "the name \"accounts/UPPER\" does not have the form "
                       "accounts/{account}")));
}

TEST_F(FileRowsTest, SkippedRowsAreCountedByReason) {
  Write("a.csv", "id,test\n1,yes\n2,no\n3,yes\n4,\n");
  const BuiltRows built = Build(R"(files {
    csv: "a.csv" resource: "Account" name: "accounts/{id}"
    skip { when { text: "{test}" is: "yes" } because: "tests" }
    skip { when { text: "{test}" is_not: "no" } because: "unclear" }
  })");
  EXPECT_THAT(built.skipped, ElementsAre(Pair("tests", 2), Pair("unclear", 1)));
  EXPECT_EQ(built.rows.size(), 1);
}

TEST_F(FileRowsTest, FieldsAreSetWhenTheirConditionHolds) {
  Write("a.csv", "id,vip\n1,1\n2,0\n");
  EXPECT_THAT(Texts(Build(R"(files {
    csv: "a.csv" resource: "Account" name: "accounts/{id}"
    fields { path: "segment" text: "vip" only_when { text: "{vip}" is: "1" is: "y" } }
  })")),
              ElementsAre("account { name: \"accounts/1\" segment: \"vip\" }",
                          "account { name: \"accounts/2\" }"));
}

TEST_F(FileRowsTest, LookupsTakeTheFirstOrTheLast) {
  Write("a.csv", "id\n1\n2\n");
  Write("e.csv", "account,day,why\n1,2024-03-01,old\n1,2024-05-01,new\n1,2024-04-01,between\n");
  const std::string mapping = R"(files {
    csv: "a.csv" resource: "Account" name: "accounts/{id}"
    lookups { name: "e" csv: "e.csv" column: "account" text: "{id}" MORE }
    fields { path: "note" text: "{e.why}" } })";
  const auto note = [&](const std::string& more) {
    std::string text = mapping;
    text.replace(text.find("MORE"), 4, more);
    return Build(text).rows.at(0).resource().account().note();
  };
  EXPECT_EQ(note("order_by: \"day\""), "new");
  EXPECT_EQ(note("order_by: \"day\" take_first: true"), "old");
  EXPECT_EQ(note(""), "between");
  EXPECT_EQ(note("take_first: true"), "old");
  std::string required = mapping;
  required.replace(required.find("MORE"), 4, "required: true");
  EXPECT_THAT(Rejected(Build(required)),
              ElementsAre(Pair(3, "no row of e.csv has \"2\" as its account")));
}

TEST_F(FileRowsTest, MergedRowsGatherDistinctElements) {
  Write("u.csv", "plan,feature\npro,a\nbasic,a\npro,b\npro,a\n");
  const BuiltRows built = Build(R"(files {
    csv: "u.csv" resource: "Product" name: "products/{plan}" merge_rows: true
    fields { path: "display_name" text: "{plan|upper}" }
    elements { path: "capabilities" fields { path: "id" text: "{feature}" } }
  })");
  EXPECT_THAT(Texts(built),
              ElementsAre("product { name: \"products/pro\" display_name: \"PRO\" "
                          "capabilities { id: \"a\" } capabilities { id: \"b\" } }",
                          "product { name: \"products/basic\" display_name: \"BASIC\" "
                          "capabilities { id: \"a\" } }"));
  EXPECT_EQ(built.merged, 2);
  EXPECT_EQ(built.read, 4);
}

TEST_F(FileRowsTest, UnusedColumnsAreTold) {
  Write("a.csv", "id,used,not\n");
  EXPECT_THAT(Build(R"(files { csv: "a.csv" resource: "Account" name: "accounts/{id}"
                               fields { path: "note" text: "{used}" } })")
                  .unused_columns,
              ElementsAre("not"));
}

TEST_F(FileRowsTest, OnlyAccountsReferToTheirLike) {
  Write("a.csv", "id\n");
  EXPECT_TRUE(Make(R"(files { csv: "a.csv" resource: "Account" name: "accounts/{id}" })")
                  ->front()
                  .refers_to_itself());
  EXPECT_FALSE(Make(R"(files { csv: "a.csv" resource: "Subscription"
                               name: "accounts/a/subscriptions/{id}" })")
                   ->front()
                   .refers_to_itself());
}

TEST_F(FileRowsTest, WhatIsWrongWithAMappingIsToldWithItsPlace) {
  Write("a.csv", "id,b\n");
  const std::string file = "files { csv: \"a.csv\" resource: \"Account\" name: \"accounts/{id}\"\n";
  EXPECT_THAT(ErrorOf("files { csv: \"missing.csv\" }"),
              HasSubstr("m.textproto:1:9: csv: there is no file"));
  EXPECT_THAT(ErrorOf("files { csv: \"a.csv\" resource: \"Thing\" }"),
              HasSubstr("m.textproto:1:22: resource: must be one of Account, Contact"));
  EXPECT_THAT(
      ErrorOf(file + "fields { path: \"size\" text: \"1\" } }"),
      HasSubstr("m.textproto:2:10: path: Account has no field \"size\"; it has display_name"));
  EXPECT_THAT(ErrorOf(file + "fields { path: \"labels\" text: \"1\" } }"),
              HasSubstr("labels needs a key: labels.key"));
  EXPECT_THAT(ErrorOf(file + "fields { path: \"note\" text: \"{c}\" } }"),
              HasSubstr("m.textproto:2:23: text: there is no column \"c\"; there are id, b"));
  EXPECT_THAT(ErrorOf(file + "fields { path: \"note\" text: \"{b}\" split: \",\" } }"),
              HasSubstr("note has one value only"));
  EXPECT_THAT(ErrorOf(file + "fields { path: \"note\" text: \"{b}\" currency: \"USD\" } }"),
              HasSubstr("currency: belongs to an amount of money"));
  EXPECT_THAT(ErrorOf(file + "elements { path: \"note\" } }"),
              HasSubstr("must be a repeated field of messages of Account"));
  EXPECT_THAT(ErrorOf(file + "lookups { name: \"x\" csv: \"a.csv\" column: \"c\" text: \"\" } }"),
              HasSubstr("column: a.csv has the columns id, b"));
  EXPECT_THAT(ErrorOf(file + "skip { when { text: \"{id}\" } } }"),
              HasSubstr("give `is`, `is_not`"));
}

TEST_F(FileRowsTest, ConditionsCompare) {
  Write("a.csv", "id,n,day\n1,9,2024-12-31\n2,10,2025-01-01\n3,,\n4,11,2025-06-01 late\n");
  const auto skipped = [this](const std::string& condition) {
    const BuiltRows built = Build(absl::StrCat(R"(files {
      csv: "a.csv" resource: "Account" name: "accounts/{id}"
      skip { when { )",
                                               condition, R"( } because: "x" } })"));
    std::string left;
    for (const v1::ImportRow& row : built.rows) left += row.resource().account().name().back();
    return left;
  };
  EXPECT_EQ(skipped("text: \"{n}\" less_than: \"10\""), "234") << "numbers, and nothing is none";
  EXPECT_EQ(skipped("text: \"{n}\" at_most: \"10\""), "34");
  EXPECT_EQ(skipped("text: \"{n}\" greater_than: \"10\""), "123");
  EXPECT_EQ(skipped("text: \"{n}\" at_least: \"9\" at_most: \"10\""), "34");
  EXPECT_EQ(skipped("text: \"{day}\" at_least: \"2025-01-01\""), "13");
  EXPECT_EQ(skipped("text: \"{day}\" contains: \"late\""), "123");
  EXPECT_THAT(ErrorOf(R"(files { csv: "a.csv" resource: "Account" name: "accounts/{id}"
                         skip { when { text: "{n}" } } })"),
              HasSubstr("give `is`"));
}

TEST_F(FileRowsTest, SeveralFilesAreOneBlock) {
  Write("a.csv", "id,role\n1,CHAMPION\n");
  Write("b.csv", "role,id\nEVALUATOR,1\nCHAMPION,1\n,2\n");
  const BuiltRows built = Build(R"(files {
    csv: "a.csv" more_csv: "b.csv" resource: "Contact" name: "accounts/a/contacts/{id}"
    merge_rows: true fields { path: "roles" text: "{role}" } })");
  EXPECT_EQ(built.read, 4);
  EXPECT_EQ(built.merged, 2);
  ASSERT_EQ(built.rows.size(), 2u);
  EXPECT_EQ(built.rows[0].source(), "a.csv");
  EXPECT_EQ(built.rows[1].source(), "b.csv");
  EXPECT_EQ(built.rows[1].line(), 4);
  EXPECT_THAT(built.rows[0].resource().contact().roles(),
              ElementsAre(v1::Contact::CHAMPION, v1::Contact::EVALUATOR))
      << "each once";
}

TEST_F(FileRowsTest, MergedRowsMayBeAddedUp) {
  Write("s.csv", "id,seats,arr,cur\n1,2,10.50,USD\n1,3,0.25,USD\n2,1,1,USD\n2,1,1,EUR\n");
  const BuiltRows built = Build(R"(files {
    csv: "s.csv" resource: "Subscription" name: "accounts/a/subscriptions/{id}" merge_rows: true
    fields { path: "seats" text: "{seats}" sum: true }
    fields { path: "arr" text: "{arr}" currency: "{cur}" sum: true } })");
  const v1::Subscription& first = built.rows[0].resource().subscription();
  EXPECT_EQ(first.seats(), 5);
  EXPECT_EQ(first.arr().micros(), 10'750'000);
  EXPECT_THAT(Rejected(built), ElementsAre(Pair(5, HasSubstr("different currencies")),
                                           Pair(4, HasSubstr("same resource as line 5"))));
  EXPECT_THAT(ErrorOf(R"(files { csv: "s.csv" resource: "Subscription" name: "accounts/a/x/{id}"
                         fields { path: "seats" text: "{seats}" sum: true } })"),
              HasSubstr("sum: is of a number"));
}

TEST_F(FileRowsTest, AWrongLineRejectsAllOfItsResource) {
  Write("s.csv", "id,plan,seats\n1,a,2\n1,a,x\n1,a,4\n2,a,1\n3,b,1\n3,a,1\n4,a,\xff\n4,a,1\n");
  Write("t.csv", "id,plan,seats\n2,a,5\n1,a,6\n");
  Write("p.csv", "plan\na\n");
  const BuiltRows built = Build(R"(files {
    csv: "s.csv" more_csv: "t.csv" resource: "Subscription" merge_rows: true
    lookups { name: "p" csv: "p.csv" column: "plan" text: "{plan}" required: true }
    name: "accounts/a/subscriptions/{id}" fields { path: "seats" text: "{seats}" sum: true } })");
  EXPECT_THAT(Texts(built),
              ElementsAre("subscription { name: \"accounts/a/subscriptions/2\" seats: 6 }"));
  const auto same = [](int64_t line, const std::string& as) {
    return Pair(line, "is of the same resource as line " + as + ", which is rejected");
  };
  EXPECT_THAT(Rejected(built),
              UnorderedElementsAre(Pair(3, "seats: expected a whole number, not \"x\""),
                                   same(2, "3"), same(4, "3"), same(3, "3 of s.csv"),
                                   Pair(6, "no row of p.csv has \"b\" as its plan"), same(7, "6"),
                                   Pair(8, HasSubstr("is not in UTF-8")), same(9, "8")));
  EXPECT_EQ(built.read, static_cast<int64_t>(built.rows.size() + built.rejected.size()) + 1);
  EXPECT_EQ(built.merged, 1);
}

TEST_F(FileRowsTest, LinesThatAreLeftOutArePartOfNothing) {
  Write("s.csv", "id,seats,test\n1,2,no\n1,x,yes\n1,\xff,yes\n");
  const BuiltRows built = Build(R"(files {
    csv: "s.csv" resource: "Subscription" name: "accounts/a/subscriptions/{id}" merge_rows: true
    skip { when { text: "{test}" is: "yes" } } fields { path: "seats" text: "{seats}" sum: true }
  })");
  EXPECT_EQ(built.rows.size(), 1);
  EXPECT_THAT(Rejected(built), ElementsAre(Pair(4, HasSubstr("is not in UTF-8"))));
}

TEST_F(FileRowsTest, AFieldIsThatOfTheFirstLineThatGivesIt) {
  Write("c.csv", "id,note,tier,role\n1,,,\n1,x,gold,CHAMPION\n1,y,lead,\n2,,,\n2,,,\n");
  const BuiltRows built = Build(R"(files {
    csv: "c.csv" resource: "Contact" name: "accounts/a/contacts/{id}" merge_rows: true
    fields { path: "note" text: "{note}" clear_when_empty: true }
    fields { path: "labels.tier" text: "{tier}" clear_when_empty: true }
    fields { path: "roles" text: "{role}" clear_when_empty: true } })");
  ASSERT_EQ(built.rows.size(), 2);
  EXPECT_EQ(Texts(built)[0],
            "contact { name: \"accounts/a/contacts/1\" roles: CHAMPION note: \"x\" "
            "labels { key: \"tier\" value: \"gold\" } }");
  EXPECT_THAT(built.rows[0].empty_fields(), IsEmpty());
  EXPECT_THAT(built.rows[1].empty_fields(), ElementsAre("note", "labels.tier", "roles"));
}

TEST_F(FileRowsTest, ASumOfZeroIsSaid) {
  Write("s.csv", "id,seats\n1,5\n1,-5\n2,0\n2,3\n3,\n3,0\n4,\n4,\n");
  const BuiltRows built = Build(R"(files {
    csv: "s.csv" resource: "Subscription" name: "accounts/a/subscriptions/{id}" merge_rows: true
    fields { path: "seats" text: "{seats}" sum: true } })");
  ASSERT_EQ(built.rows.size(), 4);
  EXPECT_THAT(built.rows[0].empty_fields(), ElementsAre("seats"));
  EXPECT_THAT(built.rows[1].empty_fields(), IsEmpty());
  EXPECT_EQ(built.rows[1].resource().subscription().seats(), 3);
  EXPECT_THAT(built.rows[2].empty_fields(), ElementsAre("seats"));
  EXPECT_THAT(built.rows[3].empty_fields(), IsEmpty());
}

TEST_F(FileRowsTest, AllThatIsWrongWithARowIsTold) {
  Write("s.csv", "id,seats,start\n1,few,soon\n");
  const BuiltRows built = Build(R"(files {
    csv: "s.csv" resource: "Subscription" name: "accounts/a/subscriptions/{id}"
    fields { path: "seats" text: "{seats}" } fields { path: "start_date" text: "{start}" } })");
  ASSERT_EQ(built.rejected.size(), 1u);
  EXPECT_THAT(built.rejected[0].message, HasSubstr("few"));
  EXPECT_THAT(built.rejected[0].message, HasSubstr("soon"));
}

TEST_F(FileRowsTest, FilesAreReadAsTheMappingSays) {
  Write("a.csv", "id;name\n1;M\xfcller\n2\n");
  const BuiltRows built = Build(R"(files {
    csv: "a.csv" delimiter: ";" encoding: "windows-1252" short_rows: true
    resource: "Account" name: "accounts/{id}" fields { path: "display_name" text: "{name}" } })");
  ASSERT_EQ(built.rows.size(), 2u);
  EXPECT_EQ(built.rows[0].resource().account().display_name(), "Müller");
  EXPECT_THAT(ErrorOf(R"(files { csv: "b.csv" encoding: "x" resource: "Account" name: "{id}" })"),
              HasSubstr("no file"));
  Write("c.csv", "id\n");
  EXPECT_THAT(ErrorOf(R"(files { csv: "c.csv" encoding: "x" resource: "Account" name: "{id}" })"),
              HasSubstr("windows-1252"));
}

TEST_F(FileRowsTest, WhatOnlyTheServerSetsIsRefusedWithWhatToUse) {
  Write("a.csv", "id\n");
  const auto error = [&](const std::string& type, const std::string& path,
                         const std::string& more = "") {
    return ErrorOf(absl::StrCat("files { csv: \"a.csv\" resource: \"", type, "\" name: \"{id}\"\n",
                                "fields { path: \"", path, "\" text: \"x\" ", more, " } }"));
  };
  EXPECT_THAT(
      error("Subscription", "term_end_date"),
      HasSubstr("m.textproto:2:10: path: term_end_date is set by the server: start_date and "
                "term_months, and end_date"));
  EXPECT_THAT(error("Subscription", "state"), HasSubstr("state is set by the server"));
  EXPECT_THAT(error("Contact", "state"), HasSubstr("MarkContactLeft changes it"));
  EXPECT_THAT(error("Account", "standing.state"), HasSubstr("standing is set by the server"));
  EXPECT_THAT(error("Account", "etag"), HasSubstr("etag is set by the server"));
  EXPECT_THAT(error("Account", "name"), HasSubstr("the mapping has a text for the name"));
  EXPECT_THAT(error("Opportunity", "arr", "currency: \"USD\""),
              HasSubstr("an import gives it together with outcome only"));
  EXPECT_THAT(error("Subscription", "cancel_reason"), HasSubstr("together with end_date only"));
}

TEST_F(FileRowsTest, ZeroIsSaidAndEmptyOnlyWhereTheMappingClears) {
  Write("s.csv", "id,seats,auto,note\n1,0,no,\n2,,,\n");
  const std::string mapping = R"(files {
    csv: "s.csv" resource: "Subscription" name: "accounts/a/subscriptions/{id}"
    fields { path: "seats" text: "{seats}" clear_when_empty: true }
    fields { path: "auto_renew" text: "{auto}" }
    fields { path: "labels.note" text: "{note}" clear_when_empty: true }
  })";
  const BuiltRows built = Build(mapping);
  ASSERT_EQ(built.rows.size(), 2);
  EXPECT_THAT(built.rows[0].empty_fields(), ElementsAre("seats", "auto_renew", "labels.note"));
  EXPECT_THAT(built.rows[1].empty_fields(), ElementsAre("seats", "labels.note"));
}

// --- what the server knows ---

TEST_F(FileRowsTest, NothingIsMadeOfLinesThatSayNothingNew) {
  Write("a.csv", "id,owner,synced\na1,jane,1\na2,joe,1\na3,jim,1\n");
  const std::string mapping = R"(files {
    csv: "a.csv" resource: "Account" name: "accounts/{id}"
    fields { path: "owner" text: "{owner}" }
  })";
  TakeAll(mapping);
  Write("a.csv", "id,owner,synced\na2,joe,2\na1,jill,2\na3,jim,2\na3,jim,2\n");
  folder_.emplace(folder_path_);
  const BuiltRows built = Build(mapping);
  EXPECT_EQ(built.read, 4);
  EXPECT_EQ(built.known, 2) << "whatever stands in columns that nobody looks at";
  EXPECT_THAT(Texts(built), ElementsAre(R"(account { name: "accounts/a1" owner: "jill" })"));
  EXPECT_THAT(Rejected(built), ElementsAre(Pair(5, "the row of line 4 has the same name")));
}

TEST_F(FileRowsTest, WhateverLinesSaySomethingIsPartOfIt) {
  const std::string mapping = R"(
    value_maps { name: "sizes" values { key: "L" value: "large" } }
    files {
      csv: "a.csv" resource: "Account" name: "accounts/{id}" merge_rows: true
      lookups { name: "o" csv: "o.csv" column: "id" text: "{owner}" }
      fields { path: "owner" text: "{o.mail}" }
      fields { path: "note" text: "{note|or_column:other}"
               only_when { text: "{ends|days_from_today}" less_than: "2025-02-10" } }
      fields { path: "segment" text: "{size|map:sizes}" }
    })";
  const auto write = [&](const std::string& mail, const std::string& other,
                         const std::string& ends) {
    Write("a.csv", absl::StrCat("id,owner,note,other,ends,size\na1,1,,", other, ",", ends, ",L\n"));
    Write("o.csv", absl::StrCat("id,mail\n1,", mail, "\n"));
    folder_.emplace(folder_path_);
  };
  const auto known = [&] { return Build(mapping).known; };
  write("m", "x", "2");
  TakeAll(mapping);
  EXPECT_EQ(known(), 1);
  write("n", "x", "2");
  EXPECT_EQ(known(), 0) << "what a lookup found";
  write("m", "y", "2");
  EXPECT_EQ(known(), 0) << "another column that a function takes";
  write("m", "x", "3");
  EXPECT_EQ(known(), 0) << "a condition's column";
  write("m", "x", "2");
  EXPECT_EQ(known(), 1);
  EXPECT_EQ(Build(absl::StrReplaceAll(mapping, {{"large", "big"}})).known, 0) << "the mapping";
  context_.value_maps.clear();
  context_.today += 20;
  EXPECT_EQ(known(), 0) << "a condition holds no more";
  context_.today -= 1;
  Write("a.csv", "id,owner,note,other,ends,size\na1,1,,x,2,L\na1,1,,x,2,\n");
  folder_.emplace(folder_path_);
  EXPECT_EQ(known(), 0) << "a further line";
}

}  // namespace
}  // namespace perennial::cli
