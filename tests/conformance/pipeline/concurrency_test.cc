// Many callers at once, on one server and on two.

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"
#include "tests/support/server_on.h"

namespace perennial::conformance {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::Opportunity;

constexpr int kCallers = 12;

// Runs `call` that many times at once and answers how it went for each.
std::vector<absl::Status> AtOnce(int callers, const std::function<absl::Status(int)>& call) {
  std::vector<absl::Status> statuses(callers);
  std::atomic<int> waiting{callers};
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      statuses[i] = call(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return statuses;
}

class ConcurrencyTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }

  // One is OK, and the others fail for this reason.
  void ExpectOneWins(const std::vector<absl::Status>& statuses, v1::ErrorReason reason) {
    int winners = 0;
    for (const absl::Status& status : statuses) {
      if (status.ok()) {
        ++winners;
      } else {
        EXPECT_THAT(status, FailsWith(reason));
      }
    }
    EXPECT_EQ(winners, 1);
  }

  std::string Offer(const std::string& opportunity) {
    v1::SendOfferRequest send;
    send.set_name(
        customer().MakeOffer(opportunity, "arr {currency_code: 'USD' micros: 1000000}").name());
    return Must(api().pipeline.SendOffer(send)).name();
  }

 private:
  std::optional<Customer> customer_;
};
INSTANTIATE_ON_EVERY_ENGINE(ConcurrencyTest);

TEST_P(ConcurrencyTest, OneOfManyMovesAnOpportunityOutOfEachStage) {
  const std::string name = customer().Open({customer().Subscribe().name()}).name();
  customer().BringTo(Opportunity::RENEWAL, name);
  v1::ReturnOpportunityRequest back;
  back.set_name(name);
  back.set_to_stage(Opportunity::OUTREACH);
  back.set_reason("Once more");
  Must(api().pipeline.ReturnOpportunity(back));
  for (const auto stage :
       {Opportunity::OUTREACH, Opportunity::ADOPTION_REVIEW, Opportunity::UPSELL}) {
    ExpectOneWins(AtOnce(kCallers,
                         [&](int) {
                           v1::AdvanceOpportunityRequest advance;
                           advance.set_name(name);
                           advance.set_from_stage(stage);
                           return api().pipeline.AdvanceOpportunity(advance).status();
                         }),
                  v1::WRONG_STATE);
  }
  EXPECT_EQ(customer().Transitions(name).size(), 4u + 1 + 3);
}

TEST_P(ConcurrencyTest, OneOfManyClosesAnOpportunity) {
  const std::string name = customer().Open({customer().Subscribe().name()}).name();
  Opportunity renewal = customer().BringTo(Opportunity::RENEWAL, name);
  customer().Earn(renewal);
  ExpectOneWins(
      AtOnce(kCallers,
             [&](int i) {
               v1::CloseOpportunityRequest close;
               close.set_name(name);
               close.set_outcome(i % 2 == 0 ? Opportunity::RENEWED : Opportunity::CHURNED);
               if (i % 2 != 0) close.set_churn_reason(v1::PRICE);
               return api().pipeline.CloseOpportunity(close).status();
             }),
      v1::WRONG_STATE);
  const absl::CivilDay end = ToCivilDay(renewal.renewal_date());
  EXPECT_EQ(customer().Arr(end),
            customer().Get(renewal).outcome() == Opportunity::RENEWED ? 12000 : 0);
}

TEST_P(ConcurrencyTest, OneOfManyOffersIsAccepted) {
  const std::string opportunity = customer().Open({customer().Subscribe().name()}).name();
  std::vector<std::string> offers;
  for (int i = 0; i < kCallers; ++i) offers.push_back(Offer(opportunity));
  ExpectOneWins(AtOnce(kCallers,
                       [&](int i) {
                         v1::AcceptOfferRequest accept;
                         accept.set_name(offers[i]);
                         accept.set_decided_by(customer().champion());
                         return api().pipeline.AcceptOffer(accept).status();
                       }),
                v1::WRONG_STATE);
}

