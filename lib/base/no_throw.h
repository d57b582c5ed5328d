#ifndef PERENNIAL_LIB_BASE_NO_THROW_H_
#define PERENNIAL_LIB_BASE_NO_THROW_H_

#include "absl/status/status.h"

namespace perennial {

// The one place where exceptions are caught. To be used in a `catch (...)` alone: the log says
// what was thrown, and INTERNAL is answered.
absl::Status CaughtException();

// What `fn` answers, an absl::Status or StatusOr; INTERNAL where it throws, whatever that is.
// Stands at every boundary that nothing may be thrown across: a transaction's end, a call, a
// thread.
template <typename Function>
auto NoThrow(Function&& fn) -> decltype(fn()) {
  try {
    return fn();
  } catch (...) {
    return CaughtException();
  }
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_NO_THROW_H_
