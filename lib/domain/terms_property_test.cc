// Four hundred years of a customer: terms that roll, are closed early, late and for other lengths,
// and are amended in any order, against a reference that counts on a calendar of its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/domain/amendments.h"
#include "lib/domain/closing.h"
#include "lib/domain/subscriptions.h"

namespace perennial {
namespace {

using absl::CivilDay;
using v1::ArrMovement;
using v1::Subscription;

constexpr int kYears = 400;
constexpr int kCustomers = 40;

// --- the reference ---

int DaysIn(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Months behind a day, one at a time.
CivilDay MonthsBehind(CivilDay start, int months) {
  int year = static_cast<int>(start.year());
  int month = start.month();
  for (int i = 0; i < months; ++i) {
    if (++month > 12) {
      month = 1;
      ++year;
    }
  }
  return CivilDay(year, month, std::min(start.day(), DaysIn(year, month)));
}

// What was said of the ARR: from a day on, within the time that one subscription was in force.
struct Saying {
  CivilDay day;
  int64_t micros;
};
struct Period {
  CivilDay begin, end;
  std::vector<Saying> sayings;  // as they were recorded; the first is what it begins with
};

int64_t ArrOn(CivilDay day, const Period& period) {
  if (day < period.begin) return 0;
  const Saying* counts = &period.sayings.front();
  for (const Saying& saying : period.sayings) {
    if (saying.day <= day && saying.day >= counts->day) counts = &saying;
  }
  return counts->micros;
}

// --- the customer ---

class Life {
 public:
  explicit Life(int seed) : random_(seed) {}

  void Run() {
    const CivilDay start = CivilDay(1900, 1, 1) + Upto(40'000);
    subscription_.set_name("accounts/a/subscriptions/s0");
    subscription_.set_state(Subscription::ACTIVE);
    subscription_.set_term_months(1 + Upto(60));
    *subscription_.mutable_start_date() = ToDate(start);
    *subscription_.mutable_arr() = SomeArr();
    SetTerm(0, subscription_);
    Write(MovementsOf(subscription_));
    periods_ = {{start, CivilDay::max(), {{start, subscription_.arr().micros()}}}};
    while (End() < start + kYears * 366) {
      for (int i = Upto(4); i > 0; --i) Amend();
      months_ += subscription_.term_months();
      ASSERT_EQ(End(), MonthsBehind(start, months_)) << "from " << start;
      if (Upto(3) == 0) {
        RollTerm(subscription_);
      } else {
        Close();
      }
    }
    Compare(start);
  }

 private:
  int Upto(int limit) { return static_cast<int>(random_() % limit); }
  v1::Money SomeArr() { return MakeMoney("USD", Upto(8) == 0 ? 0 : 1 + Upto(1'000'000)); }
  CivilDay End() const { return ToCivilDay(subscription_.term_end_date()); }

  void Write(std::vector<ArrMovement> movements) {
    for (ArrMovement& movement : movements) {
      movement.set_name(absl::StrCat("accounts/a/arrMovements/", ledger_.size()));
      ledger_.push_back(std::move(movement));
    }
  }

  // On any day since it is in force, recorded in any order.
  void Amend() {
    const CivilDay begin = periods_.back().begin;
    const CivilDay day = begin + Upto(static_cast<int>(End() - begin));
    Subscription::Amendment amendment;
    *amendment.mutable_effective_date() = ToDate(day);
    amendment.set_sets_arr(true);
    *amendment.mutable_arr_after() = SomeArr();
    periods_.back().sayings.push_back({day, amendment.arr_after().micros()});
    AddAmendment(std::move(amendment), subscription_);
    SetInForce(begin + Upto(static_cast<int>(End() - begin)), subscription_);
    std::vector<ArrMovement> of_it;
    for (size_t i = first_of_it_; i < ledger_.size(); ++i) {
      if (ledger_[i].subscription() == subscription_.name()) of_it.push_back(ledger_[i]);
    }
    LedgerChange change = ChangeOfLedger(of_it, subscription_);
    Write(std::move(change.reversals));
    Write(std::move(change.additions));
  }

  // As it is or for another length and ARR; a while before the end, or after it.
  void Close() {
    v1::Opportunity opportunity;
    opportunity.set_name("accounts/a/opportunities/o");
    ASSERT_TRUE(SetRenewal({subscription_}, opportunity).ok());
    const CivilDay today = End() - 30 + Upto(50);
    v1::Offer offer = UnchangedTerms({subscription_}, today);
    if (Upto(2) == 0) {
      offer.set_term_months(1 + Upto(60));
      *offer.mutable_lines(0)->mutable_arr() = SomeArr();
    }
    const absl::StatusOr<Closing> closing =
        PlanRenewal(opportunity, {subscription_}, offer, {}, {today, today},
                    [&] { return absl::StrCat("s", ++ids_); });
    ASSERT_TRUE(closing.ok()) << closing.status();
    first_of_it_ = ledger_.size();
    Write(closing->movements);
    subscription_ = closing->created[0];
    const CivilDay begin = EffectiveDay(ToCivilDay(subscription_.start_date()), today);
    periods_.back().end = begin;
    periods_.push_back({begin, CivilDay::max(), {{begin, subscription_.arr().micros()}}});
    // Longer than the delay, so that it is in force within its first term.
    if (End() <= begin) RollTermAfterDelay();
  }

  void RollTermAfterDelay() {
    while (End() <= periods_.back().begin) {
      months_ += subscription_.term_months();
      RollTerm(subscription_);
    }
  }

  void Compare(CivilDay start) {
    std::map<CivilDay, int64_t> deltas;
    for (const ArrMovement& movement : ledger_) {
      deltas[ToCivilDay(movement.effective_date())] += movement.delta().micros();
    }
    int64_t arr = 0;
    auto next = deltas.begin();
    auto period = periods_.begin();
    for (CivilDay day = start - 2; day < End(); ++day) {
      for (; next != deltas.end() && next->first <= day; ++next) arr += next->second;
      while (day >= period->end) ++period;
      ASSERT_EQ(arr, ArrOn(day, *period)) << "on " << day;
    }
  }

  std::mt19937 random_;
  Subscription subscription_;
  std::vector<ArrMovement> ledger_;
  size_t first_of_it_ = 0;  // where the subscription's begin
  std::vector<Period> periods_;
  int months_ = 0;
  int ids_ = 0;
};

TEST(TermsPropertyTest, FourHundredYearsAreAsAReferenceHasThem) {
  for (int seed = 1; seed <= kCustomers && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Life(seed).Run();
  }
}

}  // namespace
}  // namespace perennial
