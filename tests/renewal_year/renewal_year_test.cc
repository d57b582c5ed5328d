// A renewal year, from nothing due to the next renewal. renewal_year_test.py tells the same.
//
// It is written and built as another team's integration test would be: with the installed library.

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/substitute.h"
#include "perennial/client/account_client.h"
#include "perennial/client/adoption_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/errors.h"
#include "perennial/client/expansion_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"
#include "perennial/testing/builders.h"
#include "perennial/testing/log_on_failure.h"
#include "perennial/testing/throwaway_server.h"

namespace {

namespace client = perennial::client;
namespace v1 = perennial::v1;
using ::v1::Opportunity;

constexpr char kCustomer[] = "accounts/northwind";
constexpr char kDecider[] = "accounts/northwind/contacts/vera";
constexpr char kPlan[] = "accounts/northwind/subscriptions/plan-2024";

// The renewals of an account that are under way.
constexpr char kOpen[] = "parent: '$0' filter: 'outcome = OPEN'";

constexpr int64_t Micros(int64_t units) { return units * 1'000'000; }

client::ThrowawayServerOptions ServerOptions() {
  client::ThrowawayServerOptions options;
  options.clock = "2025-01-01";
  options.seed = SEED;
  return options;
}

struct Api {
  explicit Api(const std::shared_ptr<client::Connection>& connection)
      : accounts(connection),
        adoption(connection),
        clock(connection),
        engagement(connection),
        expansion(connection),
        pipeline(connection),
        subscriptions(connection) {}

  client::AccountClient accounts;
  client::AdoptionClient adoption;
  client::ClockClient clock;
  client::EngagementClient engagement;
  client::ExpansionClient expansion;
  client::PipelineClient pipeline;
  client::SubscriptionClient subscriptions;
};

// A request from its text, in which $0, $1, ... stand for the arguments.
template <class Request, class... Arguments>
Request Parse(const char* text, const Arguments&... arguments) {
  const std::string request_text = absl::Substitute(text, arguments...);
  Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(request_text, &request))
      << request_text;
  return request;
}

template <class T>
T Must(absl::StatusOr<T> result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : T();
}

template <class Request, class Response, class... Arguments>
Response Call(const client::UnaryMethod<Request, Response>& method, const char* text,
              const Arguments&... arguments) {
  return Must(method(Parse<Request>(text, arguments...)));
}

template <class Request, class Response, class Item, class... Arguments>
std::vector<Item> List(const client::ListMethod<Request, Response, Item>& method, const char* text,
                       const Arguments&... arguments) {
  std::vector<Item> items;
  for (absl::StatusOr<Item>& item : method(Parse<Request>(text, arguments...))) {
    items.push_back(Must(item));
  }
  return items;
}

class RenewalYearTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::Status started = server_.Start();
    ASSERT_TRUE(started.ok()) << started;
    client::ConnectionOptions options;
    options.calls.actor = "ada@example.com";
    api_ = std::make_unique<Api>(client::Connect(server_.target(), options));
  }

  Api& api() { return *api_; }

  Opportunity::Stage Advance(const std::string& renewal) {
    return Call(api().pipeline.AdvanceOpportunity, "name: '$0'", renewal).stage();
  }

  // The criteria that advancing is refused for.
  std::vector<std::string> UnmetOf(const std::string& renewal) {
    const absl::Status refused =
        api()
            .pipeline
            .AdvanceOpportunity(Parse<v1::AdvanceOpportunityRequest>("name: '$0'", renewal))
            .status();
    EXPECT_EQ(client::ReasonOf(refused), v1::GATE_UNMET);
    std::vector<std::string> unmet;
    for (const auto& each : client::ViolationsOf(refused)) unmet.push_back(each.subject);
    return unmet;
  }

 private:
  client::ThrowawayServer server_{ServerOptions()};
  const client::LogOnFailure log_on_failure_{server_};
  std::unique_ptr<Api> api_;
};

