// Searches: by how words begin, in all of a resource's texts, the best matches first.

#include "absl/strings/str_cat.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::IsEmpty;
using Names = std::vector<std::string>;

class SearchTest : public EngineTest {
 protected:
  void AddAccount(const std::string& display_name, const std::string& note = "") {
    v1::CreateAccountRequest request;
    request.mutable_account()->set_display_name(display_name);
    request.mutable_account()->set_note(note);
    Must(api().accounts.CreateAccount(request));
  }

  static v1::ListAccountsRequest Search(const std::string& words) {
    v1::ListAccountsRequest request;
    request.set_filter(absl::StrCat("search:\"", words, "\""));
    return request;
  }

  // What the accounts are called, in the list's order.
  Names Found(const v1::ListAccountsRequest& request) {
    Names names;
    for (const v1::Account& account : MustList(api().accounts.ListAccounts(request))) {
      names.push_back(account.display_name());
    }
    return names;
  }
  Names Found(const std::string& words) { return Found(Search(words)); }

  size_t CountContacts(const Customer& customer, const std::string& words) {
    v1::ListContactsRequest request;
    request.set_parent(customer.account());
    request.set_filter(absl::StrCat("search:\"", words, "\""));
    return MustList(api().accounts.ListContacts(request)).size();
  }

  // A word that no other test has.
  const std::string word_ = absl::StrCat("zq", UniqueId("").substr(1));
};
INSTANTIATE_ON_EVERY_ENGINE(SearchTest);

TEST_P(SearchTest, AnswersTheBestMatchesFirst) {
  const std::string other = absl::StrCat(word_, "wind");
  AddAccount("Other", absl::StrCat("Talks of the NORTH ", other));
  AddAccount(absl::StrCat(other, " of the north"));
  AddAccount(absl::StrCat("The north ", other));
  AddAccount(absl::StrCat("North ", other, " B"));
  AddAccount(absl::StrCat("North ", other, " A"));
  AddAccount(absl::StrCat("NORTH ", other));
  AddAccount("Nothing", "north");
  const Names best_first = {
      absl::StrCat("NORTH ", other),        absl::StrCat("North ", other, " A"),
      absl::StrCat("North ", other, " B"),  absl::StrCat("The north ", other),
      absl::StrCat(other, " of the north"), "Other"};
  const std::string words = absl::StrCat("north ", other);
  EXPECT_EQ(Found(words), best_first);
  for (const int size : {1, 2, 4}) {
    v1::ListAccountsRequest request = Search(words);
    request.set_page_size(size);
    EXPECT_EQ(Found(request), best_first) << size;
  }
  v1::ListAccountsRequest by_name = Search(words);
  by_name.set_order_by("display_name desc");
  EXPECT_EQ(Found(by_name).front(), absl::StrCat(other, " of the north"));
  // Beside other conditions; what is excluded ranks nothing.
  v1::ListAccountsRequest narrowed = Search(words);
  narrowed.set_filter(
      absl::StrCat("(", narrowed.filter(), " OR display_name = \"x\") NOT search:b"));
  EXPECT_EQ(Found(narrowed).front(), best_first.front());
  EXPECT_EQ(Found(narrowed).size(), best_first.size() - 1);
}

TEST_P(SearchTest, FindsWordsByTheirBeginning) {
  AddAccount(absl::StrCat(word_, "lumen GmbH & Co. K\u00d6LN"));
  const Names found = {absl::StrCat(word_, "lumen GmbH & Co. K\u00d6LN")};
  EXPECT_EQ(Found(absl::StrCat(word_, "lumen")), found);
  EXPECT_EQ(Found(absl::StrCat(word_, "LU")), found);
  EXPECT_EQ(Found(absl::StrCat("ko\u0308l gm ", word_)), found);
  EXPECT_EQ(Found(absl::StrCat("co. ", word_)), found);
  EXPECT_THAT(Found(absl::StrCat("mbh ", word_)), IsEmpty());
  EXPECT_THAT(Found(word_.substr(1) + "lumen"), IsEmpty());
}

