#include "lib/storage/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/cadence.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "tests/support/parse_text.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Opportunity;
using v1::Task;
using v1::Touch;

constexpr absl::CivilDay kToday(2025, 6, 1);
constexpr absl::CivilDay kDue(2025, 7, 1);

absl::Time Noon(absl::CivilDay day) {
  return absl::FromCivil(absl::CivilHour(day) + 12, absl::UTCTimeZone());
}

// What a reading says of one account, for people.
std::string Describe(const ReachAccount& account) {
  std::string text = absl::StrCat(account.account.name(), " ", account.account.segment(), ":");
  for (const DueRenewal& renewal : account.due) {
    absl::StrAppend(&text, " ", IdOf(renewal.opportunity.name()), "[");
    for (const ReachStep& step : renewal.steps) {
      absl::StrAppend(&text, FormatDate(ToDate(step.due)), Task::State_Name(step.state),
                      step.state == Task::DONE ? FormatDate(ToDate(step.done)) : "",
                      step.ended_by_closing ? "*" : "", " ");
    }
    for (const std::string& product : renewal.products) absl::StrAppend(&text, product, " ");
    text += "]";
  }
  absl::StrAppend(&text, " cycles");
  std::set<std::string> cycles;  // they are in no order
  for (const Cycle& cycle : account.cycles) {
    cycles.insert(absl::StrCat(" ", FormatUtc(cycle.begin), "..", FormatUtc(cycle.end)));
  }
  absl::StrAppend(&text, absl::StrJoin(cycles, ""));
  absl::StrAppend(&text, " touches");
  for (const ReachTouch& touch : account.touches) {
    absl::StrAppend(&text, " ", FormatUtc(touch.time), v1::Channel_Name(touch.channel),
                    Touch::Direction_Name(touch.direction),
                    Touch::Disposition_Name(touch.disposition));
  }
  return text;
}

class ReachTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (IsSkipped()) return;
    clock_.Raise(Noon(kToday));
    query_.start = kDue;
    query_.end = kDue;
  }

  void Write(absl::FunctionRef<absl::Status(WriteTx&)> fn) {
    const absl::Status status = store_->Apply(call_, fn);
    ASSERT_TRUE(status.ok()) << status;
  }

  static v1::Account MakeAccount(const std::string& name) {
    return ParseText<v1::Account>(absl::StrCat("name: '", name, "' segment: 'big'"));
  }
  // Open since 1 May.
  static Opportunity MakeOpportunity(const std::string& name, absl::CivilDay due = kDue) {
    Opportunity opportunity;
    opportunity.set_name(name);
    opportunity.set_outcome(Opportunity::OPEN);
    *opportunity.mutable_arr() = MakeMoney("EUR", 1);
    *opportunity.mutable_renewal_date() = ToDate(due);
    *opportunity.mutable_open_time() = ToTimestamp(Noon(absl::CivilDay(2025, 5, 1)));
    return opportunity;
  }
  static Touch MakeTouch(const std::string& name, absl::CivilDay day) {
    Touch touch = ParseText<Touch>("channel: EMAIL direction: OUTBOUND disposition: NO_REPLY");
    touch.set_name(name);
    *touch.mutable_touch_time() = ToTimestamp(Noon(day));
    return touch;
  }

  void WaitAnHour() { clock_.Raise(clock_.Now() + absl::Hours(1)); }

  // What the live tables say.
  std::vector<std::string> Read() {
    std::vector<std::string> accounts;
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) {
      accounts.clear();
      return ReadReach(query_, tx, Into(accounts));
    });
    EXPECT_TRUE(status.ok()) << status;
    return accounts;
  }
  // What the history says.
  std::vector<std::string> ReadPast(absl::Time as_of) {
    std::vector<std::string> accounts;
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) {
      accounts.clear();
      return ReadPastReach(query_, as_of, tx, Into(accounts));
    });
    EXPECT_TRUE(status.ok()) << status;
    return accounts;
  }

  std::function<absl::StatusOr<bool>(const ReachAccount&)> Into(
      std::vector<std::string>& accounts) {
    return [this, &accounts](const ReachAccount& account) {
      accounts.push_back(Describe(account));
      return accounts.size() < limit_;
    };
  }

  ReachQuery query_;
  size_t limit_ = 1'000'000;
};
INSTANTIATE_TEST_SUITE_P(Engines, ReachTest, EveryEngine(), EngineName);

