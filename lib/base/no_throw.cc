#include "lib/base/no_throw.h"

#include <exception>

#include "lib/base/log.h"

namespace perennial {

absl::Status CaughtException() {
  const char* what = "an exception of another kind";
  try {
    throw;
  } catch (const std::exception& exception) {
    LogLine(Severity::kError, "An exception was caught", {{"detail", exception.what()}});
    what = "an exception";
  } catch (...) {
    LogLine(Severity::kError, "An exception was caught", {{"detail", what}});
  }
  return absl::InternalError(what);
}

}  // namespace perennial
