#ifndef PERENNIAL_LIB_DOMAIN_AMENDMENTS_H_
#define PERENNIAL_LIB_DOMAIN_AMENDMENTS_H_

// What is recorded of a subscription, and what of it is in force on a day.

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

struct InForce {
  int seats = 0;
  v1::Money arr;
};

// From the amendments of the day and those before it; before the first of them, what the
// subscription started with.
InForce InForceOn(const v1::Subscription& subscription, absl::CivilDay day);

// Whether it is worth nothing from its start on, whatever its amendments bring.
bool IsWorthNothing(const v1::Subscription& subscription);

// Puts all of its amounts, which are zero, into another currency.
void SetCurrency(absl::string_view currency_code, v1::Subscription& subscription);

// Puts an amendment where its day belongs, behind others of that day. It brings its day, what it
// sets and that after it; what it and all behind it have before and after is worked out anew.
void AddAmendment(v1::Subscription::Amendment amendment, v1::Subscription& subscription);

// Those behind a day, each with what it sets.
std::vector<v1::Subscription::Amendment> AmendmentsAfter(absl::CivilDay day,
                                                         const v1::Subscription& subscription);

// Sets seats, ARR and the day of the next amendment to those of `today`, or of the nearest day on
// which the subscription is in force.
void SetInForce(absl::CivilDay today, v1::Subscription& subscription);

// What the ledger says of a subscription that no closing wrote or ended: its start, its amendments
// and, where it is cancelled, its end; nothing where it is VOID. Movements of nothing are left out.
std::vector<v1::ArrMovement> MovementsOf(const v1::Subscription& subscription);

// Those that no reversal has taken back.
std::vector<const v1::ArrMovement*> StandingIn(const std::vector<v1::ArrMovement>& ledger);

struct LedgerChange {
  std::vector<v1::ArrMovement> reversals;  // unnamed, as all that is written
  std::vector<v1::ArrMovement> additions;
};

// From when on it counts: the day on which the closing that wrote it came into force or, where none
// did, its start. `ledger` holds all that it says of it.
absl::CivilDay FirstDayInForce(const std::vector<v1::ArrMovement>& ledger,
                               const v1::Subscription& subscription);

// What makes the ledger of a subscription say what MovementsOf does. `ledger` holds all that it
// says of it. Of what closings wrote the start of a subscription, what they added to it, and the
// end of one that is renewed are left alone, unless it is VOID or in force again.
LedgerChange ChangeOfLedger(const std::vector<v1::ArrMovement>& ledger,
                            const v1::Subscription& subscription);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_AMENDMENTS_H_
