#include "lib/storage/demand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Feedback;
using v1::FeedbackDemand;
using v1::Subscription;

constexpr int64_t kUnit = 1000000;

class DemandTest : public StoreFixture {
 protected:
  // Accounts a to e and products p to r. Of the customers a, b and c, a and b have p, and a and c
  // have q; d has left; e never had anything.
  void MakeCustomers() {
    for (const char* id : {"a", "b", "c", "d", "e"}) {
      v1::Account account;
      account.set_name(absl::StrCat("accounts/", id));
      Create(account);
    }
    for (const char* id : {"p", "q", "r"}) {
      v1::Product product;
      product.set_name(absl::StrCat("products/", id));
      Create(product);
    }
    Subscribe("a", "p", "USD", 100 * kUnit, Subscription::ACTIVE);
    Subscribe("a", "q", "EUR", 50 * kUnit, Subscription::ACTIVE);
    Subscribe("b", "p", "USD", 200 * kUnit + 1, Subscription::PAST_DUE);
    Subscribe("c", "q", "USD", 400 * kUnit, Subscription::ACTIVE);
    Subscribe("d", "p", "USD", 800 * kUnit, Subscription::CANCELLED);
  }

  void Subscribe(const std::string& account, const std::string& product,
                 const std::string& currency, int64_t micros, Subscription::State state) {
    Subscription subscription;
    subscription.set_name(absl::StrCat("accounts/", account, "/subscriptions/", ++created_));
    subscription.set_product("products/" + product);
    *subscription.mutable_arr() = MakeMoney(currency, micros);
    subscription.set_state(state);
    Create(subscription);
  }

  // An idea, received so many seconds after the first that was ever received.
  void Hear(const std::string& account, const std::string& topic, const std::string& product,
            Feedback::State state = Feedback::RECEIVED, int seconds = 0) {
    Feedback feedback;
    feedback.set_name(absl::StrCat("accounts/", account, "/feedback/", ++created_));
    feedback.set_type(Feedback::IDEA);
    feedback.set_topic(topic);
    if (!product.empty()) feedback.set_product("products/" + product);
    feedback.set_state(state);
    feedback.mutable_receive_time()->set_seconds(1700000000 + seconds);
    Create(feedback);
  }

  absl::StatusOr<FeedbackDemand> TryToRead(absl::string_view filter_text = "",
                                           int topic_count = 100) {
    FeedbackDemand demand;
    RETURN_IF_ERROR(store_->Read(Call(), [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Filter filter,
                       Filter::Parse(filter_text, ResourceTable::Of<Feedback>().fields()));
      ASSIGN_OR_RETURN(demand, ReadDemand(filter, topic_count, tx));
      return absl::OkStatus();
    }));
    return demand;
  }

  FeedbackDemand Read(absl::string_view filter_text = "", int topic_count = 100) {
    const auto demand = TryToRead(filter_text, topic_count);
    EXPECT_TRUE(demand.ok()) << demand.status();
    return demand.value_or(FeedbackDemand());
  }

  // "topic product: asking/customers share, undecided/feedback, amounts"
  static std::vector<std::string> Lines(const FeedbackDemand& demand) {
    std::vector<std::string> lines;
    for (const FeedbackDemand::Topic& topic : demand.topics()) {
      std::string& line = lines.emplace_back(absl::StrCat(
          topic.topic(), " ", topic.product(), ": ", topic.asking_count(), "/",
          topic.customer_count(), " ",
          topic.has_share_basis_points() ? absl::StrCat(topic.share_basis_points()) : "-", ", ",
          topic.undecided_count(), "/", topic.feedback_count()));
      for (const v1::Money& arr : topic.arr()) absl::StrAppend(&line, ", ", FormatMoney(arr));
    }
    return lines;
  }

  int created_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, DemandTest, EveryEngine(), EngineName);

