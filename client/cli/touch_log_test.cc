#include "client/cli/touch_log.h"

#include "absl/strings/str_cat.h"
#include "client/cli/run_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/date.h"

namespace perennial::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using v1::Contact;
using v1::Touch;

TouchLine Parse(const std::string& line) {
  const absl::StatusOr<TouchLine> parsed = ParseTouchLine(ShellSplit(line));
  EXPECT_TRUE(parsed.ok()) << line << ": " << parsed.status();
  return parsed.value_or(TouchLine());
}

std::string ErrorOf(const std::string& line) {
  const absl::StatusOr<TouchLine> parsed = ParseTouchLine(ShellSplit(line));
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << line;
  return std::string(parsed.status().message());
}

// "PHONE OUTBOUND CONNECTED CHECK_IN"
std::string Kind(const std::string& line) {
  const Touch touch = Parse(line).touch;
  return absl::StrCat(
      v1::Channel_Name(touch.channel()), " ", Touch::Direction_Name(touch.direction()), " ",
      Touch::Disposition_Name(touch.disposition()), " ", Touch::Intent_Name(touch.intent()));
}

TEST(ParseTouchLineTest, FillsInWhatIsNotSaid) {
  EXPECT_EQ(Kind("called"), "PHONE OUTBOUND CONNECTED CHECK_IN");
  EXPECT_EQ(Kind("met"), "IN_PERSON OUTBOUND CONNECTED CHECK_IN");
  EXPECT_EQ(Kind("video"), "VIDEO OUTBOUND CONNECTED CHECK_IN");
  EXPECT_EQ(Kind("chatted"), "CHAT OUTBOUND CONNECTED CHECK_IN");
  EXPECT_EQ(Kind("mailed"), "EMAIL OUTBOUND NO_REPLY CHECK_IN");
  EXPECT_EQ(Kind("wrote"), "LETTER OUTBOUND NO_REPLY CHECK_IN");
  EXPECT_EQ(Kind("called us"), "PHONE INBOUND CONNECTED RESPOND");
  EXPECT_EQ(Kind("mailed us"), "EMAIL INBOUND CONNECTED RESPOND");
}

TEST(ParseTouchLineTest, TakesWordsInAnyOrder) {
  for (const char* line : {"mailed ask bounced inbound", "inbound bounced mailed ask",
                           "Ask, INBOUND: bounced; Mailed", "bounced ask inbound emailed mailed"}) {
    EXPECT_EQ(Kind(line), "EMAIL INBOUND BOUNCED ASK") << line;
  }
  EXPECT_EQ(Kind("called voicemail"), "PHONE OUTBOUND LEFT_MESSAGE CHECK_IN");
  EXPECT_EQ(Kind("phoned no-answer gave"), "PHONE OUTBOUND NO_ANSWER GIVE");
  EXPECT_EQ(Kind("phoned busy answered"), "PHONE OUTBOUND BUSY RESPOND");
  EXPECT_EQ(Kind("called wrong-number checked-in"), "PHONE OUTBOUND WRONG_CONTACT CHECK_IN");
  EXPECT_EQ(Kind("mailed replied"), "EMAIL OUTBOUND CONNECTED CHECK_IN");
}

TEST(ParseTouchLineTest, FindsNamesWhereTheyStand) {
  const auto names = [](const std::string& line) { return Parse(line).contacts; };
  EXPECT_THAT(names("called"), IsEmpty());
  EXPECT_THAT(names("called jane"), ElementsAre("jane"));
  EXPECT_THAT(names("called jane doe yesterday"), ElementsAre("jane doe"));
  EXPECT_THAT(names("called jane doe and j@acme.example, gave"),
              ElementsAre("jane doe", "j@acme.example"));
  EXPECT_THAT(names("wrote to Jane"), ElementsAre("Jane"));
  EXPECT_THAT(names("met with 'Jane and Joe' and bob"), ElementsAre("Jane and Joe", "bob"));
  EXPECT_THAT(names("called jane, voicemail with bob"), ElementsAre("jane", "bob"));
  EXPECT_THAT(names("voicemail with 'Jane Doe' 'no luck' called"), ElementsAre("Jane Doe"));
  EXPECT_THAT(names("yesterday jane doe called"), ElementsAre("jane doe"));
  EXPECT_THAT(names("called 'about the price'"), IsEmpty()) << "that is the summary";
}