TEST_P(ConcurrencyTest, NothingIsAcceptedThatClosingDidNotSee) {
  const std::string opportunity = customer().Open({customer().Subscribe().name()}).name();
  customer().Earn(customer().BringTo(Opportunity::RENEWAL, opportunity));
  std::vector<std::string> proposals;
  for (int i = 0; i < kCallers; ++i) {
    proposals.push_back(
        customer()
            .Propose(opportunity, absl::StrCat("type: CROSS_SELL product: '", customer().product(),
                                               "' arr {currency_code: 'USD' micros: 1000000}"))
            .name());
  }
  AtOnce(kCallers + 1, [&](int i) {
    if (i == kCallers) {
      v1::CloseOpportunityRequest close;
      close.set_name(opportunity);
      close.set_outcome(Opportunity::RENEWED);
      return api().pipeline.CloseOpportunity(close).status();
    }
    v1::AcceptProposalRequest accept;
    accept.set_name(proposals[i]);
    return api().expansion.AcceptProposal(accept).status();
  });
  v1::ListProposalsRequest list;
  list.set_parent(opportunity);
  list.set_filter("state = ACCEPTED");
  const auto accepted = MustList(api().expansion.ListProposals(list));
  const auto closed = customer().Opportunities()[0];
  ASSERT_EQ(closed.outcome(), Opportunity::RENEWED);
  EXPECT_EQ(UnitsOf(closed.closed_arr()), 12000 + static_cast<int64_t>(accepted.size()));
}

TEST_P(ConcurrencyTest, ChangesOfOneResourceAllArrive) {
  const auto statuses = AtOnce(kCallers, [&](int i) {
    v1::UpdateAccountRequest update;
    update.mutable_account()->set_name(customer().account());
    (*update.mutable_account()->mutable_labels())[absl::StrCat("label", i)] = "here";
    update.mutable_update_mask()->add_paths(absl::StrCat("labels.label", i));
    return api().accounts.UpdateAccount(update).status();
  });
  for (const absl::Status& status : statuses) EXPECT_THAT(status, IsOk());
  v1::GetAccountRequest get;
  get.set_name(customer().account());
  EXPECT_EQ(Must(api().accounts.GetAccount(get)).labels_size(), kCallers);
}

TEST_P(ConcurrencyTest, OneOfManyWithTheSameEtagWins) {
  v1::GetAccountRequest get;
  get.set_name(customer().account());
  v1::UpdateAccountRequest update;
  *update.mutable_account() = Must(api().accounts.GetAccount(get));
  update.mutable_update_mask()->add_paths("note");
  ExpectOneWins(AtOnce(kCallers,
                       [&](int i) {
                         v1::UpdateAccountRequest mine = update;
                         mine.mutable_account()->set_note(absl::StrCat("note ", i));
                         return api().accounts.UpdateAccount(mine).status();
                       }),
                v1::ETAG_MISMATCH);
}

TEST_P(ConcurrencyTest, OneRequestIsCarriedOutOnceHoweverOftenItIsSent) {
  v1::CreateContactRequest create;
  create.set_parent(customer().account());
  create.mutable_contact()->set_display_name("Once");
  create.set_request_id(UniqueId("once"));
  std::vector<v1::Contact> answers(kCallers);
  AtOnce(kCallers, [&](int i) {
    auto answer = api().accounts.CreateContact(create);
    if (answer.ok()) answers[i] = *answer;
    return answer.status();
  });
  for (const v1::Contact& answer : answers) EXPECT_THAT(answer, EqualsProto(answers[0]));
  v1::ListContactsRequest list;
  list.set_parent(customer().account());
  list.set_filter("display_name = \"Once\"");
  EXPECT_EQ(MustList(api().accounts.ListContacts(list)).size(), 1u);
}

TEST_P(ConcurrencyTest, DueRenewalsOpenOnceHoweverManyLook) {
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    names.push_back(customer().Subscribe("start_date {year: 2024 month: 2 day: 1}").name());
  }
  v1::OpenDueOpportunitiesRequest due;
  due.set_parent(customer().account());
  std::atomic<int64_t> opened{0};
  const auto statuses = AtOnce(kCallers, [&](int) {
    const auto answer = api().pipeline.OpenDueOpportunities(due);
    if (answer.ok()) opened += answer->opened_count();
    return answer.status();
  });
  for (const absl::Status& status : statuses) EXPECT_THAT(status, IsOk());
  EXPECT_EQ(opened, 1);
  const auto opportunities = customer().Opportunities();
  ASSERT_EQ(opportunities.size(), 1u);
  EXPECT_THAT(opportunities[0].subscriptions(), testing::UnorderedElementsAreArray(names));
}

