#ifndef PERENNIAL_LIB_BASE_FINGERPRINT_H_
#define PERENNIAL_LIB_BASE_FINGERPRINT_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace perennial {

// FNV-1a: the same on every machine and in every version, so that it may be
// stored. Tells different texts apart by accident only: no protection against intent.
inline uint64_t Fingerprint(absl::string_view text, uint64_t seed = 14695981039346656037u) {
  uint64_t hash = seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_FINGERPRINT_H_
