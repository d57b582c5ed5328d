// The short commands against a real server: what they write, and where they stop.

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/cli/seeded_server.h"

namespace perennial {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ShortWaysTest : public SeededServerTest {
 protected:
  // How many rows a list has.
  int Count(const std::string& list) {
    EXPECT_EQ(Shell(absl::StrCat("perennial ", list, " --format=csv --columns=name")), 0)
        << output_;
    return static_cast<int>(std::count(output_.begin(), output_.end(), '\n')) - 1;
  }

  // Records all that the default playbook asks for up to RENEWAL.
  void EarnAll() {
    for (const char* line : {"perennial touches log acme called jane, gave benchmarks",
                             "perennial contacts verify acme/jane",
                             "perennial reviews create acme/pro-2024 --contacts=jane",
                             "perennial opportunities update acme --no-expansion-reason=none"}) {
      ASSERT_EQ(Shell(line), 0) << line << '\n' << output_;
    }
  }

  const std::string renew_ = "perennial renew acme --arr=13000 --months=12 --by='jane doe'";
};
INSTANTIATE_TEST_SUITE_P(Engines, ShortWaysTest, EveryEngine(), EngineName);

TEST_P(ShortWaysTest, RenewalsGoAsFarAsTheGatesAllowAndOnFromThere) {
  ASSERT_EQ(Shell(renew_ + " --dry-run"), 1) << output_;
  EXPECT_THAT(output_, HasSubstr("would offer USD 13,000.00 a year for 12 months"));
  EXPECT_THAT(output_, HasSubstr("perennial touches log acme called CONTACT"));
  EXPECT_EQ(Count("offers list acme"), 0);

  ASSERT_EQ(Shell(renew_), 1) << output_;
  EXPECT_THAT(output_, HasSubstr("accepted by Jane Doe"));
  EXPECT_THAT(output_, HasSubstr("it stops in OUTREACH"));
  EXPECT_THAT(output_, HasSubstr("DECISION_ROLE_REACHED"));
  EXPECT_EQ(Count("offers list acme"), 1);

  EarnAll();
  ASSERT_EQ(Shell(renew_), 0) << output_;
  EXPECT_THAT(output_, StartsWith("entered ADOPTION_REVIEW\nentered UPSELL\nentered RENEWAL\n"));
  EXPECT_THAT(output_, HasSubstr("renewed: Acme Corp, renewal 2025-04-01, USD 13,000.00"));

  ASSERT_EQ(Shell(renew_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("renewed already, on these terms"));
  EXPECT_EQ(Count("offers list --filter='account = \"accounts/acme\"'"), 1);
  EXPECT_EQ(Shell("perennial renew acme --arr=14000 --months=12 --by=jane"), 1);
  EXPECT_THAT(output_, HasSubstr("is RENEWED already"));
}

TEST_P(ShortWaysTest, RenewalsTakeTheOfferThatStands) {
  EarnAll();
  ASSERT_EQ(Shell("perennial offers create acme --id=spring --arr='USD 12500' --term-months=24"), 0)
      << output_;
  ASSERT_EQ(Shell("perennial renew acme --by=jane"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("USD 12,500.00 a year for 24 months"));
  EXPECT_THAT(output_, Not(HasSubstr("offered")));
}

TEST_P(ShortWaysTest, RenewalsMakeNoOfferWhereSomethingIsWrong) {
  EXPECT_EQ(Shell("perennial renew acme --arr=13000 --months=12 --by=bob"), 3) << output_;
  EXPECT_THAT(output_, HasSubstr("jane (Jane Doe)"));
  EXPECT_EQ(Shell("perennial renew acme --arr=13000 --months=12"), 2) << output_;
  EXPECT_EQ(Shell("perennial renew acme --by=jane"), 2) << output_;
  EXPECT_EQ(Shell("perennial renew acme --arr=lots --months=12 --by=jane"), 2) << output_;
  EXPECT_EQ(Shell("perennial renew initech --arr=1 --months=12 --by=jane"), 3) << output_;
  EXPECT_EQ(Count("offers list --all"), 0);
}

TEST_P(ShortWaysTest, AnotherOfferThatWasAcceptedIsNotPassedOver) {
  ASSERT_EQ(Shell(renew_), 1);
  EXPECT_EQ(Shell("perennial renew acme --arr=15000 --months=12 --by=jane"), 1) << output_;
  EXPECT_THAT(output_, HasSubstr("was accepted for USD 13,000.00 a year for 12 months"));
  EXPECT_EQ(Count("offers list acme"), 1);
}

TEST_P(ShortWaysTest, ManagersPassGatesWithAReason) {
  ASSERT_EQ(Shell(renew_ + " --override-reason='the board decided' --role=EDITOR"), 5) << output_;
  EXPECT_THAT(output_, HasSubstr("accepted by Jane Doe"));
  ASSERT_EQ(Shell(renew_ + " --override-reason='the board decided'"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("renewed: "));
}

TEST_P(ShortWaysTest, ChurnIsRefusedAsTheServerRefusesIt) {
  EXPECT_EQ(Shell("perennial churn globex --reason=UNREACHABLE"), 1) << output_;
  EXPECT_EQ(Shell("perennial churn globex --reason=OTHER"), 1) << output_;
  EXPECT_THAT(output_, HasSubstr("note"));
  ASSERT_EQ(Shell("perennial churn globex --reason=PRICE --competitor=Zephyr --dry-run"), 0);
  EXPECT_EQ(Count("opportunities list globex --filter='outcome = OPEN'"), 1);
  ASSERT_EQ(Shell("perennial churn Globex --reason=PRICE --competitor=Zephyr"), 0) << output_;
  EXPECT_EQ(Count("opportunities list globex --filter='churn_reason = PRICE'"), 1);
  EXPECT_EQ(Shell("perennial churn globex --reason=PRICE"), 1) << output_;
}

TEST_P(ShortWaysTest, APageHasAllThatIsGoodToKnow) {
  ASSERT_EQ(Shell("perennial touches log acme called jane, about benchmarks"), 0);
  ASSERT_EQ(Shell("perennial feedback decide acme/dark-mode --decision=ACCEPTED "
                  "--reason='in spring'"),
            0)
      << output_;
  ASSERT_EQ(Shell("perennial show 'acme corp'"), 0) << output_;
  for (const char* text :
       {"Acme Corp  (enterprise, owner jo@lumen.example, accounts/acme)", "standing ",
        "Jane Doe, Head of IT", "CHAMPION, SUPPORTER", "+1 555 0100", "DO NOT CONTACT",
        "USD 12,000.00", "until 2025-04-01", "RENEWAL of 2025-04-01", "unmet",
        "A dark mode would be nice", "ACCEPTED: in spring", "benchmarks", "Send the roadmap"}) {
    EXPECT_THAT(output_, HasSubstr(text));
  }
  // By its id first, though it is a part of another's.
  ASSERT_EQ(Shell("perennial show acme --format=json"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("\"name\": \"accounts/acme\""));
  EXPECT_EQ(Shell("perennial show corp"), 2) << output_;
  EXPECT_EQ(Shell("perennial show nobody"), 3) << output_;
}

TEST_P(ShortWaysTest, WhatIsFoundIsRanked) {
  ASSERT_EQ(Shell("perennial find acme"), 0) << output_;
  EXPECT_LT(output_.find("accounts/acme\n"), output_.find("accounts/acme-east\n"));
  EXPECT_LT(output_.find("accounts/acme-east\n"), output_.find("jane@acme.example"));
  ASSERT_EQ(Shell("perennial find budget --format=csv"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("Task,Call Jane about her budget,"));
  ASSERT_EQ(Shell("perennial find nothingofthekind"), 0);
  EXPECT_EQ(output_, "nothing found\n");
}

TEST_P(ShortWaysTest, NamesFitWhateverTheirMarks) {
  ASSERT_EQ(Shell("perennial accounts get zurich"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("accounts/initech"));
  ASSERT_EQ(Shell("perennial contacts get 'ZOE MULLER'"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("accounts/acme/contacts/zoe-mueller"));
  EXPECT_EQ(Shell("perennial contacts get jane"), 2) << output_;
  EXPECT_THAT(output_, HasSubstr("accounts/globex/contacts/jane  Jane Roe"));
}

TEST_P(ShortWaysTest, TheListIsLeftAloneWhereItIsOutOfDate) {
  ASSERT_EQ(Shell("perennial my"), 0) << output_;
  ASSERT_EQ(Shell("perennial tasks complete acme/t1"), 0) << output_;
  EXPECT_EQ(Shell("perennial my skip 1 --reason=moved"), 1) << output_;
  EXPECT_THAT(output_, HasSubstr("has changed: it is DONE"));
  ASSERT_EQ(Shell("perennial my skip 2 --reason=moved"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("skipped: Send the roadmap (acme)"));
  EXPECT_EQ(Count("tasks list acme --filter='state = SKIPPED'"), 1);
}

TEST_P(ShortWaysTest, TheyPrintForPrograms) {
  for (const char* command :
       {"my", "next", "find acme", "show acme", "my done 1", "my skip 2 --reason=x",
        "renew acme --arr=13000 --months=12 --by=jane --dry-run", "churn globex --reason=PRICE",
        "find nothingofthekind", "next --owner=nobody", "my --owner=nobody"}) {
    Shell(absl::StrCat("perennial ", command, " --format=json 2>/dev/null"));
    google::protobuf::Value value;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(output_, &value).ok())
        << command << '\n'
        << output_;
    EXPECT_NE(value.kind_case(), google::protobuf::Value::KIND_NOT_SET) << command;
  }
}

TEST_P(ShortWaysTest, WithoutTasksTheGateSaysWhatIsNext) {
  ASSERT_EQ(Shell("perennial next"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("Thank them for the reference"));
  EXPECT_THAT(output_, HasSubstr("perennial touches log acme called jane"));
  ASSERT_EQ(Shell("perennial my --owner=ada@lumen.example --due=TODAY"), 0) << output_;
  ASSERT_EQ(Shell("perennial my skip 1 --reason='we met last week'"), 0) << output_;
  ASSERT_EQ(Shell("perennial next --owner=ada@lumen.example"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("Record a CONNECTED touch"));
  EXPECT_THAT(output_, HasSubstr("Acme Corp East, renewal 2025-04-01"));
  ASSERT_EQ(Shell("perennial next --owner=nobody"), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("nothing is to be done for nobody"));
}

}  // namespace
}  // namespace perennial
