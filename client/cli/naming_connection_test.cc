#include "client/cli/naming_connection.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "client/cli/run_fixture.h"
#include "lib/api/errors.h"
#include "lib/api/rules.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/proto_files.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Accounts acme and acme-east, with a Jane each. Lists do not filter, as a search would not that
// finds all of them.
class NamesTest : public RunTest {
 protected:
  NamesTest() {
    for (const auto& [id, display_name] :
         {std::pair("acme", "Acme Corp"), std::pair("acme-east", "Acme Corp Ost, Köln")}) {
      v1::Account& account = *accounts_.add_accounts();
      account.set_name(absl::StrCat("accounts/", id));
      account.set_display_name(display_name);
    }
    Answer<v1::ListAccountsRequest, v1::ListAccountsResponse>("ListAccounts", accounts_);
    connection_->On<v1::GetAccountRequest, v1::Account>(
        "GetAccount", [this](const v1::GetAccountRequest& request) -> absl::StatusOr<v1::Account> {
          for (const v1::Account& account : accounts_.accounts()) {
            if (account.name() == request.name()) return account;
          }
          return ResourceNotFound(request.name());
        });
    connection_->On<v1::ListContactsRequest,
                    v1::ListContactsResponse>("ListContacts", [](const v1::ListContactsRequest&
                                                                     request) {
      v1::ListContactsResponse response;
      for (const char* name : {"accounts/acme/contacts/jane", "accounts/acme-east/contacts/jd"}) {
        const bool is_there =
            request.parent() == "accounts/-" || absl::StartsWith(name, request.parent() + "/");
        if (!is_there) continue;
        response.add_contacts()->set_name(name);
        response.mutable_contacts()->rbegin()->set_display_name("Jane Doe");
      }
      return response;
    });
    Answer<v1::CreateTouchRequest, v1::Touch>("CreateTouch");
  }

  std::vector<std::string> Methods() const {
    std::vector<std::string> methods;
    for (const auto& record : connection_->records()) methods.push_back(record.method);
    return methods;
  }

  v1::ListAccountsResponse accounts_;
};

