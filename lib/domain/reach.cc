#include "lib/domain/reach.h"

#include <algorithm>
#include <set>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "lib/domain/gates.h"

namespace perennial {

using v1::Opportunity;
using v1::ReachReport;
using v1::Task;
using v1::Touch;

namespace {

constexpr int kMostAttempts = 10;
constexpr size_t kMostSlices = 1000;

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }
absl::Time StartOf(absl::CivilDay day) { return absl::FromCivil(day, absl::UTCTimeZone()); }

void CountTouches(const std::vector<ReachTouch>& touches, const Cycle& cycle, RenewalReach& reach) {
  const auto before = [](const ReachTouch& touch, absl::Time time) { return touch.time < time; };
  auto touch = std::lower_bound(touches.begin(), touches.end(), cycle.begin, before);
  for (; touch != touches.end() && touch->time <= cycle.end; ++touch) {
    const bool connected = touch->disposition == Touch::CONNECTED;
    const bool outbound = touch->direction == Touch::OUTBOUND;
    if (outbound) {
      RenewalReach::Attempts& attempts = reach.channels[touch->channel];
      ++attempts.all;
      if (connected) ++attempts.connected;
    }
    if (reach.connected()) continue;
    if (outbound) ++reach.attempts;
    if (connected) reach.first_connected = touch->channel;
  }
}

void CountSteps(const std::vector<ReachStep>& steps, const Cycle& cycle, RenewalReach& reach) {
  for (const ReachStep& step : steps) {
    // What was past before the renewal opened, or came after it was closed, nobody had to do.
    if (step.due < DayOf(cycle.begin) || step.due > DayOf(cycle.end)) continue;
    if (step.state == Task::NOT_EXPECTED) continue;
    if (step.state == Task::DONE) {
      ++(step.done <= step.due ? reach.kept : reach.done_late);
    } else {
      const bool skipped = step.state == Task::SKIPPED && !step.ended_by_closing;
      ++(skipped ? reach.skipped : reach.missed);
    }
  }
}

// Within the year before one of the renewals?
bool IsBefore(const DueRenewals& renewals, const ReachTouch& touch) {
  return std::any_of(renewals.begin(), renewals.end(), [&](const DueRenewal* renewal) {
    const absl::CivilDay date = ToCivilDay(renewal->opportunity.renewal_date());
    return StartOf(date - kTouchedWithinDays) <= touch.time && touch.time < StartOf(date);
  });
}

bool IsInACycle(const ReachTouch& touch, const ReachAccount& account) {
  return std::any_of(account.cycles.begin(), account.cycles.end(),
                     [&](const Cycle& cycle) { return cycle.Has(touch.time); });
}

}  // namespace

Cycle CycleOf(const Opportunity& opportunity, absl::Time as_of) {
  return {ToTime(opportunity.open_time()),
          opportunity.has_close_time() ? ToTime(opportunity.close_time()) : as_of};
}

DueRenewals AllDue(const ReachAccount& account) {
  DueRenewals renewals;
  for (const DueRenewal& renewal : account.due) renewals.push_back(&renewal);
  return renewals;
}

RenewalReach ReachOf(const DueRenewal& renewal, const ReachAccount& account, absl::Time as_of) {
  const Opportunity& opportunity = renewal.opportunity;
  const Cycle cycle = CycleOf(opportunity, as_of);
  RenewalReach reach;
  reach.reached = opportunity.reached();
  reach.imported = opportunity.reached() && opportunity.reach_imported();
  reach.churned = opportunity.outcome() == Opportunity::CHURNED;
  if (opportunity.has_reach_time()) {
    reach.lead_days = static_cast<int>(ToCivilDay(opportunity.renewal_date()) -
                                       DayOf(ToTime(opportunity.reach_time())));
  }
  CountTouches(account.touches, cycle, reach);
  CountSteps(renewal.steps, cycle, reach);
  return reach;
}

AccountReach ReachBefore(const DueRenewals& renewals, const ReachAccount& account) {
  AccountReach reach;
  bool outside = false;
  for (const ReachTouch& touch : account.touches) {
    if (!MeansArrived(touch.disposition) || !IsBefore(renewals, touch)) continue;
    reach.touched = true;
    outside |= !IsInACycle(touch, account);
  }
  reach.window_only = reach.touched && !outside;
  return reach;
}

