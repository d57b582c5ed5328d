#ifndef PERENNIAL_LIB_BASE_IDS_H_
#define PERENNIAL_LIB_BASE_IDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace perennial {

// A new resource id that sorts by time: 10 digits of base 32 for the
// milliseconds since 1970, then 12 random ones; lower-case, no l, o, i or u.
// Ids made in one process within one millisecond still ascend. Thread-safe.
std::string NewId(absl::Time now);

// A random request id (UUID version 4 in text). Thread-safe.
std::string NewRequestId();

// 256 bits of the system's randomness, as 64 hexadecimal digits.
std::string NewSecret();

// `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`
bool IsValidId(absl::string_view id);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_IDS_H_