TEST_F(NamesTest, WhatExistsIsNotLookedUp) {
  for (const char* name : {"accounts/acme", "acme"}) {
    ASSERT_EQ(Run(absl::StrCat("accounts get ", name)), kOk) << err_.str();
  }
  EXPECT_THAT(Methods(), ElementsAre("GetAccount", "GetAccount"));
  EXPECT_EQ(LastRequest<v1::GetAccountRequest>().name(), "accounts/acme");
  ASSERT_EQ(Run("contacts list acme"), kOk);
  ASSERT_EQ(Run("touches create acme --channel=PHONE --direction=OUTBOUND --disposition=CONNECTED "
                "--intent=GIVE --contacts=jane"),
            kOk)
      << err_.str();
  EXPECT_THAT(Methods(), ElementsAre("GetAccount", "GetAccount", "ListContacts", "CreateTouch"));
  EXPECT_THAT(LastRequest<v1::CreateTouchRequest>().touch().contacts(),
              ElementsAre("accounts/acme/contacts/jane"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(NamesTest, AFullNameIsNeverLookedUp) {
  EXPECT_EQ(Run("accounts get accounts/acm"), kNotFound);
  EXPECT_EQ(Run("contacts list accounts/nobody"), kOk);
  EXPECT_THAT(Methods(), ElementsAre("GetAccount", "ListContacts"));
}

TEST_F(NamesTest, APartThatFitsOneIsLookedUpByOneCall) {
  ASSERT_EQ(Run("accounts get koln"), kOk) << err_.str();
  EXPECT_THAT(Methods(), ElementsAre("GetAccount", "ListAccounts", "GetAccount"));
  EXPECT_EQ(LastRequest<v1::GetAccountRequest>().name(), "accounts/acme-east");
  EXPECT_EQ(err_.str(), "koln is Acme Corp Ost, Köln (accounts/acme-east)\n");
  // What can be no id is looked up at once.
  ASSERT_EQ(Run({"accounts", "get", "Acme Corp Ost"}), kOk) << err_.str();
  EXPECT_THAT(Methods(), ElementsAre("GetAccount", "ListAccounts", "GetAccount", "ListAccounts",
                                     "GetAccount"));
  const auto list =
      dynamic_cast<const v1::ListAccountsRequest&>(*connection_->records()[3].request);
  EXPECT_EQ(list.filter(), "name:\"acme-corp-ost\" OR search:\"Acme Corp Ost\"");
}

TEST_F(NamesTest, SeveralAreListed) {
  EXPECT_EQ(Run("accounts get corp"), kUsage);
  EXPECT_EQ(err_.str(),
            "perennial: \"corp\" may be one of 2: say more of the name, or the id\n"
            "  accounts/acme       Acme Corp\n"
            "  accounts/acme-east  Acme Corp Ost, Köln\n");
  EXPECT_EQ(Run("accounts get corp --format=json"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("accounts/acme-east"));
}

TEST_F(NamesTest, WhatIsNotThereNamesWhatIsLikeIt) {
  EXPECT_EQ(Run("accounts get acmee"), kNotFound);
  EXPECT_EQ(err_.str(),
            "perennial: there is no Account like \"acmee\": is it Acme Corp (accounts/acme) or "
            "Acme Corp Ost, Köln (accounts/acme-east)?\n");
}

// Where the parent has to be looked up, too.
TEST_F(NamesTest, WhatIsBelowIsLookedForThere) {
  EXPECT_EQ(Run("contacts list köln"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::ListContactsRequest>().parent(), "accounts/acme-east");
  EXPECT_EQ(Run("contacts list ost"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::ListContactsRequest>().parent(), "accounts/acme-east");
  ASSERT_EQ(Run({"touches", "create", "ost", "--channel=PHONE", "--direction=OUTBOUND",
                 "--disposition=CONNECTED", "--intent=GIVE", "--contacts=Jane Doe"}),
            kOk)
      << err_.str();
  EXPECT_EQ(LastRequest<v1::CreateTouchRequest>().parent(), "accounts/acme-east");
  EXPECT_THAT(LastRequest<v1::CreateTouchRequest>().touch().contacts(),
              ElementsAre("accounts/acme-east/contacts/jd"));
}

TEST_F(NamesTest, IdsOfBothPartsMakeAName) {
  Answer<v1::VerifyContactRequest, v1::Contact>("VerifyContact");
  ASSERT_EQ(Run("contacts verify acme/jane"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::VerifyContactRequest>().name(), "accounts/acme/contacts/jane");
  EXPECT_THAT(Methods(), ElementsAre("VerifyContact"));
  // Without the account every one is looked through.
  ASSERT_EQ(Run("contacts verify jd"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::VerifyContactRequest>().name(), "accounts/acme-east/contacts/jd");
}

TEST_F(NamesTest, NothingIsDeletedByAPartOfItsName) {
  connection_->On<v1::DeleteAccountRequest, google::protobuf::Empty>(
      "DeleteAccount",
      [](const v1::DeleteAccountRequest& request) -> absl::StatusOr<google::protobuf::Empty> {
        if (request.name() == "accounts/acme-east") return google::protobuf::Empty();
        return ResourceNotFound(request.name());
      });
  EXPECT_EQ(Run("accounts delete koln"), kNotFound);
  EXPECT_THAT(err_.str(), HasSubstr("accounts/acme-east is not deleted by a part of its name"));
  EXPECT_THAT(Methods(), ElementsAre("DeleteAccount", "ListAccounts"));
  EXPECT_EQ(Run("accounts delete acme-east"), kOk) << err_.str();
}

// Those that would show nothing, and say nothing, of an account that is not there.
TEST_F(NamesTest, WhatTheServerDoesNotMindIsLookedAtFirst) {
  Answer<v1::GetBoardRequest, v1::Board>("GetBoard");
  ASSERT_EQ(Run("board koln"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::GetBoardRequest>().parent(), "accounts/acme-east");
  ASSERT_EQ(Run("board acme"), kOk) << err_.str();
  EXPECT_EQ(LastRequest<v1::GetBoardRequest>().parent(), "accounts/acme");
}

TEST_F(NamesTest, ATouchDoesTasksByTheirTitles) {
  v1::ListTasksResponse tasks;
  tasks.add_tasks()->set_name("accounts/acme/tasks/t1");
  tasks.mutable_tasks(0)->set_title("Call Jane about her budget");
  Answer<v1::ListTasksRequest, v1::ListTasksResponse>("ListTasks", tasks);
  ASSERT_EQ(Run("touches log acme called jane does 'jane budget'"), kOk) << err_.str();
  EXPECT_THAT(LastRequest<v1::CreateTouchRequest>().completed_tasks(),
              ElementsAre("accounts/acme/tasks/t1"));
}

// A request that names something says what, or here is a gap.
TEST(ResourceNamedByTest, KnowsWhatEveryRequestNames) {
  for (const char* file_name : kProtoFiles) {
    const auto* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(file_name);
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const auto& request = *file->service(i)->method(j)->input_type();
        const auto* name = request.FindFieldByName("name");
        if (name == nullptr) continue;
        const auto* named = ResourceNamedBy(request);
        ASSERT_NE(named, nullptr) << request.name();
        const auto* answer = file->service(i)->method(j)->output_type();
        if (IsResource(*answer) && request.name() != "MoveContactRequest") {
          EXPECT_EQ(named, answer) << request.name();
        }
      }
    }
  }
}

}  // namespace
}  // namespace perennial::cli