bool IsBehind(v1::ListReachOpportunitiesRequest::Figure figure, const RenewalReach& renewal,
              const AccountReach& account) {
  using Request = v1::ListReachOpportunitiesRequest;
  switch (figure) {
    case Request::DUE:
      return true;
    case Request::REACHED:
      return renewal.reached;
    case Request::UNREACHED:
      return !renewal.reached;
    case Request::CHURNED:
      return renewal.churned;
    case Request::CHURNED_UNREACHED:
      return renewal.churned && !renewal.reached;
    case Request::TOUCHED:
      return account.touched;
    case Request::WINDOW_ONLY:
      return account.window_only;
    case Request::CONNECTED:
      return renewal.connected();
    case Request::UNCONNECTED:
      return !renewal.connected();
    case Request::CADENCE_DUE:
      return renewal.steps() > 0;
    case Request::CADENCE_MISSED:
      return renewal.missed > 0;
    case Request::REACH_IMPORTED:
      return renewal.imported;
    default:
      return false;
  }
}

bool IsOfAccount(v1::SliceBy slice_by) {
  return slice_by == v1::SEGMENT || slice_by == v1::INDUSTRY || slice_by == v1::COUNTRY ||
         slice_by == v1::ACCOUNT_LABEL;
}

namespace {

std::string LabelOf(const google::protobuf::Map<std::string, std::string>& labels,
                    const std::string& key) {
  const auto label = labels.find(key);
  return label == labels.end() ? "" : label->second;
}

}  // namespace

std::vector<std::string> SlicesOf(const v1::RenewalSelection& selection, const DueRenewal& renewal,
                                  const v1::Account& account) {
  const Opportunity& opportunity = renewal.opportunity;
  switch (selection.slice_by()) {
    case v1::SEGMENT:
      return {account.segment()};
    case v1::INDUSTRY:
      return {account.industry()};
    case v1::COUNTRY:
      return {account.country()};
    case v1::OWNER:
      return {opportunity.owner()};
    case v1::PRODUCT: {
      const std::set<std::string> products(renewal.products.begin(), renewal.products.end());
      return {products.begin(), products.end()};
    }
    case v1::PLAYBOOK:
      return {opportunity.playbook()};
    case v1::LABEL:
      return {LabelOf(opportunity.labels(), selection.label())};
    case v1::ACCOUNT_LABEL:
      return {LabelOf(account.labels(), selection.label())};
    default:
      return {};
  }
}

// --- adding up ---

absl::Status ReachTally::AddRenewal(const Opportunity& opportunity, const RenewalReach& reach) {
  // Without a currency it is zero of any.
  if (!opportunity.arr().currency_code().empty()) {
    Arr& arr = arr_[opportunity.arr().currency_code()];
    ASSIGN_OR_RETURN(arr.due, AddUp(arr.due, opportunity.arr()));
    if (reach.reached) {
      ASSIGN_OR_RETURN(arr.reached, AddUp(arr.reached, opportunity.arr()));
    }
  }
  ++due_;
  reached_ += reach.reached;
  imported_ += reach.imported;
  churned_ += reach.churned;
  churned_unreached_ += reach.churned && !reach.reached;
  if (reach.lead_days.has_value()) ++lead_days_[*reach.lead_days];
  for (const auto& [channel, attempts] : reach.channels) {
    channels_[channel].connected += attempts.connected;
    channels_[channel].all += attempts.all;
  }
  Attempts& attempts = attempts_[std::min(reach.attempts, kMostAttempts)];
  if (reach.connected()) {
    ++channels_[reach.first_connected].first_connected;
    ++attempts.connected;
  } else {
    ++attempts.unconnected;
  }
  kept_ += reach.kept;
  done_late_ += reach.done_late;
  skipped_ += reach.skipped;
  missed_ += reach.missed;
  return absl::OkStatus();
}

void ReachTally::AddAccount(const AccountReach& reach) {
  touched_accounts_ += reach.touched;
  window_only_accounts_ += reach.window_only;
}

