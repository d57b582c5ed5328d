#ifndef PERENNIAL_LIB_DOMAIN_REACH_H_
#define PERENNIAL_LIB_DOMAIN_REACH_H_

// The figures of the reach report, over what is recorded of one account at a time. What they mean
// stands in insight_service.proto.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/insight_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// Of the definitions: another one where they change.
inline constexpr char kReachPolicyVersion[] = "reach-1";

// An account is touched where it was within so many days before a renewal date.
inline constexpr int kTouchedWithinDays = 365;

// What counts of a touch.
struct ReachTouch {
  absl::Time time;
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  v1::Touch::Direction direction = v1::Touch::DIRECTION_UNSPECIFIED;
  v1::Touch::Disposition disposition = v1::Touch::DISPOSITION_UNSPECIFIED;
};

// What counts of a task of the cadence.
struct ReachStep {
  absl::CivilDay due;
  v1::Task::State state = v1::Task::STATE_UNSPECIFIED;
  absl::CivilDay done;  // where it is DONE
  // SKIPPED by nobody, but because its renewal was closed while it was undone.
  bool ended_by_closing = false;
};

// From when a renewal opened until it was closed, or until now.
struct Cycle {
  absl::Time begin, end;
  bool Has(absl::Time time) const { return begin <= time && time <= end; }
};
Cycle CycleOf(const v1::Opportunity& opportunity, absl::Time as_of);

struct DueRenewal {
  v1::Opportunity opportunity;
  std::vector<ReachStep> steps;
  std::vector<std::string> products;  // where the report is sliced by them
};

// An account with renewals that a report is about.
struct ReachAccount {
  v1::Account account;  // where the report is sliced by something of it
  std::vector<DueRenewal> due;
  std::vector<Cycle> cycles;        // of all its renewals, these and others
  std::vector<ReachTouch> touches;  // oldest first
};

// What became of one renewal.
struct RenewalReach {
  struct Attempts {
    int64_t connected = 0;
    int64_t all = 0;
  };
  bool reached = false;
  bool imported = false;  // as `reach_imported` of the opportunity
  bool churned = false;
  std::optional<int> lead_days;  // where it was reached
  // OUTBOUND touches of the cycle, by channel.
  std::map<v1::Channel, Attempts> channels;
  // Until the first CONNECTED touch, or all.
  int attempts = 0;
  // Of the first CONNECTED touch; unspecified where there was none.
  v1::Channel first_connected = v1::CHANNEL_UNSPECIFIED;
  // Steps of the cadence.
  int64_t kept = 0, done_late = 0, skipped = 0, missed = 0;

  bool connected() const { return first_connected != v1::CHANNEL_UNSPECIFIED; }
  int64_t steps() const { return kept + done_late + skipped + missed; }
};

// What became of an account before some of its renewals.
struct AccountReach {
  bool touched = false;
  bool window_only = false;
};

using DueRenewals = std::vector<const DueRenewal*>;
DueRenewals AllDue(const ReachAccount& account);

RenewalReach ReachOf(const DueRenewal& renewal, const ReachAccount& account, absl::Time as_of);
AccountReach ReachBefore(const DueRenewals& renewals, const ReachAccount& account);

// Whether a renewal is one of those that a figure counts.
bool IsBehind(v1::ListReachOpportunitiesRequest::Figure figure, const RenewalReach& renewal,
              const AccountReach& account);

// Whether the slices are by something of the account, which is needed then.
bool IsOfAccount(v1::SliceBy slice_by);

// The slices that a renewal is in: one, or one for each of its products.
std::vector<std::string> SlicesOf(const v1::RenewalSelection& selection, const DueRenewal& renewal,
                                  const v1::Account& account);

// Adds renewals up.
class ReachTally {
 public:
  // OUT_OF_RANGE where the ARR does not fit.
  absl::Status AddRenewal(const v1::Opportunity& opportunity, const RenewalReach& reach);
  // Once for each account that it has renewals of.
  void AddAccount(const AccountReach& reach);

  v1::ReachReport::Figures ToFigures() const;

 private:
  struct Arr {
    v1::Money due, reached;
  };
  struct Channel {
    int64_t connected = 0, all = 0, first_connected = 0;
  };
  struct Attempts {
    int64_t connected = 0, unconnected = 0;
  };

  int64_t due_ = 0, reached_ = 0, imported_ = 0, churned_ = 0, churned_unreached_ = 0;
  int64_t touched_accounts_ = 0, window_only_accounts_ = 0;
  int64_t kept_ = 0, done_late_ = 0, skipped_ = 0, missed_ = 0;
  std::map<std::string, Arr> arr_;    // by currency
  std::map<int, int64_t> lead_days_;  // renewals, by days
  std::map<v1::Channel, Channel> channels_;
  std::map<int, Attempts> attempts_;
};

// The whole report, in total and by slice.
class ReachCounter {
 public:
  ReachCounter(const v1::RenewalSelection& selection, absl::Time as_of)
      : selection_(selection), as_of_(as_of) {}

  // OUT_OF_RANGE where the ARR does not fit; INVALID_ARGUMENT (field "renewals.slice_by") where
  // there are too many slices.
  absl::Status Add(const ReachAccount& account);

  v1::ReachReport ToReport() const;

 private:
  const v1::RenewalSelection& selection_;
  const absl::Time as_of_;
  ReachTally total_;
  std::map<std::string, ReachTally> slices_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_REACH_H_
