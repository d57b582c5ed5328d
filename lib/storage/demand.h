#ifndef PERENNIAL_LIB_STORAGE_DEMAND_H_
#define PERENNIAL_LIB_STORAGE_DEMAND_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "lib/api/filter.h"
#include "lib/storage/selection.h"
#include "lib/storage/tx.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial {

// The feedback that names a topic and that the filter matches, added up by topic and product in
// four queries: so many of the topics at most. OUT_OF_RANGE where a sum does not fit.
absl::StatusOr<v1::FeedbackDemand> ReadDemand(const Filter& filter, int topic_count, ReadTx& tx);

// How many are selected.
absl::StatusOr<int64_t> Count(const Selection& selection, ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_DEMAND_H_
