#ifndef PERENNIAL_LIB_STORAGE_SQL_NO_THROW_H_
#define PERENNIAL_LIB_STORAGE_SQL_NO_THROW_H_

#include <exception>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "lib/base/log.h"

namespace perennial::sql {

// What `fn` answers; INTERNAL where it throws, and the log says what. Nothing thrown by a driver or
// by a caller's function passes the database's boundary: it would pass by a transaction's end too.
inline absl::Status NoThrow(absl::FunctionRef<absl::Status()> fn) {
  const char* what = "an exception of another kind";
  try {
    return fn();
  } catch (const std::exception& exception) {
    LogLine(Severity::kError, "An exception was caught", {{"detail", exception.what()}});
    what = "an exception";
  } catch (...) {
    LogLine(Severity::kError, "An exception was caught", {{"detail", what}});
  }
  return absl::InternalError(what);
}

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_NO_THROW_H_
