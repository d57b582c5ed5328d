#ifndef PERENNIAL_SERVER_WORKFLOWS_AUTOMATIC_CLOSING_H_
#define PERENNIAL_SERVER_WORKFLOWS_AUTOMATIC_CLOSING_H_

#include <string>

#include "absl/status/status.h"
#include "lib/storage/tx.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// The term of an auto-renewing subscription of this open opportunity is over. It closes as RENEWED,
// as was agreed; what neither was agreed nor renews by itself leaves it, to be put up for renewal
// anew. Where the end of a term must not decide, it stays open: what is over is PAST_DUE, and a
// task asks for a decision.
absl::Status CloseAutomatically(const std::string& opportunity, WriteTx& tx,
                                v1::SettleEndedTermsResponse& counts);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_AUTOMATIC_CLOSING_H_
