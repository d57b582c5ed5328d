#ifndef PERENNIAL_LIB_STORAGE_LAST_TOUCHES_H_
#define PERENNIAL_LIB_STORAGE_LAST_TOUCHES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/storage/tx.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial {

// The last touch with each of these accounts that was two-way (CONNECTED); several where they are
// of one time. In the order of their names.
absl::StatusOr<std::vector<v1::Touch>> LastTwoWayTouches(const std::vector<std::string>& accounts,
                                                         ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_LAST_TOUCHES_H_