TEST_P(ReachTest, ReadsWhatCountsOfAnAccount) {
  Create(ParseText<v1::Product>("name: 'products/p'"));
  Create(MakeAccount("accounts/a"));
  Create(ParseText<v1::Subscription>("name: 'accounts/a/subscriptions/s' product: 'products/p'"));
  Opportunity due = MakeOpportunity("accounts/a/opportunities/due");
  due.add_subscriptions("accounts/a/subscriptions/s");
  Create(due);
  Opportunity closed = MakeOpportunity("accounts/a/opportunities/last", absl::CivilDay(2024, 7, 1));
  *closed.mutable_open_time() = ToTimestamp(Noon(absl::CivilDay(2024, 5, 1)));
  *closed.mutable_close_time() = ToTimestamp(Noon(absl::CivilDay(2024, 6, 1)));
  closed.set_outcome(Opportunity::RENEWED);
  Create(closed);
  Task task = ParseText<Task>(R"(
    name: 'accounts/a/tasks/1' kind: CADENCE opportunity: 'accounts/a/opportunities/due'
    state: SKIPPED due_date {year: 2025 month: 5 day: 10})");
  task.set_state_reason(kEndedByClosing);
  Create(task);
  task.set_name("accounts/a/tasks/2");
  task.set_kind(Task::OTHER);
  Create(task);
  Create(MakeTouch("accounts/a/touches/b", absl::CivilDay(2025, 5, 2)));
  Create(MakeTouch("accounts/a/touches/a", absl::CivilDay(2025, 5, 3)));

  const std::string cycles =
      "cycles 2024-05-01T12:00:00Z..2024-06-01T12:00:00Z "
      "2025-05-01T12:00:00Z..2025-06-01T12:00:00Z";
  const std::string touches =
      "touches 2025-05-02T12:00:00ZEMAILOUTBOUNDNO_REPLY "
      "2025-05-03T12:00:00ZEMAILOUTBOUNDNO_REPLY";
  const auto by_segment =
      ElementsAre(absl::StrCat("accounts/a big: due[2025-05-10SKIPPED* ] ", cycles, " ", touches));
  query_.slice_by = v1::SEGMENT;
  EXPECT_THAT(Read(), by_segment);
  EXPECT_THAT(ReadPast(Noon(kToday)), by_segment);
  const auto by_product = ElementsAre(
      absl::StrCat("accounts/a : due[2025-05-10SKIPPED* products/p ] ", cycles, " ", touches));
  query_.slice_by = v1::PRODUCT;
  EXPECT_THAT(Read(), by_product);
  EXPECT_THAT(ReadPast(Noon(kToday)), by_product);
}

TEST_P(ReachTest, GoesThroughManyAccounts) {
  constexpr int kAccounts = 180;
  std::vector<std::string> expected;
  Write([&](WriteTx& tx) -> absl::Status {
    for (int i = 0; i < kAccounts; ++i) {
      // accounts/m-... is before accounts/m/...
      const std::string name =
          i == 0 ? "accounts/m" : absl::StrFormat("accounts/%s%03d", i % 2 ? "m-" : "z", i);
      RETURN_IF_ERROR(tx.Create(MakeAccount(name)).status());
      const int renewals = i == 0 ? 700 : 3;
      for (int j = 0; j < renewals; ++j) {
        RETURN_IF_ERROR(
            tx.Create(MakeOpportunity(absl::StrFormat("%s/opportunities/%04d", name, j))).status());
      }
      for (int j = 0; j < 6; ++j) {
        RETURN_IF_ERROR(
            tx.Create(MakeTouch(absl::StrCat(name, "/touches/", j), absl::CivilDay(2025, 5, 2 + j)))
                .status());
      }
      expected.push_back(name);
    }
    return absl::OkStatus();
  });
  std::sort(expected.begin(), expected.end(), [](const std::string& a, const std::string& b) {
    return absl::StrCat(a, "/") < absl::StrCat(b, "/");
  });
  const auto names = [](const std::vector<std::string>& accounts) {
    std::vector<std::string> found;
    for (const std::string& account : accounts)
      found.push_back(account.substr(0, account.find(' ')));
    return found;
  };
  const std::vector<std::string> live = Read();
  EXPECT_EQ(names(live), expected);
  query_.slice_by = v1::SEGMENT;
  EXPECT_EQ(Read(), ReadPast(Noon(kToday)));
  // Those from one on, and no more than are wanted.
  query_.from_account = "accounts/m";
  limit_ = 2;
  EXPECT_THAT(names(Read()), ElementsAre("accounts/m", "accounts/z002"));
  EXPECT_THAT(names(ReadPast(Noon(kToday))), ElementsAre("accounts/m", "accounts/z002"));
}

