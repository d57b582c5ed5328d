// Commands that give many resources labels, owners, or somebody else's work.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/bulk_fixture.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TagTest : public BulkTest {};

TEST_F(TagTest, SetsLabelsAndTakesThemOff) {
  (*renewals_.at(Renewal("one")).mutable_labels())["trial"] = "yes";
  (*renewals_.at(Renewal("one")).mutable_labels())["zone"] = "eu";
  EXPECT_EQ(Run({"opportunities", "tag", "--filter=owner = \"jane\"", "tier=gold, mostly", "trial-",
                 "note=a=b", "zone="}),
            kOk)
      << err_.str();
  const auto batch = LastRequest<v1::BatchUpdateOpportunitiesRequest>();
  EXPECT_THAT(batch.requests(0).update_mask().paths(),
              UnorderedElementsAre("labels.tier", "labels.trial", "labels.note", "labels.zone"));
  EXPECT_EQ(Get("one").labels().at("tier"), "gold, mostly");
  EXPECT_EQ(Get("one").labels().at("note"), "a=b");
  EXPECT_EQ(Get("one").labels().size(), 2u);
  EXPECT_EQ(Get("two").labels().at("tier"), "gold, mostly");
  EXPECT_THAT(out_.str(), HasSubstr("labels.note: – → a=b; labels.tier: silver → gold, mostly; "
                                    "labels.trial: yes → –; labels.zone: eu → –"));
}

TEST_F(TagTest, TagsThoseThatAreNamed) {
  EXPECT_EQ(
      Run({"opportunities", "tag", "tier=gold", Renewal("two"), "--reason=Spring", "--dry-run"}),
      kOk)
      << err_.str();
  EXPECT_EQ(Get("two").labels().at("tier"), "silver");
  const auto batch = LastRequest<v1::BatchUpdateOpportunitiesRequest>();
  ASSERT_EQ(batch.requests_size(), 1);
  EXPECT_EQ(batch.requests(0).reason(), "Spring");
  EXPECT_TRUE(batch.validate_only());
}

TEST_F(TagTest, NeedsLabelsAndSomethingToTag) {
  EXPECT_EQ(Run({"opportunities", "tag", Renewal("two")}), kUsage);
  EXPECT_EQ(Run("opportunities tag tier=gold"), kUsage);
  EXPECT_EQ(Run({"opportunities", "tag", Renewal("two"), "=gold"}), kUsage);
  EXPECT_TRUE(connection_->records().empty());
}

// One by one where the server does not take several at once: what is wrong with one is its own.
TEST_F(TagTest, TagsWhatHasNoBatches) {
  v1::ListContactsResponse contacts;
  for (const char* id : {"ann", "bob", "cem"}) {
    contacts.add_contacts()->set_name(absl::StrCat("accounts/acme/contacts/", id));
  }
  Answer<v1::ListContactsRequest, v1::ListContactsResponse>("ListContacts", contacts);
  connection_->On<v1::UpdateContactRequest, v1::Contact>(
      "UpdateContact", [](const v1::UpdateContactRequest& request) -> absl::StatusOr<v1::Contact> {
        EXPECT_TRUE(request.validate_only());
        if (absl::EndsWith(request.contact().name(), "bob")) {
          return EtagMismatch(request.contact().name(), "2");
        }
        return request.contact();
      });
  EXPECT_EQ(Run("contacts tag --filter=title:* tier=gold --dry-run --format=csv"), kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("accounts/acme/contacts/bob,ETAG_MISMATCH,,"));
  EXPECT_THAT(out_.str(), HasSubstr("accounts/acme/contacts/cem,would change,"));
  EXPECT_EQ(err_.str(), "2 would change, 1 would fail\n");
}

class ReassignTest : public BulkTest {
 protected:
  ReassignTest() {
    v1::ListAccountsResponse accounts;
    for (const char* id : {"acme", "globex"}) {
      auto& account = *accounts.add_accounts();
      account.set_name(absl::StrCat("accounts/", id));
      account.set_owner("jane");
      account.set_etag("a1");
    }
    Answer<v1::ListAccountsRequest, v1::ListAccountsResponse>("ListAccounts", accounts);
    connection_->On<v1::BatchUpdateAccountsRequest, v1::BatchAccountsResponse>(
        "BatchUpdateAccounts", [this](const v1::BatchUpdateAccountsRequest& batch) {
          v1::BatchAccountsResponse response;
          for (const auto& request : batch.requests()) {
            auto& result = *response.add_results();
            result.set_name(request.account().name());
            if (request.account().name() == refused_) {
              *result.mutable_error() = ToRowError(EtagMismatch(refused_, "a2"));
            } else {
              *result.mutable_account() = request.account();
            }
          }
          return response;
        });
    v1::ListTasksResponse tasks;
    for (const char* assignee : {"jane", "tom"}) {
      auto& task = *tasks.add_tasks();
      task.set_name(absl::StrCat("accounts/acme/tasks/of-", assignee));
      task.set_assignee(assignee);
    }
    Answer<v1::ListTasksRequest, v1::ListTasksResponse>("ListTasks", tasks);
    connection_->On<v1::BatchUpdateTasksRequest, v1::BatchTasksResponse>(
        "BatchUpdateTasks", [](const v1::BatchUpdateTasksRequest& batch) {
          v1::BatchTasksResponse response;
          for (const auto& request : batch.requests()) {
            auto& result = *response.add_results();
            result.set_name(request.task().name());
            *result.mutable_task() = request.task();
          }
          return response;
        });
    renewals_.at(Renewal("two")).set_owner("tom");
  }

