// Of somebody's leaving all is recorded or nothing, whenever the server is taken away.

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/server_on.h"

namespace perennial::conformance {
namespace {

using v1::Contact;
using v1::Opportunity;

class ContactLeftCrashTest : public testing::TestWithParam<sql::Engine> {
 protected:
  struct Renewal {
    std::string champion;
    Opportunity opportunity;
  };

  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    database_.emplace(GetParam());
    server_.emplace(ServerOn(*database_));
    ASSERT_TRUE(server_->Start().ok());
  }

  static Renewal Prepare(Clients& api) {
    Customer customer(api);
    Renewal renewal{customer.champion(), customer.Open({customer.Subscribe().name()})};
    v1::UpdateOpportunityRequest update;
    update.mutable_opportunity()->set_name(renewal.opportunity.name());
    update.mutable_opportunity()->set_forecast_category(Opportunity::COMMIT);
    renewal.opportunity = Must(api.pipeline.UpdateOpportunity(update));
    return renewal;
  }

  // Whether the champion's leaving is recorded. Fails the test where half of it is.
  static bool HasLeft(const Renewal& renewal, Clients& api) {
    v1::GetContactRequest contact;
    contact.set_name(renewal.champion);
    const bool left = Must(api.accounts.GetContact(contact)).state() == Contact::LEFT;
    v1::GetOpportunityRequest get;
    get.set_name(renewal.opportunity.name());
    const Opportunity opportunity = Must(api.pipeline.GetOpportunity(get));
    EXPECT_EQ(opportunity.forecast_category(), left ? Opportunity::BEST_CASE : Opportunity::COMMIT);
    const auto& reasons = opportunity.risk_reasons();
    EXPECT_EQ(std::count(reasons.begin(), reasons.end(), "CHAMPION_LEFT"), left);
    v1::ListTasksRequest list;
    list.set_parent("accounts/-");
    list.set_filter(absl::StrCat("kind = SUCCESSOR AND note:\"", renewal.champion, "\""));
    EXPECT_EQ(MustList(api.engagement.ListTasks(list)).size(), left ? 1u : 0u);
    return left;
  }

  std::optional<TestDatabase> database_;
  std::optional<client::ThrowawayServer> server_;
};
INSTANTIATE_ON_EVERY_ENGINE(ContactLeftCrashTest);

TEST_P(ContactLeftCrashTest, LeavesNothingHalfDone) {
  constexpr int kRounds = 3, kCallers = 4, kEach = 8;
  for (int round = 0; round < kRounds; ++round) {
    auto connection = client::Connect(server_->target());
    Clients api(connection);
    std::vector<Renewal> renewals;
    for (int i = 0; i < kCallers * kEach; ++i) renewals.push_back(Prepare(api));

    // Killed once a third of them are answered; those that ask it then are refused.
    std::atomic<int> answered = 0;
    absl::Notification enough;
    std::vector<std::vector<const Renewal*>> recorded(kCallers);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        client::CallOptions once;
        once.retry = client::RetryPolicy{1, {}, {}};
        for (int i = 0; i < kEach; ++i) {
          const Renewal& renewal = renewals[caller * kEach + i];
          v1::MarkContactLeftRequest request;
          request.set_name(renewal.champion);
          if (!api.accounts.MarkContactLeft(request, once).ok()) continue;
          recorded[caller].push_back(&renewal);
          if (++answered == kCallers * kEach / 3) enough.Notify();
        }
      });
    }
    enough.WaitForNotification();
    server_->Kill();
    for (std::thread& caller : callers) caller.join();
    ASSERT_TRUE(server_->Start().ok());

    connection = client::Connect(server_->target());
    Clients after(connection);
    for (const auto& list : recorded) {
      for (const Renewal* renewal : list) {
        EXPECT_TRUE(HasLeft(*renewal, after)) << "it was answered";
      }
    }
    for (const Renewal& renewal : renewals) HasLeft(renewal, after);
  }
}

}  // namespace
}  // namespace perennial::conformance