TEST_P(ReachTest, ThePastKnowsWhatWasThere) {
  Create(MakeAccount("accounts/a"));
  EXPECT_THAT(ReadPast(Noon(kToday)), IsEmpty());
  WaitAnHour();
  Create(MakeOpportunity("accounts/a/opportunities/o"));
  Create(MakeTouch("accounts/a/touches/t", absl::CivilDay(2025, 5, 2)));
  const absl::Time there = clock_.Now();
  const std::vector<std::string> before = ReadPast(there);
  EXPECT_THAT(before, ElementsAre(testing::HasSubstr("2025-05-02T12:00:00ZEMAIL")));

  WaitAnHour();
  Write([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Touch touch, tx.Get<Touch>("accounts/a/touches/t"));
    touch.set_channel(v1::PHONE);
    return tx.Update(touch).status();
  });
  EXPECT_THAT(ReadPast(clock_.Now()), ElementsAre(testing::HasSubstr("ZPHONE")));
  WaitAnHour();
  Write([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Touch touch, tx.Get<Touch>("accounts/a/touches/t"));
    RETURN_IF_ERROR(tx.Delete(touch));
    ASSIGN_OR_RETURN(const Opportunity opportunity,
                     tx.Get<Opportunity>("accounts/a/opportunities/o"));
    RETURN_IF_ERROR(tx.Delete(opportunity));
    ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>("accounts/a"));
    return tx.Delete(account);
  });
  EXPECT_THAT(ReadPast(clock_.Now()), IsEmpty());
  EXPECT_EQ(ReadPast(there), before);
}

TEST_P(ReachTest, ThePastKnowsTheLatestOfManyChanges) {
  Create(MakeAccount("accounts/a"));
  Create(MakeOpportunity("accounts/a/opportunities/o"));
  // With it, as many changes as are read at once, and one more.
  Write([](WriteTx& tx) -> absl::Status {
    for (int i = 1; i <= 2000; ++i) {
      ASSIGN_OR_RETURN(Opportunity opportunity, tx.Get<Opportunity>("accounts/a/opportunities/o"));
      // It is due from the last one on.
      if (i < 2000) opportunity.set_owner(absl::StrCat("owner ", i));
      const absl::CivilDay due = i < 2000 ? kDue + 1 : kDue;
      *opportunity.mutable_renewal_date() = ToDate(due);
      RETURN_IF_ERROR(tx.Update(std::move(opportunity)).status());
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(ReadPast(Noon(kToday)), Read());
  EXPECT_EQ(Read().size(), 1u);
}

TEST_P(ReachTest, FiltersAlike) {
  for (const char* id : {"a", "b"}) {
    v1::Account account = MakeAccount(absl::StrCat("accounts/", id));
    account.set_owner(id);
    Create(account);
    Opportunity opportunity = MakeOpportunity(absl::StrCat(account.name(), "/opportunities/o"));
    opportunity.set_owner(absl::StrCat("not ", id));
    Create(opportunity);
  }
  const auto parse = [](const char* text, const FieldTable& table) {
    return Filter::Parse(text, table).value();
  };
  const auto only_b = ElementsAre(testing::StartsWith("accounts/b"));
  query_.account_filter = parse("owner = \"b\"", ResourceTable::Of<v1::Account>().fields());
  EXPECT_THAT(Read(), only_b);
  EXPECT_THAT(ReadPast(Noon(kToday)), only_b);
  query_.filter = parse("owner = \"not b\"", ResourceTable::Of<Opportunity>().fields());
  EXPECT_THAT(Read(), only_b);
  query_.account_filter = Filter();
  EXPECT_THAT(Read(), only_b);
  EXPECT_THAT(ReadPast(Noon(kToday)), only_b);
}

}  // namespace
}  // namespace perennial
