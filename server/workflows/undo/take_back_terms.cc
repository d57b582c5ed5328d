#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"
#include "lib/domain/subscriptions.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/workflows/subscription_ledger.h"
#include "server/workflows/undo/take_back.h"

namespace perennial {

using v1::Subscription;

namespace {

// What the ledger, or the opportunity that it is up for renewal in, goes by.
bool ChangesTerms(const Reversal& reversal) {
  static const auto& fields = *new std::set<std::string>{
      "amendments", "state",           "end_date",      "cancel_reason", "cancel_note",
      "start_date", "term_start_date", "term_end_date", "anchor_day",    "term_months",
      "trial"};
  for (const SaidField& field : reversal.fields) {
    if (fields.count(field.path()) > 0) return true;
  }
  return false;
}

bool WasRenewed(const Subscription& subscription) {
  return subscription.state() == Subscription::RENEWED;
}

absl::Status CheckNotOfClosing(const Reversal& reversal, const Subscription& now,
                               const Subscription& target) {
  if (!reversal.Takes("renewed_by") && !WasRenewed(now) && !WasRenewed(target)) {
    return absl::OkStatus();
  }
  return FailedPrecondition(v1::WRONG_STATE, now.name(),
                            "Closing a renewal has ended it: ReopenOpportunity takes that back");
}

// The state that goes with what it becomes.
absl::Status SetState(const Subscription& now, ReadTx& tx, Subscription& back) {
  if (back.state() == Subscription::CANCELLED || back.state() == Subscription::VOID) {
    return absl::OkStatus();
  }
  if (now.state() == Subscription::CANCELLED) RETURN_IF_ERROR(CheckMayGoOn(now, tx));
  back.set_state(StateOn(tx.today(), back));
  return absl::OkStatus();
}

}  // namespace

absl::Status TakeBackTerms(const Reversal& reversal, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Subscription now, tx.Get<Subscription>(reversal.name));
  Subscription back = now;
  for (const SaidField& field : reversal.fields) field.Copy(*reversal.target, back);
  if (back.exclusion_reason() != Subscription::EXCLUSION_REASON_UNSPECIFIED &&
      !back.open_opportunity().empty()) {
    return FailedPrecondition(v1::WRONG_STATE, now.name(),
                              absl::StrCat("It cannot be excluded again: it is up for renewal in ",
                                           back.open_opportunity()));
  }
  if (!ChangesTerms(reversal)) return tx.Update(std::move(back)).status();
  RETURN_IF_ERROR(CheckNotOfClosing(reversal, now, back));
  if (reversal.Takes("amendments")) {
    // Without amendments they are what it began with.
    const auto& before = static_cast<const Subscription&>(*reversal.before);
    back.set_seats(before.seats());
    *back.mutable_arr() = before.arr();
  }
  RETURN_IF_ERROR(SetState(now, tx, back));
  RETURN_IF_ERROR(CheckSubscription(back));
  const bool cancels = back.state() == Subscription::CANCELLED && IsInForce(now);
  if (cancels) return WriteCancellation(tx, std::move(back)).status();
  return WriteChanged(tx, std::move(back)).status();
}

}  // namespace perennial