TEST_P(SearchTest, FindsPeopleByAllThatIsSaidOfThem) {
  Customer customer(api());
  customer.AddContact(
      "display_name: 'Zo\u00eb M\u00fcller' title: 'Head of IT' email: 'zm@lumen.example' "
      "phone: '+49 (30) 1234-567' other_emails: 'home@zoe.example' other_phones: '0171/998877' "
      "needs: 'Faster exports' note: 'Met in Lisbon'");
  for (const char* words :
       {"m\u00fcller zo\u00eb", "head it", "zm@lumen.example", "LUMEN", "+49 30 1234", "567",
        "home@zoe.example", "998877", "faster", "lisbon"}) {
    EXPECT_EQ(CountContacts(customer, words), 1u) << words;
  }
  EXPECT_EQ(CountContacts(customer, "lisbon paris"), 0u);
}

TEST_P(SearchTest, FindsRenewalsByWhatIsWrittenOfThem) {
  Customer customer(api());
  const v1::Opportunity renewal = customer.Open({customer.Subscribe().name()});
  v1::UpdateOpportunityRequest update;
  v1::Opportunity& changed = *update.mutable_opportunity();
  changed.set_name(renewal.name());
  changed.set_display_name("Grand renewal");
  changed.set_next_step("Send slides");
  changed.set_owner_risk_level(v1::Opportunity::MEDIUM);
  changed.set_owner_risk_note("Budget frozen");
  changed.set_no_expansion_reason("Shrinking team");
  for (const char* path : {"display_name", "next_step", "owner_risk_level", "owner_risk_note",
                           "no_expansion_reason"}) {
    update.mutable_update_mask()->add_paths(path);
  }
  Must(api().pipeline.UpdateOpportunity(update));
  v1::ListOpportunitiesRequest list;
  list.set_parent(customer.account());
  for (const char* words : {"grand", "slides", "frozen", "shrinking", "grand slides fro"}) {
    list.set_filter(absl::StrCat("search:\"", words, "\""));
    EXPECT_EQ(MustList(api().pipeline.ListOpportunities(list)).size(), 1u) << words;
  }
}

TEST_P(SearchTest, FollowsWhatChanges) {
  Customer customer(api());
  v1::Contact contact = customer.AddContact("display_name: 'Kim Ono' note: 'likes boats boats'");
  EXPECT_EQ(CountContacts(customer, "boats"), 1u);
  v1::UpdateContactRequest update;
  *update.mutable_contact() = contact;
  update.mutable_contact()->set_note("likes trains");
  update.mutable_contact()->clear_etag();
  update.mutable_update_mask()->add_paths("note");
  Must(api().accounts.UpdateContact(update));
  EXPECT_EQ(CountContacts(customer, "boats"), 0u);
  EXPECT_EQ(CountContacts(customer, "trains likes kim"), 1u);
  v1::DeleteContactRequest erase;
  erase.set_name(contact.name());
  Must(api().accounts.DeleteContact(erase));
  EXPECT_EQ(CountContacts(customer, "kim"), 0u);
  // The same again, under the same name.
  v1::CreateContactRequest create;
  create.set_parent(customer.account());
  create.set_contact_id(contact.name().substr(contact.name().rfind('/') + 1));
  create.mutable_contact()->set_display_name("Kim Ono");
  Must(api().accounts.CreateContact(create));
  EXPECT_EQ(CountContacts(customer, "kim"), 1u);
}

TEST_P(SearchTest, FindsWordsOfScriptsWithoutBlanks) {
  AddAccount(absl::StrCat("\u6e0b\u8c37\u682a\u5f0f\u4f1a\u793e ", word_));
  EXPECT_EQ(Found(absl::StrCat("\u682a\u5f0f ", word_)).size(), 1u);
  EXPECT_EQ(Found(absl::StrCat("\u6771\u4eac ", word_)).size(), 0u);
}

TEST_P(SearchTest, RefusesWhatHasNoWord) {
  EXPECT_THAT(api().accounts.ListAccounts.Page(Search(" +-")), FailsWith(v1::INVALID_FILTER));
}

}  // namespace
}  // namespace perennial::conformance
