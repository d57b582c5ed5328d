// Blanks at the ends of a line mean nothing: what differs in them alone is one and the same.

#include "absl/strings/str_cat.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;

class TextsTest : public EngineTest {
 protected:
  v1::Account Account() {
    v1::CreateAccountRequest request;
    v1::Account& account = *request.mutable_account();
    account.set_display_name(" Acme\u00a0");
    account.set_owner(absl::StrCat("\t", owner_, " "));
    account.set_note(" as it was written ");
    (*account.mutable_labels())["tier"] = " gold ";
    return Must(api().accounts.CreateAccount(request));
  }

  const std::string owner_ = UniqueId("kim");
};
INSTANTIATE_ON_EVERY_ENGINE(TextsTest);

TEST_P(TextsTest, LoseTheBlanksAtTheirEnds) {
  const v1::Account account = Account();
  EXPECT_EQ(account.display_name(), "Acme");
  EXPECT_EQ(account.owner(), owner_);
  EXPECT_EQ(account.note(), " as it was written ");
  EXPECT_EQ(account.labels().at("tier"), "gold");
  v1::ListAccountsRequest request;
  request.set_filter(absl::StrCat("owner = '", owner_, "' labels.tier = 'gold'"));
  EXPECT_THAT(MustList(api().accounts.ListAccounts(request)), ElementsAre(EqualsProto(account)));
}

TEST_P(TextsTest, AnUpdateThatDiffersInBlanksAloneChangesNothing) {
  const v1::Account account = Account();
  v1::UpdateAccountRequest request;
  request.mutable_account()->set_name(account.name());
  request.mutable_account()->set_display_name("Acme  ");
  request.mutable_update_mask()->add_paths("display_name");
  const int64_t before = LatestRevision();
  EXPECT_THAT(Must(api().accounts.UpdateAccount(request)), EqualsProto(account));
  EXPECT_EQ(LatestRevision(), before);
}

TEST_P(TextsTest, BlanksAloneAreNoText) {
  v1::CreateAccountRequest request;
  request.mutable_account()->set_display_name(" \u3000");
  EXPECT_THAT(api().accounts.CreateAccount(request), IsInvalid("account.display_name"));
  Customer customer(api());
  v1::CreateContactRequest contact;
  contact.set_parent(customer.account());
  contact.mutable_contact()->set_display_name("Kim");
  contact.mutable_contact()->add_needs(" ");
  EXPECT_THAT(api().accounts.CreateContact(contact), IsInvalid("contact.needs[0]"));
}

TEST_P(TextsTest, RequestsFindWhatDiffersInBlanksAlone) {
  Customer customer(api());
  const std::string topic = UniqueId("topic");
  customer.Hear(absl::StrCat("type: IDEA text: 'More' topic: '", topic, " '"));
  v1::DecideFeedbackTopicRequest request;
  request.set_topic(absl::StrCat(" ", topic, "\u2003"));
  request.set_decision(v1::Feedback::ACCEPTED);
  request.set_reason("Many asked for it");
  EXPECT_EQ(Must(api().engagement.DecideFeedbackTopic(request)).decided_count(), 1);
}

// The words of a search may be in any case and Unicode form, and in any of a resource's texts.
TEST_P(TextsTest, AreSearchedWithoutTheirCaseAndUnicodeForm) {
  const std::string id = UniqueId("Ｚoë");
  v1::CreateAccountRequest request;
  request.mutable_account()->set_display_name(absl::StrCat("STRAßE ", id));
  request.mutable_account()->set_note("First\nwords");
  v1::Account account = Must(api().accounts.CreateAccount(request));
  const auto found = [&](const std::string& words) {
    v1::ListAccountsRequest list;
    list.set_filter(absl::StrCat("search:\"", words, "\""));
    return MustList(api().accounts.ListAccounts(list)).size();
  };
  const std::string same = absl::StrCat("ZOE\u0308", id.substr(std::string("Ｚoë").size()));
  EXPECT_EQ(found(absl::StrCat("WORDS strasse ", same)), 1u);
  EXPECT_EQ(found(absl::StrCat("other ", same)), 0u);
  v1::UpdateAccountRequest update;
  *update.mutable_account() = account;
  update.mutable_account()->set_note("Other");
  update.mutable_update_mask()->add_paths("note");
  Must(api().accounts.UpdateAccount(update));
  EXPECT_EQ(found(absl::StrCat("other ", same)), 1u);
  EXPECT_EQ(found(absl::StrCat("words ", same)), 0u);
}

TEST_P(TextsTest, AnImportThatDiffersInBlanksAloneChangesNothing) {
  Customer customer(api());
  const std::string name = absl::StrCat(customer.account(), "/feedback/f");
  const auto import = [&](const std::string& topic) {
    v1::ImportRequest request;
    v1::Feedback& feedback = *request.add_rows()->mutable_resource()->mutable_feedback();
    feedback.set_name(name);
    feedback.set_type(v1::Feedback::IDEA);
    feedback.set_text("More");
    feedback.set_topic(topic);
    auto stream = api().imports.Import();
    v1::ImportResponse response;
    EXPECT_TRUE(stream.Write(request) && stream.WritesDone() && stream.Read(response));
    Must(stream.Finish());
    return response.counts();
  };
  EXPECT_EQ(import("speed").created(), 1);
  EXPECT_EQ(import(" speed ").skipped(), 1);
}

}  // namespace
}  // namespace perennial::conformance