TEST(ParseTouchLineTest, WhoStandsBeforeTheVerbBegan) {
  EXPECT_EQ(Parse("jane called").touch.direction(), Touch::INBOUND);
  EXPECT_EQ(Parse("jane called us").touch.direction(), Touch::INBOUND);
  EXPECT_EQ(Parse("jane called outbound").touch.direction(), Touch::OUTBOUND);
  EXPECT_EQ(Parse("with jane called").touch.direction(), Touch::OUTBOUND);
  EXPECT_EQ(Parse("called jane").touch.direction(), Touch::OUTBOUND);
}

TEST(ParseTouchLineTest, FindsTheSummary) {
  const auto summary = [](const std::string& line) { return Parse(line).touch.summary(); };
  EXPECT_EQ(summary("called jane, gave benchmark figures"), "benchmark figures");
  EXPECT_EQ(summary("called jane, gave benchmark figures, yesterday"), "benchmark figures");
  EXPECT_EQ(summary("mailed jane doe 'sent the renewal offer' ask no-reply"),
            "sent the renewal offer");
  EXPECT_EQ(summary("called jane, asked about prices"), "prices");
  EXPECT_EQ(summary("called about Prices and terms"), "Prices and terms");
  EXPECT_EQ(summary("called gave 'two, or three, figures' about 'met goals'"),
            "two, or three, figures; met goals");
  EXPECT_EQ(summary("gave thanks, called jane"), "thanks");
  EXPECT_EQ(summary("called jane ask yesterday"), "");
}

TEST(ParseTouchLineTest, TakesCompetitorsAndTasks) {
  const TouchLine line = Parse("called jane competitor 'Zephyr Corp' does t1 done a/b, voicemail");
  EXPECT_EQ(line.touch.competitor(), "Zephyr Corp");
  EXPECT_THAT(line.tasks, ElementsAre("t1", "a/b"));
  EXPECT_EQ(Parse("met competitor Met").touch.competitor(), "Met") << "whatever the word is";
}

TEST(ParseTouchLineTest, UnderstandsTheWholeLine) {
  const TouchLine line = Parse(
      "jane called us: 'worried about price' competitor Zephyr 2025-01-31 14:30 "
      "done accounts/acme/tasks/t1");
  EXPECT_THAT(line.contacts, ElementsAre("jane"));
  EXPECT_THAT(line.tasks, ElementsAre("accounts/acme/tasks/t1"));
  EXPECT_EQ(line.touch.summary(), "worried about price");
  EXPECT_EQ(line.touch.competitor(), "Zephyr");
  EXPECT_EQ(line.day, "2025-01-31");
  EXPECT_EQ(line.time, "14:30");
}

TEST(ParseTouchLineTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(ErrorOf("called jane, voicemial"),
              AllOf(HasSubstr("\"voicemial\" is not understood"), HasSubstr("\"with\"")));
  EXPECT_THAT(ErrorOf("called jane yesterday figures"), HasSubstr("\"figures\""));
  EXPECT_THAT(ErrorOf("called us jane"), HasSubstr("\"jane\" is not understood"));
  EXPECT_THAT(ErrorOf("jane yesterday"), HasSubstr("Say called, mailed"));
  EXPECT_THAT(ErrorOf("caled jane"), HasSubstr("Say called, mailed"));
  EXPECT_THAT(ErrorOf("called 31-01-2025 yesterday foo"), HasSubstr("\"foo\""));
}

// A word of the list within a summary would be lost to it.
TEST(ParseTouchLineTest, RefusesWhatMayBeMeantOtherwise) {
  EXPECT_THAT(ErrorOf("called jane, asked for busy weeks"),
              AllOf(HasSubstr("\"busy\" behind \"for\""), HasSubstr("in quotes")));
  EXPECT_THAT(ErrorOf("called jane, gave figures yesterday"), HasSubstr("\"yesterday\""));
  EXPECT_THAT(ErrorOf("called jane, gave figures with bob"), HasSubstr("\"with\""));
}

TEST(ParseTouchLineTest, RefusesContradictions) {
  EXPECT_THAT(ErrorOf("called mailed"), AllOf(HasSubstr("\"mailed\" makes its channel EMAIL"),
                                              HasSubstr("it is PHONE already")));
  EXPECT_THAT(ErrorOf("called busy no-answer"), HasSubstr("disposition NO_ANSWER"));
  EXPECT_THAT(ErrorOf("called gave thanks, asked"), HasSubstr("intent ASK"));
  EXPECT_THAT(ErrorOf("called monday 3d"), HasSubstr("\"3d\" and \"monday\""));
  EXPECT_THAT(ErrorOf("called 9:30 10:30"), HasSubstr("one of them only"));
  EXPECT_THAT(ErrorOf("called competitor A competitor B"), HasSubstr("\"B\" and \"A\""));
  EXPECT_THAT(ErrorOf("called competitor"), HasSubstr("needs a name"));
  EXPECT_THAT(ErrorOf("called does"), HasSubstr("needs a task"));
}