TEST_P(ConcurrencyTest, AParentDoesNotGoWhileAChildComes) {
  for (int round = 0; round < 5; ++round) {
    v1::CreateAccountRequest create;
    create.set_account_id(UniqueId("brief"));
    create.mutable_account()->set_display_name("Brief");
    const std::string account = Must(api().accounts.CreateAccount(create)).name();
    const auto statuses = AtOnce(4, [&](int i) {
      if (i == 0) {
        v1::DeleteAccountRequest erase;
        erase.set_name(account);
        return api().accounts.DeleteAccount(erase);
      }
      v1::CreateContactRequest child;
      child.set_parent(account);
      child.mutable_contact()->set_display_name("A child");
      return api().accounts.CreateContact(child).status();
    });
    v1::ListContactsRequest list;
    list.set_parent(account);
    const bool childless = MustList(api().accounts.ListContacts(list)).empty();
    EXPECT_EQ(statuses[0].ok(), childless) << Describe(statuses[0]);
    for (int i = 1; i < 4; ++i) EXPECT_EQ(statuses[i].ok(), !childless) << Describe(statuses[i]);
  }
}

class ReplicasTest : public ConcurrencyTest {
 protected:
  void SetUp() override {
    ConcurrencyTest::SetUp();
    if (IsSkipped()) return;
    if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "SQLite takes one server at a time";
  }
};
INSTANTIATE_ON_EVERY_ENGINE(ReplicasTest);

TEST_P(ReplicasTest, OpenEachRenewalOnce) {
  client::ThrowawayServer other(
      ServerOn(database(), {"--clock=manual:2025-01-01", "--renewal-job-seconds=0",
                            "--review-job-seconds=0", "--gesture-job-seconds=0"}));
  ASSERT_THAT(other.Start(), IsOk());
  Clients replica(client::Connect(other.target()));
  std::vector<std::optional<Customer>> customers(20);
  for (auto& each : customers) {
    each.emplace(api());
    each->Subscribe("start_date {year: 2024 month: 2 day: 1}");
  }
  v1::OpenDueOpportunitiesRequest due;
  due.set_parent("accounts/-");
  std::atomic<int64_t> opened{0};
  const auto statuses = AtOnce(2, [&](int i) {
    const auto answer = (i == 0 ? api() : replica).pipeline.OpenDueOpportunities(due);
    if (answer.ok()) opened += answer->opened_count();
    return answer.status();
  });
  for (const absl::Status& status : statuses) EXPECT_THAT(status, IsOk());
  EXPECT_GE(opened, 20);
  for (auto& each : customers) EXPECT_EQ(each->Opportunities().size(), 1u);
  // What one wrote the other one reads, at once.
  const Opportunity opportunity = customers[0]->Opportunities()[0];
  v1::GetOpportunityRequest get;
  get.set_name(opportunity.name());
  EXPECT_THAT(Must(replica.pipeline.GetOpportunity(get)), EqualsProto(opportunity));
  EXPECT_EQ(other.Stop(), 0);
}

TEST_P(ReplicasTest, KeepOneHistory) {
  client::ThrowawayServer other(
      ServerOn(database(), {"--clock=manual:2025-01-01", "--renewal-job-seconds=0",
                            "--review-job-seconds=0", "--gesture-job-seconds=0"}));
  ASSERT_THAT(other.Start(), IsOk());
  Clients replica(client::Connect(other.target()));
  const int64_t before = LatestRevision();
  AtOnce(8, [&](int i) {
    for (int n = 0; n < 10; ++n) {
      v1::CreateContactRequest create;
      create.set_parent(customer().account());
      create.mutable_contact()->set_display_name("One of many");
      Must((i % 2 == 0 ? api() : replica).accounts.CreateContact(create));
    }
    return absl::OkStatus();
  });
  v1::ListChangesRequest list;
  list.set_filter(absl::StrCat("revision > ", before));
  const auto here = MustList(api().history.ListChanges(list));
  const auto there = MustList(replica.history.ListChanges(list));
  ASSERT_EQ(here.size(), 80u);
  ASSERT_EQ(there.size(), 80u);
  for (size_t i = 0; i < here.size(); ++i) EXPECT_THAT(there[i], EqualsProto(here[i]));
  EXPECT_EQ(other.Stop(), 0);
}

class OneServerTest : public EngineTest {};
INSTANTIATE_ON_EVERY_ENGINE(OneServerTest);

TEST_P(OneServerTest, ServesAnSqliteFile) {
  if (GetParam() != sql::Engine::kSqlite) GTEST_SKIP() << "MySQL takes many";
  client::ThrowawayServer other(ServerOn(database()));
  const absl::Status status = other.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("another process"));
}

}  // namespace
}  // namespace perennial::conformance