TEST_P(DemandTest, TopicsThatDifferInBlanksAreOne) {
  MakeCustomers();
  Hear("a", "Export", "p");
  Hear("b", " Export\u00a0", "p", Feedback::RECEIVED, 1);
  EXPECT_THAT(Lines(Read()),
              ElementsAre("Export products/p: 2/2 10000, 2/2, EUR 50.00, USD 300.000001"));
}

TEST_P(DemandTest, IsNoneWhereNobodySaidAnything) {
  const FeedbackDemand demand = Read();
  EXPECT_THAT(demand.topics(), IsEmpty());
  EXPECT_EQ(demand.total_count(), 0);
  EXPECT_EQ(ToTime(demand.as_of_time()), clock_.Now());
}

TEST_P(DemandTest, CountsTheCustomersWhoAskAmongThoseWhoCould) {
  MakeCustomers();
  Hear("a", "sso", "p");
  Hear("a", "sso", "p", Feedback::DECIDED);
  Hear("b", "sso", "p", Feedback::ACKNOWLEDGED);
  Hear("c", "sso", "p");  // does not have it
  Hear("d", "sso", "p", Feedback::ANSWERED);
  Hear("c", "sso", "");
  Hear("e", "sso", "");
  Hear("a", "dark", "");
  Hear("b", "dark", "");
  Hear("d", "dark", "q");
  Hear("a", "dark", "r");
  Hear("a", "", "p");
  const FeedbackDemand demand = Read();
  EXPECT_THAT(Lines(demand),
              ElementsAre("dark : 2/3 6666, 2/2, EUR 50.00, USD 300.000001",
                          "sso products/p: 2/2 10000, 3/5, EUR 50.00, USD 300.000001",
                          "sso : 1/3 3333, 2/2, USD 400.00",  //
                          "dark products/q: 0/2 0, 1/1",      //
                          "dark products/r: 0/0 -, 1/1"));
  EXPECT_EQ(demand.total_count(), 5);
}

TEST_P(DemandTest, ShowsTheTopicsThatMostAskFor) {
  MakeCustomers();
  Hear("a", "dark", "");
  Hear("a", "sso", "", Feedback::RECEIVED, 20);
  Hear("b", "sso", "", Feedback::RECEIVED, 10);
  const FeedbackDemand demand = Read("", 1);
  ASSERT_THAT(Lines(demand), ElementsAre("sso : 2/3 6666, 2/2, EUR 50.00, USD 300.000001"));
  EXPECT_EQ(demand.topics(0).first_receive_time().seconds(), 1700000010);
  EXPECT_EQ(demand.topics(0).last_receive_time().seconds(), 1700000020);
  EXPECT_EQ(demand.total_count(), 2);
}

TEST_P(DemandTest, CountsWhatAFilterMatches) {
  MakeCustomers();
  Hear("a", "sso", "p");
  Hear("b", "sso", "p", Feedback::RECEIVED, 60);
  const auto of_filter = [&](const std::string& filter) { return Lines(Read(filter)); };
  const std::string only_b = "sso products/p: 1/2 5000, 1/1, USD 200.000001";
  EXPECT_THAT(of_filter("account = \"accounts/b\""), ElementsAre(only_b));
  EXPECT_THAT(of_filter("receive_time > \"2023-11-14T22:13:20Z\" AND type = IDEA"),
              ElementsAre(only_b));
  EXPECT_THAT(of_filter("product = \"products/q\" OR type = PRAISE"), IsEmpty());
}

TEST_P(DemandTest, RefusesSumsThatDoNotFit) {
  MakeCustomers();
  for (int i = 0; i < 10; ++i) {
    Subscribe("c", "q", "EUR", 1000000000000000000, Subscription::ACTIVE);
  }
  Hear("a", "sso", "");
  EXPECT_TRUE(TryToRead().ok());
  Hear("c", "sso", "");
  EXPECT_EQ(TryToRead().status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace perennial
