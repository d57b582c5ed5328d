#include "lib/api/filter.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const FieldTable& Contacts() { return FieldTable::Of(*v1::Contact::descriptor()); }
const FieldTable& Subscriptions() { return FieldTable::Of(*v1::Subscription::descriptor()); }

v1::Contact Jane() {
  v1::Contact contact;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"pb(
                                                              name: "accounts/acme/contacts/jane"
                                                              display_name: "Jane Doe"
                                                              title: "say \"hi\""
                                                              roles: CHAMPION
                                                              roles: ECONOMIC_BUYER
                                                              needs: "speed"
                                                              stance: SUPPORTER
                                                              do_not_contact: true
                                                              verify_time { seconds: 1738324800 }
                                                              labels { key: "tier" value: "gold" }
                                                              labels { key: "note" value: "" }
                                                              create_time { seconds: 1000 }
                                                            )pb",
                                                            &contact));
  return contact;
}

v1::Subscription Pro() {
  v1::Subscription subscription;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        name: "accounts/acme/subscriptions/pro"
        seats: 25
        arr { currency_code: "USD" micros: 50000000000 }
        start_date { year: 2025 month: 1 day: 31 }
        state: PAST_DUE
      )pb",
      &subscription));
  return subscription;
}

bool Holds(absl::string_view text, const FieldTable& table,
           const google::protobuf::Message& resource) {
  const absl::StatusOr<Filter> filter = Filter::Parse(text, table);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && filter->Matches(resource);
}
bool HoldsForJane(absl::string_view text) { return Holds(text, Contacts(), Jane()); }
bool HoldsForPro(absl::string_view text) { return Holds(text, Subscriptions(), Pro()); }

// What the error says about the filter; "" where there is none.
std::string ErrorOf(absl::string_view text, const FieldTable& table = Contacts()) {
  const absl::Status status = Filter::Parse(text, table).status();
  if (status.ok()) return "";
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), v1::INVALID_FILTER);
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  EXPECT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "filter");
  return violations[0].description;
}

TEST(FilterTest, NothingMatchesEverything) {
  for (const char* text : {"", "  \n\t "}) {
    const Filter filter = Filter::Parse(text, Contacts()).value();
    EXPECT_TRUE(filter.empty());
    EXPECT_TRUE(filter.Matches(v1::Contact()));
    EXPECT_EQ(filter.ToSql().sql, "");
    EXPECT_THAT(filter.ToSql().binds, IsEmpty());
  }
}

