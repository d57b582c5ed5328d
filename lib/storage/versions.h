#ifndef PERENNIAL_LIB_STORAGE_VERSIONS_H_
#define PERENNIAL_LIB_STORAGE_VERSIONS_H_

#include <cstdint>

namespace perennial {

// Ascends for each resource, over all servers, and within this one over all
// resources: the time of day where that is ahead, else the next number.
int64_t NextVersion(int64_t previous);

// Those that follow are above `version`.
void RaiseVersions(int64_t version);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_VERSIONS_H_