namespace {

template <class AnyRate>
void SetBasisPoints(int64_t numerator, int64_t denominator, AnyRate& rate) {
  if (denominator == 0) return;
  rate.set_basis_points(static_cast<int32_t>(absl::int128(numerator) * 10000 / denominator));
}

void SetRate(int64_t numerator, int64_t denominator, v1::Rate& rate) {
  rate.set_numerator(numerator);
  rate.set_denominator(denominator);
  SetBasisPoints(numerator, denominator, rate);
}

// The value that so many others are below or beside, of values in order with how often they occur.
int ValueAt(int64_t index, const std::map<int, int64_t>& counts) {
  for (const auto& [value, count] : counts) {
    if (index < count) return value;
    index -= count;
  }
  return 0;
}

void SetLeadTime(const std::map<int, int64_t>& days, ReachReport::LeadTime& lead_time) {
  int64_t count = 0;
  for (const auto& [value, occurrences] : days) count += occurrences;
  lead_time.set_count(count);
  if (count == 0) return;
  lead_time.set_median_days(ValueAt((count - 1) / 2, days));
  lead_time.set_p10_days(ValueAt(count / 10, days));
}

}  // namespace

ReachReport::Figures ReachTally::ToFigures() const {
  ReachReport::Figures figures;
  figures.set_due_count(due_);
  SetRate(reached_, due_, *figures.mutable_reached());
  figures.set_reach_imported_count(imported_);
  for (const auto& [currency, arr] : arr_) {
    *figures.add_due_arr() = arr.due;
    v1::MoneyRate& rate = *figures.add_reached_arr();
    *rate.mutable_numerator() = MakeMoney(currency, arr.reached.micros());
    *rate.mutable_denominator() = arr.due;
    SetBasisPoints(arr.reached.micros(), arr.due.micros(), rate);
  }
  SetLeadTime(lead_days_, *figures.mutable_lead_time());
  SetRate(churned_unreached_, churned_, *figures.mutable_churned_unreached());
  SetRate(window_only_accounts_, touched_accounts_, *figures.mutable_window_only_accounts());
  for (const auto& [channel, counts] : channels_) {
    ReachReport::ChannelFigures& row = *figures.add_channels();
    row.set_channel(channel);
    SetRate(counts.connected, counts.all, *row.mutable_connected());
    row.set_first_connected_count(counts.first_connected);
  }
  for (const auto& [attempts, counts] : attempts_) {
    ReachReport::AttemptFigures& row = *figures.add_attempts();
    row.set_attempts(attempts);
    row.set_connected_count(counts.connected);
    row.set_unconnected_count(counts.unconnected);
  }
  ReachReport::CadenceFigures& cadence = *figures.mutable_cadence();
  SetRate(kept_, kept_ + done_late_ + skipped_ + missed_, *cadence.mutable_kept());
  cadence.set_done_late_count(done_late_);
  cadence.set_skipped_count(skipped_);
  cadence.set_missed_count(missed_);
  return figures;
}

absl::Status ReachCounter::Add(const ReachAccount& account) {
  std::map<std::string, DueRenewals> by_slice;
  for (const DueRenewal& renewal : account.due) {
    const RenewalReach reach = ReachOf(renewal, account, as_of_);
    RETURN_IF_ERROR(total_.AddRenewal(renewal.opportunity, reach));
    for (const std::string& slice : SlicesOf(selection_, renewal, account.account)) {
      RETURN_IF_ERROR(slices_[slice].AddRenewal(renewal.opportunity, reach));
      by_slice[slice].push_back(&renewal);
    }
  }
  total_.AddAccount(ReachBefore(AllDue(account), account));
  for (const auto& [slice, renewals] : by_slice) {
    slices_[slice].AddAccount(ReachBefore(renewals, account));
  }
  if (slices_.size() <= kMostSlices) return absl::OkStatus();
  return InvalidField("renewals.slice_by",
                      absl::StrCat("must not give more than ", kMostSlices,
                                   " slices: narrow the renewals down, or choose another"));
}

ReachReport ReachCounter::ToReport() const {
  ReachReport report;
  *report.mutable_renewals() = selection_;
  *report.mutable_total() = total_.ToFigures();
  for (const auto& [value, tally] : slices_) {
    ReachReport::Slice& slice = *report.add_slices();
    slice.set_value(value);
    *slice.mutable_figures() = tally.ToFigures();
  }
  *report.mutable_as_of_time() = ToTimestamp(as_of_);
  report.set_policy_version(kReachPolicyVersion);
  return report;
}

}  // namespace perennial