TEST(FilterTest, ComparesTexts) {
  EXPECT_TRUE(HoldsForJane("display_name = \"Jane Doe\""));
  EXPECT_TRUE(HoldsForJane("display_name='Jane Doe'"));
  EXPECT_FALSE(HoldsForJane("display_name = 'jane doe'"));
  EXPECT_TRUE(HoldsForJane("display_name != \"Jane\""));
  EXPECT_TRUE(HoldsForJane("display_name > Jane"));
  EXPECT_FALSE(HoldsForJane("display_name <= Jane"));
  EXPECT_TRUE(HoldsForJane("display_name:\"ne D\""));
  EXPECT_FALSE(HoldsForJane("display_name:x"));
  EXPECT_TRUE(HoldsForJane("phone = \"\""));
  EXPECT_TRUE(HoldsForJane(R"(title = "say \"hi\"")"));
  EXPECT_TRUE(HoldsForJane("name = accounts/acme/contacts/jane"));
  EXPECT_TRUE(HoldsForJane("account = \"accounts/acme\""));
}

TEST(FilterTest, GoesThroughTheSummaryOfWhatIsAbove) {
  const FieldTable& tasks = FieldTable::Of(*v1::Task::descriptor());
  v1::Task task;
  EXPECT_FALSE(Holds("account.segment = enterprise", tasks, task));
  task.mutable_account()->set_segment("enterprise");
  (*task.mutable_account()->mutable_labels())["tier"] = "gold";
  EXPECT_TRUE(Holds("account.segment = enterprise", tasks, task));
  EXPECT_TRUE(Holds("account.labels.tier = gold", tasks, task));
  EXPECT_TRUE(Holds("account.labels:tier", tasks, task));
  EXPECT_FALSE(Holds("account.labels.other = gold", tasks, task));
  EXPECT_THAT(ErrorOf("account.nothing = x", tasks), HasSubstr("account.segment"));
  EXPECT_NE(ErrorOf("account.labels = gold", tasks), "");
  EXPECT_NE(ErrorOf("account.segment.x = gold", tasks), "");
}

TEST(FilterTest, AsksForWhatIsJoinedByColumnOrBySubquery) {
  const FieldTable& tasks = FieldTable::Of(*v1::Task::descriptor());
  const Filter own = Filter::Parse("state = OPEN", tasks).value();
  EXPECT_FALSE(own.joins());
  EXPECT_EQ(own.ToSql("s").sql, own.ToSql().sql);
  const Filter both =
      Filter::Parse("state = OPEN AND NOT (account.segment = a OR account.owner = b)", tasks)
          .value();
  EXPECT_TRUE(both.joins());
  EXPECT_EQ(both.ToSql().sql, "(state = ? AND NOT ((account_segment = ? OR account_owner = ?)))");
  // One for all that is asked of the account.
  EXPECT_EQ(both.ToSql("s").sql,
            "(state = ? AND COALESCE(account, '') IN (SELECT account_name FROM s WHERE "
            "NOT ((account_segment = ? OR account_owner = ?))))");
  EXPECT_EQ(both.ToSql("s").binds, both.ToSql().binds);
}

TEST(FilterTest, AStarAtEitherEndStandsForAnything) {
  EXPECT_TRUE(HoldsForJane("display_name = \"Jane*\""));
  EXPECT_FALSE(HoldsForJane("display_name = \"Doe*\""));
  EXPECT_TRUE(HoldsForJane("display_name = \"*Doe\""));
  EXPECT_FALSE(HoldsForJane("display_name = \"*Jane\""));
  EXPECT_TRUE(HoldsForJane("display_name = *ane*"));
  EXPECT_FALSE(HoldsForJane("display_name != *ane*"));
  EXPECT_TRUE(HoldsForJane("phone = *"));
  EXPECT_FALSE(HoldsForJane("phone != *"));
  EXPECT_FALSE(HoldsForJane("display_name = \"Jane*Doe\""));
  EXPECT_FALSE(HoldsForJane("display_name:\"*\""));
  // Behind a backslash a star is a star.
  v1::Contact star;
  for (const char* name : {"star*", "*star", "*", "st*r"}) {
    star.set_display_name(name);
    const std::string escaped = absl::StrReplaceAll(name, {{"*", "\\*"}});
    EXPECT_TRUE(Holds(absl::StrCat("display_name = \"", escaped, "\""), Contacts(), star)) << name;
    EXPECT_FALSE(HoldsForJane(absl::StrCat("display_name = \"", escaped, "\""))) << name;
    star.set_display_name(absl::StrCat(name, "x"));
    EXPECT_FALSE(Holds(absl::StrCat("display_name = \"", escaped, "\""), Contacts(), star)) << name;
  }
  EXPECT_TRUE(Holds("display_name = \"st\\**\"", Contacts(), star));
}

TEST(FilterTest, ComparesEnumsAndBools) {
  EXPECT_TRUE(HoldsForJane("stance = SUPPORTER"));
  EXPECT_TRUE(HoldsForJane("stance != \"CRITIC\""));
  EXPECT_TRUE(HoldsForJane("state = STATE_UNSPECIFIED"));
  EXPECT_FALSE(HoldsForJane("stance = STANCE_UNSPECIFIED"));
  EXPECT_TRUE(HoldsForJane("do_not_contact = true"));
  EXPECT_TRUE(HoldsForJane("do_not_contact != false"));
}

TEST(FilterTest, ComparesNumbersAndMoney) {
  EXPECT_TRUE(HoldsForPro("seats > 24 seats < 26 seats != -25"));
  EXPECT_TRUE(HoldsForPro("arr >= 50000"));
  EXPECT_FALSE(HoldsForPro("arr > 50000.000000"));
  EXPECT_TRUE(HoldsForPro("arr < 50000.000001"));
  EXPECT_TRUE(HoldsForPro("arr > -1"));
  EXPECT_TRUE(HoldsForPro("arr >= \"USD 50000\""));
  EXPECT_FALSE(HoldsForPro("arr > \"USD 50000\""));
  EXPECT_FALSE(HoldsForPro("arr >= \"EUR 1\""));
  EXPECT_FALSE(HoldsForPro("arr <= \"EUR 100000\""));
  EXPECT_FALSE(HoldsForPro("arr != \"USD 50000\""));
  EXPECT_TRUE(HoldsForPro("arr != \"EUR 50000\""));
  EXPECT_TRUE(HoldsForPro("arr.micros = 50000000000"));
  EXPECT_TRUE(HoldsForPro("arr.currency_code = USD"));
  EXPECT_FALSE(HoldsForPro("arr.currency_code = \"E*\""));
}

TEST(FilterTest, ComparesDatesAndTimes) {
  EXPECT_TRUE(HoldsForPro("start_date = 2025-01-31"));
  EXPECT_TRUE(HoldsForPro("start_date < \"2025-02-01\""));
  EXPECT_TRUE(HoldsForJane("verify_time = 2025-01-31T12:00:00Z"));
  EXPECT_TRUE(HoldsForJane("verify_time >= \"2025-01-31T13:00:00+01:00\""));
  EXPECT_TRUE(HoldsForJane("verify_time > 2025-01-31"));
  EXPECT_TRUE(HoldsForJane("create_time < 2025-01-31"));
}

TEST(FilterTest, AnUnsetDateOrTimeHasNoOrder) {
  for (const char* comparator : {"<", "<=", ">", ">="}) {
    EXPECT_FALSE(HoldsForPro(absl::StrCat("end_date ", comparator, " 2025-01-31")));
    EXPECT_FALSE(HoldsForJane(absl::StrCat("leave_time ", comparator, " 2025-01-31")));
    EXPECT_FALSE(HoldsForJane(absl::StrCat("leave_time ", comparator, " 1960-01-31")));
  }
  EXPECT_FALSE(HoldsForPro("end_date = 2025-01-31"));
  EXPECT_TRUE(HoldsForPro("end_date != 2025-01-31"));
}

TEST(FilterTest, FindsElementsOfSets) {
  EXPECT_TRUE(HoldsForJane("roles:CHAMPION roles:ECONOMIC_BUYER"));
  EXPECT_FALSE(HoldsForJane("roles:EVALUATOR"));
  EXPECT_TRUE(HoldsForJane("needs:speed"));
  EXPECT_FALSE(HoldsForJane("needs:pee"));
}

TEST(FilterTest, SearchesForWordsInAnyCaseAndUnicodeForm) {
  EXPECT_TRUE(HoldsForJane("search:doe"));
  EXPECT_TRUE(HoldsForJane("search:\"DOE  jane\""));
  EXPECT_TRUE(HoldsForJane("search:ＪＡＮＥ"));
  EXPECT_TRUE(HoldsForJane("search:speed"));     // of a list
  EXPECT_TRUE(HoldsForJane("search:\"ja d\""));  // by how they begin
  EXPECT_FALSE(HoldsForJane("search:ane"));
  EXPECT_FALSE(HoldsForJane("search:\"jane roe\""));
  EXPECT_FALSE(HoldsForJane("search:champion"));  // nobody wrote it
  EXPECT_FALSE(HoldsForJane("NOT search:jane"));
  EXPECT_TRUE(HoldsForJane("search:*"));
  EXPECT_EQ(Filter::Parse("search:\"Zoe\u0308 X\"", Contacts())->ToSql().sql,
            "(name IN (SELECT w.name FROM search_words w WHERE w.resource_type = ? AND w.word >= ? "
            "AND w.word < ?) AND INSTR(search_text, ?) > 0)");
  EXPECT_THAT(ErrorOf("search:\" \u00a0\""), HasSubstr("expected a word to search for"));
  EXPECT_THAT(ErrorOf("search = jane"), HasSubstr("expected :"));
  EXPECT_THAT(ErrorOf("search:jane", Subscriptions()), HasSubstr("unknown field \"search\""));
  std::string words;
  for (int i = 0; i < 21; ++i) absl::StrAppend(&words, "x ");
  EXPECT_THAT(ErrorOf(absl::StrCat("search:\"", words, "\"")), HasSubstr("at most 20 words"));
}

TEST(FilterTest, FindsLabels) {
  EXPECT_TRUE(HoldsForJane("labels.tier = \"gold\""));
  EXPECT_FALSE(HoldsForJane("labels.tier = \"gol\""));
  EXPECT_FALSE(HoldsForJane("labels.tier != \"gold\""));
  EXPECT_TRUE(HoldsForJane("labels.note = \"\""));
  EXPECT_FALSE(HoldsForJane("labels.absent = \"\""));
  EXPECT_TRUE(HoldsForJane("labels.absent != \"x\""));
  EXPECT_TRUE(HoldsForJane("labels:tier"));
  EXPECT_FALSE(HoldsForJane("labels:tie"));
  EXPECT_TRUE(HoldsForJane("labels.note:* AND NOT labels.absent:*"));
}

TEST(FilterTest, AsksWhetherAFieldIsSet) {
  EXPECT_TRUE(HoldsForJane("stance:* roles:* labels:* verify_time:* do_not_contact:* title:*"));
  for (const char* path : {"state", "leave_time", "phone", "preferred_channel", "update_time"}) {
    EXPECT_FALSE(HoldsForJane(absl::StrCat(path, ":*"))) << path;
  }
  EXPECT_TRUE(HoldsForPro("arr:* start_date:* seats:*"));
  EXPECT_FALSE(Holds("arr:*", Subscriptions(), v1::Subscription()));
  EXPECT_FALSE(HoldsForPro("end_date:*"));
}

TEST(FilterTest, AndBindsLooserThanOr) {
  // false AND (true OR true), not (false AND true) OR true.
  EXPECT_FALSE(HoldsForPro("seats = 0 AND seats = 25 OR seats = 25"));
  EXPECT_FALSE(HoldsForPro("seats = 0 seats = 25 OR seats = 25"));
  EXPECT_TRUE(HoldsForPro("(seats = 0 AND seats = 25) OR seats = 25"));
  EXPECT_TRUE(HoldsForPro("seats = 25 OR seats = 25 AND seats = 25"));
}

TEST(FilterTest, Negates) {
  EXPECT_TRUE(HoldsForPro("NOT seats = 0"));
  EXPECT_TRUE(HoldsForPro("-seats = 0"));
  EXPECT_FALSE(HoldsForPro("-(seats = 0 OR seats = 25)"));
  EXPECT_TRUE(HoldsForPro("NOT NOT seats = 25"));
  EXPECT_FALSE(HoldsForPro("NOT (seats = 25) OR seats = 1"));
  EXPECT_TRUE(HoldsForPro("seats = 25 -seats = 1"));
}

TEST(FilterTest, WritesPortableSql) {
  const SqlCondition condition =
      Filter::Parse(
          "state = ACTIVE AND arr >= 1.5 (product = \"*p\" OR NOT labels.k = v) "
          "end_date < 2025-01-31",
          Subscriptions())
          .value()
          .ToSql();
  EXPECT_EQ(condition.sql,
            "(state = ? AND arr_micros >= ? AND (SUBSTR(product, ?) = ? OR NOT (INSTR(labels, ?) > "
            "0)) AND (end_date <> '' AND end_date < ?))");
  EXPECT_THAT(condition.binds, ElementsAre(FieldValue("ACTIVE"), FieldValue(int64_t{1'500'000}),
                                           FieldValue(int64_t{-1}), FieldValue("p"),
                                           FieldValue("\nk=v\n"), FieldValue("2025-01-31")));
}

TEST(FilterTest, SaysWhatWasExpectedAndWhere) {
  EXPECT_THAT(ErrorOf("stance"), StartsWith("at character 7: expected a comparator"));
  EXPECT_THAT(ErrorOf("stance ="), StartsWith("at character 9: expected a value"));
  EXPECT_THAT(ErrorOf("stance = = NEUTRAL"), StartsWith("at character 10: expected a value"));
  EXPECT_THAT(ErrorOf("stance = NEUTRAL AND"), StartsWith("at character 21: expected a field"));
  EXPECT_THAT(ErrorOf("stance = NEUTRAL OR OR"), StartsWith("at character 21: expected a field"));
  EXPECT_THAT(ErrorOf("(stance = NEUTRAL"), StartsWith("at character 18: expected )"));
  EXPECT_THAT(ErrorOf("stance = NEUTRAL)"), StartsWith("at character 17: expected AND, OR"));
  EXPECT_THAT(ErrorOf("()"), StartsWith("at character 2: expected a field"));
  EXPECT_THAT(ErrorOf("title = \"open"), StartsWith("at character 9: expected a closing quote"));
  EXPECT_THAT(ErrorOf("title = \"open\\"), StartsWith("at character 9: expected a closing quote"));
  EXPECT_THAT(ErrorOf("title = \"\u00e9\u20ac\" x"), StartsWith("at character 14: unknown field"));
  EXPECT_THAT(ErrorOf("stance = CRITICAL"),
              AllOf(StartsWith("at character 10: "), HasSubstr("SUPPORTER, NEUTRAL, CRITIC")));
  EXPECT_THAT(ErrorOf("verify_time > yesterday"), StartsWith("at character 15: expected a time"));
  EXPECT_THAT(ErrorOf("do_not_contact = 1"), StartsWith("at character 18: expected true or"));
  EXPECT_THAT(ErrorOf("labels:Tier"), StartsWith("at character 8: expected a key"));
  EXPECT_THAT(ErrorOf("roles:\"\""), StartsWith("at character 7: expected one of"));
  EXPECT_THAT(ErrorOf("needs:\"\""), StartsWith("at character 7: expected an element"));
  EXPECT_THAT(ErrorOf("needs:\"a\nb\""), StartsWith("at character 7: expected a value without"));
  EXPECT_THAT(ErrorOf("seats = 1.5", Subscriptions()),
              StartsWith("at character 9: expected a whole number"));
  EXPECT_THAT(ErrorOf("seats = 9223372036854775808", Subscriptions()),
              StartsWith("at character 9: expected a whole number"));
  EXPECT_THAT(ErrorOf("arr = 1e3", Subscriptions()), StartsWith("at character 7: expected a num"));
  EXPECT_THAT(ErrorOf("start_date = 2025-02-30", Subscriptions()),
              StartsWith("at character 14: expected a day"));
}

TEST(FilterTest, NamesTheComparatorsOfAKind) {
  EXPECT_THAT(ErrorOf("stance > NEUTRAL"), StartsWith("at character 8: expected = or !="));
  EXPECT_THAT(ErrorOf("stance:NEUTRAL"), StartsWith("at character 7: expected = or !="));
  EXPECT_THAT(ErrorOf("roles = CHAMPION"), StartsWith("at character 7: expected :"));
  EXPECT_THAT(ErrorOf("labels = x"), StartsWith("at character 8: expected :"));
  EXPECT_THAT(ErrorOf("labels.tier:gold"), StartsWith("at character 12: expected = or !="));
  EXPECT_THAT(ErrorOf("arr:5", Subscriptions()), StartsWith("at character 4: expected one of ="));
}

TEST(FilterTest, ListsTheFieldsThatThereAre) {
  EXPECT_THAT(ErrorOf("statr = ACTIVE"),
              AllOf(StartsWith("at character 1: unknown field \"statr\""), HasSubstr("create_time"),
                    HasSubstr("preferred_channel"), HasSubstr("account,")));
  for (const char* path :
       {"etag", "stance.x", "labels.", "labels.Tier", "labels.a.b", ".", "AND"}) {
    EXPECT_NE(ErrorOf(absl::StrCat(path, " = 1")), "") << path;
  }
  EXPECT_NE(ErrorOf("arr.nanos = 1", Subscriptions()), "");
  EXPECT_NE(ErrorOf("amendments:*", Subscriptions()), "");
}

TEST(FilterTest, IsBounded) {
  const auto nested = [](int depth) {
    return absl::StrCat(std::string(depth, '('), "stance:*", std::string(depth, ')'));
  };
  EXPECT_EQ(ErrorOf(nested(kMaxFilterDepth)), "");
  EXPECT_THAT(ErrorOf(nested(kMaxFilterDepth + 1)), HasSubstr("nested deeper than 20"));
  EXPECT_THAT(ErrorOf(absl::StrCat(std::string(2000, '-'), "stance:*")), HasSubstr("nested"));

  std::string terms;
  for (int i = 0; i < kMaxFilterTerms; ++i) absl::StrAppend(&terms, "stance:* ");
  EXPECT_EQ(ErrorOf(terms), "");
  EXPECT_THAT(ErrorOf(absl::StrCat(terms, "stance:*")), HasSubstr("more than 100 comparisons"));

  const std::string longest(kMaxFilterLength, ' ');
  EXPECT_EQ(ErrorOf(longest), "");
  EXPECT_THAT(ErrorOf(absl::StrCat(longest, " ")), HasSubstr("at most 4000 bytes"));
}

TEST(FilterTest, RefusesWhatIsNoText) {
  EXPECT_THAT(ErrorOf("title = \"\xff\""), HasSubstr("UTF-8"));
  EXPECT_THAT(ErrorOf(absl::string_view("title = \"\0\"", 11)), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace perennial
