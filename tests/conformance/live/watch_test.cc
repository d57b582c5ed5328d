// The history as a stream.

#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "perennial/client/watcher.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/parse_text.h"

namespace perennial::conformance {
namespace {

using testing::ElementsAre;
using v1::Account;
using v1::Change;

class WatchTest : public EngineTest {
 protected:
  Account CreateAccount(const std::string& id, Clients& clients) {
    v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_display_name(id);
    return Must(clients.accounts.CreateAccount(request));
  }

  void Rename(const std::string& name, const std::string& display_name, Clients& clients) {
    v1::UpdateAccountRequest request;
    request.mutable_account()->set_name(name);
    request.mutable_account()->set_display_name(display_name);
    Must(clients.accounts.UpdateAccount(request));
  }

  void Delete(const std::string& name, Clients& clients) {
    v1::DeleteAccountRequest request;
    request.set_name(name);
    Must(clients.accounts.DeleteAccount(request));
  }

  // Of the watcher, until there are so many or it ends.
  static std::vector<Change> Read(client::Watcher& watcher, size_t count) {
    std::vector<Change> changes;
    while (changes.size() < count) {
      const auto response = watcher.Next();
      if (!response.ok()) {
        ADD_FAILURE() << Describe(response.status());
        break;
      }
      for (const Change& change : response->changes()) changes.push_back(change);
    }
    return changes;
  }

  std::string TokenOfNow() {
    v1::ListAccountsRequest request;
    request.set_page_size(1);
    return Must(api().accounts.ListAccounts.Page(request)).resume_token();
  }

  // What is left when the changes are carried out one after the other.
  static std::map<std::string, Account> Fold(const std::vector<Change>& changes) {
    std::map<std::string, Account> accounts;
    for (const Change& change : changes) {
      const Account& account = change.resource().account();
      if (change.operation() == Change::CREATED) {
        EXPECT_EQ(accounts.count(account.name()), 0u);
      } else {
        EXPECT_EQ(accounts.count(account.name()), 1u);
      }
      if (change.operation() == Change::DELETED) {
        accounts.erase(account.name());
      } else {
        accounts[account.name()] = account;
      }
    }
    return accounts;
  }
};
INSTANTIATE_ON_EVERY_ENGINE(WatchTest);

TEST_P(WatchTest, GoesOnFromAListWithoutAGap) {
  const std::string id = UniqueId("listed");
  v1::ListAccountsRequest list;
  list.set_filter(absl::StrCat("display_name = \"", id, "*\""));
  const auto before = Must(api().accounts.ListAccounts.Page(list));
  EXPECT_TRUE(before.accounts().empty());
  // Between the list and the watch.
  const Account created = CreateAccount(id, api());
  v1::WatchRequest request;
  request.set_resume_token(before.resume_token());
  request.add_accounts(created.name());
  client::Watcher watcher = api().history.Watch(request);
  const std::vector<Change> changes = Read(watcher, 1);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].operation(), Change::CREATED);
  EXPECT_EQ(changes[0].actor(), "tester");
  EXPECT_EQ(changes[0].method(), "AccountService.CreateAccount");
  EXPECT_THAT(changes[0].resource().account(), EqualsProto(created));
  // The list of changes has the same.
  v1::ListChangesRequest listed;
  listed.set_filter(absl::StrCat("resource_name = \"", created.name(), "\""));
  EXPECT_THAT(MustList(api().history.ListChanges(listed)).front(), EqualsProto(changes[0]));
}

