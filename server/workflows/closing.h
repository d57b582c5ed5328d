#ifndef PERENNIAL_SERVER_WORKFLOWS_CLOSING_H_
#define PERENNIAL_SERVER_WORKFLOWS_CLOSING_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/domain/closing.h"
#include "lib/storage/tx.h"

namespace perennial {

// How an opportunity ends.
struct Ending {
  v1::Opportunity::Outcome outcome = v1::Opportunity::OUTCOME_UNSPECIFIED;
  v1::ChurnReason churn_reason = v1::CHURN_REASON_UNSPECIFIED;
  std::string note;
  std::string competitor;
  bool automatic = false;
  // Why, for the record: an override's reason.
  std::string reason;
  std::vector<v1::Criterion::Type> overridden;
};

// What the customer agreed to in an opportunity.
absl::StatusOr<Agreement> AgreementOf(const v1::Opportunity& opportunity, ReadTx& tx);

// Closes an open opportunity and writes all that `closing` holds.
absl::StatusOr<v1::Opportunity> Close(v1::Opportunity opportunity, const Closing& closing,
                                      const Ending& ending, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_CLOSING_H_
