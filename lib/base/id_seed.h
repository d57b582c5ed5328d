#ifndef PERENNIAL_LIB_BASE_ID_SEED_H_
#define PERENNIAL_LIB_BASE_ID_SEED_H_

#include <cstdint>

namespace perennial {

// From here on NewId (ids.h) answers the same ids for the same `seed`, `state` and times, in the
// order in which they are asked for. What goes on from a state must not get the ids that led to it:
// `state` says how far it is. For tests.
void SeedIds(uint64_t seed, uint64_t state);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_ID_SEED_H_