TEST(TimeOfTest, CountsFromTheServersDay) {
  // A Wednesday.
  const absl::Time now = *ParseTime("2025-01-15T10:20:00Z");
  const auto time = [&](const std::string& words) {
    const std::optional<absl::Time> found = TimeOf(Parse("called " + words), now);
    return found.has_value() ? FormatUtc(*found) : "now";
  };
  EXPECT_EQ(time(""), "now");
  EXPECT_EQ(time("today"), "now");
  EXPECT_EQ(time("0d"), "now");
  EXPECT_EQ(time("today 9:05"), "2025-01-15T09:05:00Z");
  EXPECT_EQ(time("09:05"), "2025-01-15T09:05:00Z");
  EXPECT_EQ(time("yesterday"), "2025-01-14T12:00:00Z");
  EXPECT_EQ(time("yesterday 23:59"), "2025-01-14T23:59:00Z");
  EXPECT_EQ(time("15d"), "2024-12-31T12:00:00Z");
  EXPECT_EQ(time("Tuesday"), "2025-01-14T12:00:00Z");
  EXPECT_EQ(time("wednesday"), "2025-01-08T12:00:00Z") << "the last one is not today";
  EXPECT_EQ(time("thursday"), "2025-01-09T12:00:00Z");
  EXPECT_EQ(time("2024-02-29 00:00"), "2024-02-29T00:00:00Z");
}

TEST(TimeOfTest, TakesRealDaysAndTimesOnly) {
  for (const char* word : {"2025-02-30", "24:00", "9:60", "9:5", "d", "-1d", "99999d", "mon"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat("called voicemail ", word)), HasSubstr(word));
  }
}

TEST(TouchWordsTest, AreUnderstood) {
  const std::string words = TouchWords();
  EXPECT_THAT(words, HasSubstr("  channel     called|phoned mailed|emailed met"));
  EXPECT_THAT(words, HasSubstr("\n  intent      gave|give asked|ask"));
}

Contact Person(const std::string& id, const std::string& display_name, const std::string& email) {
  Contact contact;
  contact.set_name("accounts/acme/contacts/" + id);
  contact.set_display_name(display_name);
  contact.set_email(email);
  return contact;
}

class FindContactTest : public ::testing::Test {
 protected:
  std::string Find(const std::string& written) {
    const auto found = FindContact(written, contacts_);
    return found.ok() ? *found : std::string(found.status().message());
  }

  std::vector<Contact> contacts_ = {Person("jane", "Jane Doe", "jane@acme.example"),
                                    Person("jd", "John Doe", "john@acme.example"),
                                    Person("x7", "Jane", ""), Person("j8", "Janet Roe", "")};
};

TEST_F(FindContactTest, ByWhatNamesOne) {
  EXPECT_EQ(Find("jd"), "accounts/acme/contacts/jd");
  EXPECT_EQ(Find("John@Acme.example"), "accounts/acme/contacts/jd");
  EXPECT_EQ(Find("janet roe"), "accounts/acme/contacts/j8");
  EXPECT_EQ(Find("john"), "accounts/acme/contacts/jd");
  EXPECT_EQ(Find("roe"), "accounts/acme/contacts/j8");
  EXPECT_EQ(Find("jane"), "accounts/acme/contacts/jane") << "whoever else is called that";
  EXPECT_EQ(Find("Jane"), "accounts/acme/contacts/x7") << "the whole name, not a part of it";
  EXPECT_EQ(Find("accounts/acme/contacts/gone"), "accounts/acme/contacts/gone");
}

TEST_F(FindContactTest, NamesThoseThatMayBeMeant) {
  EXPECT_EQ(Find("doe"), "\"doe\" may be one of 2: say more of the name, or the id");
  EXPECT_THAT(Find("bob"), AllOf(HasSubstr("\"bob\" is no active contact"),
                                 HasSubstr("jane (Jane Doe), jd (John Doe), x7 (Jane)")));
  for (int i = 0; i < 20; ++i) contacts_.push_back(Person(absl::StrCat("p", i), "Somebody", ""));
  EXPECT_THAT(Find("bob"), AllOf(HasSubstr("p5 (Somebody), ..."), Not(HasSubstr("p6"))));
  contacts_.clear();
  EXPECT_THAT(Find("bob"), HasSubstr("has no active contacts"));
}

}  // namespace
}  // namespace perennial::cli