TEST_F(RenewalYearTest, RenewalYear) {
  // In January nothing is due: the term ends on 2025-06-01.
  EXPECT_EQ(Call(api().pipeline.OpenDueOpportunities, "parent: 'accounts/-'").opened_count(), 0);

  // In February the renewal has opened by itself, once.
  Call(api().clock.MoveTime, "days: 40");
  std::vector<Opportunity> open = List(api().pipeline.ListOpportunities, kOpen, kCustomer);
  ASSERT_EQ(open.size(), 1u);
  const std::string renewal = open[0].name();
  EXPECT_EQ(open[0].stage(), Opportunity::OUTREACH);
  EXPECT_EQ(open[0].subscriptions(0), kPlan);
  EXPECT_EQ(Call(api().pipeline.OpenDueOpportunities, "parent: 'accounts/-'").opened_count(), 0);

  // OUTREACH is left when somebody who decides was reached and given something. Until then the
  // gate says what is missing.
  EXPECT_EQ(UnmetOf(renewal),
            (std::vector<std::string>{"DECISION_ROLE_REACHED", "CONTACTS_VERIFIED",
                                      "GAVE_BEFORE_ASKING"}));
  Call(api().engagement.CreateTouch, R"(
         parent: '$0'
         touch { channel: PHONE direction: OUTBOUND disposition: CONNECTED intent: GIVE
                 contacts: '$1' })",
       kCustomer, kDecider);
  Call(api().accounts.VerifyContact, "name: '$0'", kDecider);
  EXPECT_EQ(Advance(renewal), Opportunity::ADOPTION_REVIEW);

  // ADOPTION_REVIEW: what they do not use was shown to them, or set aside.
  Call(api().clock.MoveTime, "days: 20");
  Call(api().adoption.CreateAdoptionReview, R"(
         parent: '$0'
         adoption_review {
           contacts: '$1'
           outcomes { goal: 'One report for all sites' result: ACHIEVED }
           capabilities { capability: 'products/plan/capabilities/reports' presented: true }
           capabilities { capability: 'products/plan/capabilities/alerts'
                          reason: 'They have others' }
         })",
       kPlan, kDecider);
  EXPECT_EQ(Advance(renewal), Opportunity::UPSELL);

  // UPSELL: five more seats, which they want.
  const v1::Proposal proposal = Call(api().expansion.CreateProposal, R"(
         parent: '$0'
         proposal { type: UPSELL subscription: '$1' seats: 5
                    arr { currency_code: 'USD' micros: $2 } })",
                                     renewal, kPlan, Micros(6000));
  Call(api().expansion.AcceptProposal, "name: '$0'", proposal.name());
  EXPECT_EQ(Advance(renewal), Opportunity::RENEWAL);

  // RENEWAL: an offer, accepted by her who decides.
  Call(api().clock.MoveTime, "days: 30");
  const v1::Offer offer = Call(api().pipeline.CreateOffer, R"(
         parent: '$0' offer { term_months: 12 arr { currency_code: 'USD' micros: $1 } })",
                               renewal, Micros(12500));
  Call(api().pipeline.SendOffer, "name: '$0'", offer.name());
  Call(api().pipeline.AcceptOffer, "name: '$0' decided_by: '$1'", offer.name(), kDecider);
  const Opportunity closed =
      Call(api().pipeline.CloseOpportunity, "name: '$0' outcome: RENEWED", renewal);
  EXPECT_EQ(closed.outcome(), Opportunity::RENEWED);
  EXPECT_EQ(closed.closed_arr().micros(), Micros(18500));

  // The ledger says what became of the ARR, to the cent.
  int64_t arr = 0;
  for (const auto& each : List(api().subscriptions.ListArrMovements, "parent: '$0'", kCustomer)) {
    arr += each.delta().micros();
  }
  EXPECT_EQ(arr, Micros(18500));

  // A year later the next renewal opens by itself, with what was agreed on in this one.
  Call(api().clock.MoveTime, "days: 365");
  open = List(api().pipeline.ListOpportunities, kOpen, kCustomer);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].stage(), Opportunity::OUTREACH);
  EXPECT_EQ(open[0].arr().micros(), Micros(18500));
  EXPECT_EQ(open[0].renewal_date().year(), 2026);
  EXPECT_EQ(open[0].renewal_date().month(), 6);
  EXPECT_TRUE(List(api().subscriptions.ListUncoveredSubscriptions, "parent: 'accounts/-'").empty());
}

// In the midst of a year, without the way there.
TEST(BuiltRenewalTest, IsInTheStageThatIsAskedFor) {
  client::ThrowawayServerOptions options;
  options.seed_with = {client::a_renewal().in(Opportunity::UPSELL).of(50'000)};
  client::ThrowawayServer server(options);
  const absl::Status started = server.Start();
  ASSERT_TRUE(started.ok()) << started;
  const Api api(client::Connect(server.target()));
  const std::vector<Opportunity> open =
      List(api.pipeline.ListOpportunities, kOpen, "accounts/customer-1");
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].stage(), Opportunity::UPSELL);
  EXPECT_EQ(open[0].arr().micros(), Micros(50'000));
}

}  // namespace
