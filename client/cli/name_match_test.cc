#include "client/cli/name_match.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Names(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) names.push_back(candidate.name);
  return names;
}

std::vector<std::string> Best(const std::string& written,
                              const std::vector<Candidate>& candidates) {
  return Names(BestMatches(written, candidates));
}

TEST(BestMatchesTest, AnIdGoesBeforeANameAndThatBeforeAPartOfOne) {
  const std::vector<Candidate> candidates = {
      {"accounts/acme", "Acme Corp", "", true},
      {"accounts/acme-east", "Acme", "", true},
      {"accounts/x", "The Acme Corp of Zürich", "", true},
  };
  EXPECT_THAT(Best("acme", candidates), ElementsAre("accounts/acme"));
  EXPECT_THAT(Best("ACME", candidates), ElementsAre("accounts/acme-east"));
  EXPECT_THAT(Best("acme corp", candidates), ElementsAre("accounts/acme"));
  EXPECT_THAT(Best("corp", candidates), ElementsAre("accounts/acme", "accounts/x"));
  EXPECT_THAT(Best("east", candidates), ElementsAre("accounts/acme-east"));
  EXPECT_THAT(Best("zurich", candidates), ElementsAre("accounts/x"));
  EXPECT_THAT(Best("zurich the", candidates), ElementsAre("accounts/x")) << "word by word";
  EXPECT_THAT(Best("globex", candidates), IsEmpty());
}

TEST(BestMatchesTest, WhatIsOverGivesWayToWhatIsNot) {
  EXPECT_THAT(Best("jane", {{"accounts/a/contacts/1", "Jane Doe", "", false},
                            {"accounts/a/contacts/2", "Jane Roe", "", true}}),
              ElementsAre("accounts/a/contacts/2"));
  EXPECT_THAT(Best("jane", {{"accounts/a/contacts/1", "Jane Doe", "", false}}),
              ElementsAre("accounts/a/contacts/1"));
}

TEST(BestMatchesTest, RenewalsAreCalledByTheirAccountsToo) {
  const std::vector<Candidate> candidates = {
      {"accounts/acme/opportunities/1", "Acme, renewal 2025", "", true},
      {"accounts/acme-east/opportunities/2", "Acme East, renewal 2025", "", true},
      {"accounts/globex/opportunities/3", "Spring", "", true}};
  EXPECT_THAT(Best("acme", candidates), ElementsAre("accounts/acme/opportunities/1"));
  EXPECT_THAT(Best("glob", candidates), ElementsAre("accounts/globex/opportunities/3"));
  EXPECT_THAT(
      Best("renewal", candidates),
      UnorderedElementsAre("accounts/acme/opportunities/1", "accounts/acme-east/opportunities/2"));
  EXPECT_THAT(Best("acme", {{"accounts/acme/contacts/x", "X", "", true}}), IsEmpty());
}

TEST(CandidateOfTest, KnowsWhatIsOver) {
  v1::Opportunity renewal;
  renewal.set_name("accounts/acme/opportunities/1");
  renewal.set_outcome(v1::Opportunity::OPEN);
  EXPECT_TRUE(CandidateOf(renewal).live);
  EXPECT_EQ(CandidateOf(renewal).display_name, "1");
  renewal.set_outcome(v1::Opportunity::CHURNED);
  EXPECT_FALSE(CandidateOf(renewal).live);
  v1::Contact contact;
  contact.set_email("jane@acme.example");
  contact.set_state(v1::Contact::LEFT);
  EXPECT_FALSE(CandidateOf(contact).live);
  EXPECT_EQ(CandidateOf(contact).email, "jane@acme.example");
}

TEST(NearMatchesTest, AreThoseThatSomebodyMayHaveMistyped) {
  const std::vector<Candidate> candidates = {{"accounts/globex", "Globex", "", true},
                                             {"accounts/acme", "Acme Corp", "", true}};
  EXPECT_THAT(Names(NearMatches("acem", candidates)), IsEmpty());
  EXPECT_THAT(Names(NearMatches("acmee", candidates)), ElementsAre("accounts/acme"));
  EXPECT_THAT(Names(NearMatches("glbex", candidates)), ElementsAre("accounts/globex"));
}

}  // namespace
}  // namespace perennial::cli