  std::string refused_;
};

TEST_F(ReassignTest, AccountsGoWithTheirRenewalsAndTasks) {
  EXPECT_EQ(Run("accounts reassign acme globex --owner=ada --reason='Jane left'"), kOk)
      << err_.str();
  EXPECT_EQ(out_.str(),
            "NAME                             RESULT   CHANGE\n"
            "accounts/acme                    changed  owner: jane → ada\n"
            "accounts/globex                  changed  owner: jane → ada\n"
            "accounts/acme/opportunities/one  changed  owner: jane → ada\n"
            "accounts/acme/tasks/of-jane      changed  assignee: jane → ada\n");
  EXPECT_EQ(LastRequest<v1::BatchUpdateTasksRequest>().requests(0).reason(), "Jane left");
  EXPECT_EQ(Get("two").owner(), "tom") << "it was not hers";
}

TEST_F(ReassignTest, AFileSaysWhoGetsWhich) {
  const std::string file = File("name,owner\nacme,ada\naccounts/globex,bea\n");
  EXPECT_EQ(Run({"accounts", "reassign", "--from-file=" + file, "--dry-run"}), kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("owner: jane → bea"));
  EXPECT_THAT(out_.str(), HasSubstr("accounts/acme/opportunities/one  would change  owner: jane → "
                                    "ada"));
  EXPECT_EQ(Get("one").owner(), "jane");
  EXPECT_EQ(Run({"accounts", "reassign", "--from-file=" + File("name,owner\nacme,\n")}), kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("column \"owner\": nobody for accounts/acme"));
  EXPECT_EQ(Run("accounts reassign acme"), kUsage);
}

TEST_F(ReassignTest, AnAccountThatStaysKeepsTheRest) {
  refused_ = "accounts/acme";
  EXPECT_EQ(Run("accounts reassign --filter=owner:* --owner=ada"), kRefused);
  EXPECT_EQ(err_.str(), "1 changed, 1 failed\n");
  EXPECT_EQ(Get("one").owner(), "jane");
}

class HandOverTest : public BulkTest {
 protected:
  HandOverTest() {
    connection_->On<v1::HandOverRequest, v1::HandOverResponse>(
        "HandOver", [](const v1::HandOverRequest&) {
          v1::HandOverResponse response;
          response.set_opportunity_count(2);
          response.set_task_count(1);
          response.add_opportunities(Renewal("one"));
          response.add_opportunities(Renewal("two"));
          response.add_tasks("accounts/acme/tasks/call");
          return response;
        });
    v1::ListTasksResponse tasks;
    tasks.add_tasks()->set_name("accounts/acme/tasks/call");
    tasks.mutable_tasks(0)->set_title("Call them");
    Answer<v1::ListTasksRequest, v1::ListTasksResponse>("ListTasks", tasks);
  }

  v1::HandOverRequest Request() const {
    return dynamic_cast<const v1::HandOverRequest&>(*connection_->records().front().request);
  }
};

TEST_F(HandOverTest, ShowsWhatWouldGo) {
  EXPECT_EQ(Run("handover jo ada --account=acme --reason='Jo left' --dry-run"), kOk) << err_.str();
  EXPECT_EQ(out_.str(),
            "0 accounts, 2 open renewals and 1 task would go from jo to ada\n"
            "TYPE     NAME                             TITLE\n"
            "renewal  accounts/acme/opportunities/one  Acme one\n"
            "renewal  accounts/acme/opportunities/two  Acme two\n"
            "task     accounts/acme/tasks/call         Call them\n");
  EXPECT_EQ(err_.str(), "nothing was written: this only checked\n");
  EXPECT_EQ(Request().from_owner(), "jo");
  EXPECT_EQ(Request().account(), "accounts/acme");
  EXPECT_EQ(Request().reason(), "Jo left");
  EXPECT_TRUE(Request().validate_only());
}

TEST_F(HandOverTest, NamesTheFirst) {
  EXPECT_EQ(Run("accounts hand-over jo ada --limit=1 --format=csv"), kOk) << err_.str();
  EXPECT_EQ(out_.str(),
            "type,name,title\n"
            "renewal,accounts/acme/opportunities/one,Acme one\n"
            "task,accounts/acme/tasks/call,Call them\n");
  EXPECT_EQ(err_.str(), "there are 3: --limit shows more\n");
  EXPECT_THAT(Request().account(), IsEmpty());
}

}  // namespace
}  // namespace perennial::cli
