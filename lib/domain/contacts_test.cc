#include "lib/domain/contacts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/parse_text.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;
using v1::Contact;

Contact Merged(const std::string& contact, const std::string& duplicate) {
  Contact merged = ParseText<Contact>(contact);
  TakeOver(ParseText<Contact>(duplicate), merged);
  return merged;
}

TEST(IsVerifiedTest, HoldsUntilTheDayOfTheNextUpheaval) {
  // The first day's last second.
  const Contact contact = ParseText<Contact>("verify_time {seconds: 1735775999}");
  const auto event = [](const std::string& type, int day) {
    return ParseText<v1::AccountEvent>(
        absl::StrCat("type: ", type, " event_date {year: 2025 month: 1 day: ", day, "}"));
  };
  EXPECT_TRUE(IsVerified(contact, {}));
  EXPECT_TRUE(IsVerified(contact, {event("PERSONNEL", 1), event("BUDGET", 3)}));
  for (const char* type : {"PERSONNEL", "REORGANIZATION", "OWNERSHIP"}) {
    EXPECT_FALSE(IsVerified(contact, {event(type, 2), event("OWNERSHIP", 1)})) << type;
  }
  EXPECT_FALSE(IsVerified(Contact(), {}));
}

constexpr char kFull[] = R"(
    name: 'accounts/a/contacts/full' display_name: 'F. Ull' title: 'CIO' email: 'f@a.example'
    phone: '+1' stance: CRITIC preferred_channel: LETTER note: 'Likes tea')";

TEST(TakeOverTest, FillsWhatIsMissing) {
  const Contact merged = Merged("name: 'accounts/a/contacts/c' display_name: 'Cee'", kFull);
  EXPECT_EQ(merged.name(), "accounts/a/contacts/c");
  EXPECT_EQ(merged.display_name(), "Cee");
  EXPECT_EQ(merged.title(), "CIO");
  EXPECT_EQ(merged.email(), "f@a.example");
  EXPECT_EQ(merged.phone(), "+1");
  EXPECT_EQ(merged.stance(), Contact::CRITIC);
  EXPECT_EQ(merged.preferred_channel(), v1::LETTER);
  EXPECT_EQ(merged.note(), "Likes tea\nMerged from accounts/a/contacts/full: display_name: F. Ull");
}

TEST(TakeOverTest, KeepsWhatIsThereAndSaysWhatTheOtherHad) {
  const Contact merged = Merged(kFull, R"(
      name: 'accounts/a/contacts/o' display_name: 'Other' title: 'CEO' email: 'o@a.example'
      phone: '+2' stance: SUPPORTER preferred_channel: PHONE note: 'Likes coffee'
      other_emails: 'f@a.example' other_emails: 'o@home.example')");
  Contact expected = ParseText<Contact>(kFull);
  expected.add_other_emails("o@a.example");
  expected.add_other_emails("o@home.example");
  expected.add_other_phones("+2");
  expected.set_note(
      "Likes tea\nLikes coffee\nMerged from accounts/a/contacts/o: display_name: Other; title: "
      "CEO; "
      "stance: SUPPORTER; preferred_channel: PHONE");
  EXPECT_EQ(merged.DebugString(), expected.DebugString());
}

TEST(TakeOverTest, SaysNothingOfWhatIsTheSame) {
  const Contact merged = Merged(kFull, kFull);
  EXPECT_EQ(merged.DebugString(), ParseText<Contact>(kFull).DebugString());
}

TEST(TakeOverTest, HasTheRolesNeedsAndLabelsOfBoth) {
  const Contact merged =
      Merged("roles: CHAMPION roles: EVALUATOR needs: 'speed' labels {key: 'tier' value: 'gold'}",
             "roles: EVALUATOR roles: INFLUENCER needs: 'peace' needs: 'speed' "
             "labels {key: 'tier' value: 'tin'} labels {key: 'met' value: 'fair'}");
  EXPECT_THAT(merged.roles(),
              ElementsAre(Contact::CHAMPION, Contact::EVALUATOR, Contact::INFLUENCER));
  EXPECT_THAT(merged.needs(), ElementsAre("speed", "peace"));
  EXPECT_THAT(merged.labels(), UnorderedElementsAre(Pair("tier", "gold"), Pair("met", "fair")));
  EXPECT_THAT(merged.note(), testing::HasSubstr("labels.tier: tin"));
}

TEST(TakeOverTest, HasTheExternalIdsOfBothAndSaysWhichItCannotHave) {
  const Contact merged =
      Merged("external_ids {key: 'crm' value: '1'}",
             "name: 'accounts/a/contacts/o' external_ids {key: 'crm' value: '2'} "
             "external_ids {key: 'erp' value: '3'}");
  EXPECT_THAT(merged.external_ids(), UnorderedElementsAre(Pair("crm", "1"), Pair("erp", "3")));
  EXPECT_EQ(merged.note(), "Merged from accounts/a/contacts/o: external_ids.crm: 2");
}

TEST(TakeOverTest, IsLeftAloneWhereOneOfThemIs) {
  EXPECT_TRUE(Merged("", "do_not_contact: true").do_not_contact());
  EXPECT_TRUE(Merged("do_not_contact: true", "").do_not_contact());
  EXPECT_FALSE(Merged("", "").do_not_contact());
}

TEST(TakeOverTest, WasVerifiedWhenEitherWasLast) {
  const Contact merged =
      Merged("verify_time {seconds: 5}", "verify_time {seconds: 7} verified: true");
  EXPECT_EQ(merged.verify_time().seconds(), 7);
  EXPECT_TRUE(merged.verified());
  EXPECT_EQ(Merged("verify_time {seconds: 7}", "verify_time {seconds: 5}").verify_time().seconds(),
            7);
  EXPECT_EQ(Merged("", "verify_time {seconds: 5}").verify_time().seconds(), 5);
  EXPECT_EQ(Merged("verify_time {seconds: 5}", "").verify_time().seconds(), 5);
  EXPECT_FALSE(Merged("", "").has_verify_time());
}

}  // namespace
}  // namespace perennial