TEST_P(WatchTest, FoldsToWhatTheListsAnswerWhileManyWrite) {
  constexpr int kWriters = 4, kAccounts = 10;
  const std::string prefix = UniqueId("fold");
  v1::WatchRequest request;
  request.set_resume_token(TokenOfNow());
  request.add_resource_types("Account");
  request.set_filter(absl::StrCat("resource_name = \"accounts/", prefix, "*\""));
  client::Watcher watcher = api().history.Watch(request);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      Clients clients = As(absl::StrCat("writer-", w));
      for (int i = 0; i < kAccounts; ++i) {
        const Account account = CreateAccount(absl::StrCat(prefix, "-", w, "-", i), clients);
        Rename(account.name(), absl::StrCat(prefix, " renamed"), clients);
        if (i % 2 == 0) Delete(account.name(), clients);
      }
    });
  }
  const std::vector<Change> changes = Read(watcher, kWriters * kAccounts * 5 / 2);
  for (std::thread& writer : writers) writer.join();
  for (size_t i = 1; i < changes.size(); ++i) {
    EXPECT_GT(changes[i].revision(), changes[i - 1].revision());
  }
  const std::map<std::string, Account> folded = Fold(changes);
  v1::ListAccountsRequest list;
  list.set_filter(absl::StrCat("display_name = \"", prefix, "*\""));
  const std::vector<Account> listed = MustList(api().accounts.ListAccounts(list));
  ASSERT_EQ(listed.size(), folded.size());
  for (const Account& account : listed) {
    ASSERT_EQ(folded.count(account.name()), 1u) << account.name();
    EXPECT_THAT(folded.at(account.name()), EqualsProto(account));
  }
}

TEST_P(WatchTest, TellsWhatBecameOfAnOpportunity) {
  Customer customer(api());
  const v1::Subscription subscription = customer.Subscribe();
  v1::WatchRequest request;
  request.set_resume_token(TokenOfNow());
  request.add_accounts(customer.account());
  request.add_resource_types("Opportunity");
  request.set_include_previous(true);
  client::Watcher watcher = api().history.Watch(request);
  const v1::Opportunity opportunity = customer.Open({subscription.name()});
  customer.BringTo(v1::Opportunity::ADOPTION_REVIEW, opportunity.name());
  Change moved;
  do {
    const std::vector<Change> changes = Read(watcher, 1);
    ASSERT_FALSE(changes.empty());
    moved = changes.back();
  } while (moved.resource().opportunity().stage() != v1::Opportunity::ADOPTION_REVIEW);
  EXPECT_EQ(moved.previous_resource().opportunity().stage(), v1::Opportunity::OUTREACH);
  EXPECT_THAT(moved.changed_fields().paths(), testing::Contains("stage"));
  EXPECT_THAT(moved.changed_fields().paths(), testing::Not(testing::Contains("owner")));
}

TEST_P(WatchTest, AViewerMayWatchAndRefusalsNameTheField) {
  Clients viewer = As(v1::VIEWER);
  const auto refusal = [&](const v1::WatchRequest& request) {
    return viewer.history.Watch(request).Next().status();
  };
  v1::WatchRequest request;
  EXPECT_THAT(viewer.history.Watch(request).Next().status(), IsOk());
  request.add_accounts("acme");
  EXPECT_THAT(refusal(request), IsInvalid("accounts[0]"));
  request.Clear();
  request.add_resource_types("Customer");
  EXPECT_THAT(refusal(request), IsInvalid("resource_types[0]"));
  request.Clear();
  request.set_filter("stage = 1");
  EXPECT_THAT(refusal(request), FailsWith(v1::INVALID_FILTER, ElementsAre("filter")));
  request.Clear();
  request.mutable_heartbeat_interval()->set_seconds(61);
  EXPECT_THAT(refusal(request), IsInvalid("heartbeat_interval"));
  request.Clear();
  request.set_resume_token("from here");
  EXPECT_THAT(refusal(request), FailsWith(v1::INVALID_RESUME_TOKEN, ElementsAre("resume_token")));
}

TEST_P(WatchTest, StopEndsTheWaitForTheNext) {
  client::Watcher watcher = api().history.Watch({});
  Must(watcher.Next().status());
  std::thread stopping([&] { watcher.Stop(); });
  absl::Status status;
  // Changes of other tests may come first.
  while (status.ok()) status = watcher.Next().status();
  stopping.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(watcher.Next().status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace perennial::conformance
