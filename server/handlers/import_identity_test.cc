// Who is meant by a row: nothing is booked on the wrong customer, and whoever was merged into
// another stays merged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/import_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::ImportRequest;
using v1::ImportResponse;

std::string AccountRow(const std::string& id, const std::string& fields = "") {
  return absl::StrCat("account { name: 'accounts/", id, "' display_name: '", id, "' ", fields,
                      " }");
}

std::string Crm(const std::string& id) {
  return absl::StrCat("external_ids { key: 'crm' value: '", id, "' }");
}

class ImportIdentityTest : public ImportFixture {
 protected:
  // "name reason", of each rejected row.
  static std::vector<std::string> RejectedIn(const ImportResponse& response) {
    std::vector<std::string> rejected;
    for (const auto& row : response.rejected_rows()) {
      rejected.push_back(absl::StrCat(row.resource_name(), " ", row.error().reason()));
    }
    return rejected;
  }

  // One row, with the text that its id was made of.
  ImportResponse ImportMadeFrom(const std::string& text, const std::string& row) {
    ImportRequest request;
    request.set_origin(origin_);
    v1::ImportRow& import_row = *request.add_rows();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(row, import_row.mutable_resource()));
    v1::ImportRow::Identity& identity = *import_row.add_identities();
    identity.set_name(import_row.resource().account().name());
    identity.set_text(absl::StrCat("accounts/", text));
    return Run(request);
  }

  void SetCrm(const std::string& account, const std::string& id) {
    Do<v1::UpdateAccountRequest>(
        "AccountService.UpdateAccount",
        absl::StrCat("account { name: '", account, "' ", id.empty() ? "" : Crm(id),
                     " } update_mask { paths: 'external_ids' }"));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportIdentityTest, EveryEngine(), EngineName);

TEST_P(ImportIdentityTest, ANameAndAnExternalIdOfTwoAreRejectedWithWhatIsBelow) {
  ASSERT_EQ(CountsOf(Import({AccountRow("acme"), AccountRow("other"), kProduct})), "3 0 0 0 0");
  SetCrm("accounts/other", "123");
  const std::string contact = "contact { name: 'accounts/acme/contacts/c' display_name: 'C' }";
  EXPECT_THAT(
      RejectedIn(Import({AccountRow("acme", Crm("123")), contact})),
      ElementsAre("accounts/acme IDENTITY_UNCLEAR", "accounts/acme/contacts/c IDENTITY_UNCLEAR"));
  EXPECT_THAT(All<v1::Contact>(), IsEmpty());
}

TEST_P(ImportIdentityTest, ARowStaysWithWhomItMeantUnlessThatIsGone) {
  ASSERT_EQ(CountsOf(Import({AccountRow("a", Crm("1"))})), "1 0 0 0 0");
  // Under another name, by its id.
  ASSERT_EQ(RejectedIn(Import({AccountRow("b", Crm("1"))})).size(), 0u);
  ASSERT_EQ(CountsOf(Import({AccountRow("c")})), "1 0 0 0 0");
  SetCrm("accounts/a", "");
  SetCrm("accounts/c", "1");
  EXPECT_THAT(RejectedIn(Import({AccountRow("b", Crm("1"))})),
              ElementsAre("accounts/b IDENTITY_UNCLEAR"));
  Do<v1::DeleteAccountRequest>("AccountService.DeleteAccount", "name: 'accounts/a'");
  EXPECT_THAT(RejectedIn(Import({AccountRow("b", Crm("1") + " note: 'new'")})), IsEmpty());
  EXPECT_EQ(Get<v1::Account>("accounts/c").note(), "new");
}

TEST_P(ImportIdentityTest, WhoWasNotImportedIsMeantOnlyByTheOwnNameOrAWholeId) {
  ASSERT_EQ(CountsOf(Import({"account { name: 'accounts/muller' display_name: 'Muller' }",
                             "account { name: 'accounts/a-1' display_name: 'Acme' }"})),
            "2 0 0 0 0");
  const auto row = [](const std::string& id) {
    return absl::StrCat("account { name: 'accounts/", id, "' note: 'from the file' }");
  };
  EXPECT_THAT(RejectedIn(ImportMadeFrom("M\u00fcller", row("muller"))),
              ElementsAre("accounts/muller IDENTITY_UNCLEAR"));
  EXPECT_THAT(RejectedIn(ImportMadeFrom("MULLER", row("muller"))), IsEmpty());
  EXPECT_THAT(RejectedIn(ImportMadeFrom("A-1", row("a-1"))), IsEmpty());
}

TEST_P(ImportIdentityTest, RowsOfAMergedContactMeanTheOneThatStayed) {
  const auto contact = [](const std::string& id, const std::string& fields) {
    return absl::StrCat("contact { name: 'accounts/a/contacts/", id, "' display_name: 'Jo' ",
                        Crm(id), fields, " }");
  };
  origin_ = "crm";
  ASSERT_EQ(CountsOf(Import({kAccount, contact("c1", ""), contact("c2", ""), contact("c3", "")})),
            "4 0 0 0 0");
  const auto merge = [&](const std::string& name, const std::string& duplicate) {
    Do<v1::MergeContactsRequest>(
        "AccountService.MergeContacts",
        absl::StrCat("name: 'accounts/a/contacts/", name, "' duplicates: 'accounts/a/contacts/",
                     duplicate, "'"));
  };
  merge("c2", "c3");
  merge("c1", "c2");
  const std::string touch =
      "touch { name: 'accounts/a/touches/t' channel: EMAIL direction: INBOUND "
      "contacts: 'accounts/a/contacts/c3' disposition: CONNECTED intent: RESPOND }";
  const ImportResponse response = Import({contact("c3", " title: 'CIO'"), touch});
  EXPECT_THAT(RejectedIn(response), IsEmpty());
  EXPECT_EQ(CountsOf(response), "1 1 0 0 0");
  // From elsewhere too.
  origin_ = "erp";
  EXPECT_THAT(RejectedIn(Import({contact("c2", " phone: '1'")})), IsEmpty());
  ASSERT_EQ(All<v1::Contact>().size(), 1u);
  const auto left = Get<v1::Contact>("accounts/a/contacts/c1");
  EXPECT_EQ(left.title(), "CIO");
  EXPECT_EQ(left.phone(), "1");
  EXPECT_EQ(left.external_ids().at("crm"), "c1");
  EXPECT_THAT(left.note(), HasSubstr("c3"));
  EXPECT_THAT(Get<v1::Touch>("accounts/a/touches/t").contacts(),
              ElementsAre("accounts/a/contacts/c1"));
}

TEST_P(ImportIdentityTest, NoTaskIsLeftForWhoIsNotToBeContactedByAFile) {
  const std::string contact = "contact { name: 'accounts/a/contacts/c' display_name: 'C' }";
  ASSERT_EQ(CountsOf(Import({kAccount, contact})), "2 0 0 0 0");
  Do<v1::CreateTaskRequest>("EngagementService.CreateTask",
                            "parent: 'accounts/a' task { title: 'Call' contact: "
                            "'accounts/a/contacts/c' due_date { year: 2025 month: 2 day: 1 } }");
  ASSERT_EQ(CountsOf(Import({With(contact, "do_not_contact: true")})), "0 1 0 0 0");
  EXPECT_EQ(All<v1::Task>().front().contact(), "");
}

}  // namespace
}  // namespace perennial
