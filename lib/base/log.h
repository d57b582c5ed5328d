#ifndef PERENNIAL_LIB_BASE_LOG_H_
#define PERENNIAL_LIB_BASE_LOG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace perennial {

enum class Severity { kInfo, kWarning, kError };

// A named value of a log line. Text is referred to, not copied.
class LogField {
 public:
  LogField(absl::string_view name, absl::string_view text)
      : name_(name), text_(text), is_number_(false) {}
  LogField(absl::string_view name, const std::string& text)
      : LogField(name, absl::string_view(text)) {}
  LogField(absl::string_view name, const char* text) : LogField(name, absl::string_view(text)) {}
  LogField(absl::string_view name, int64_t number)
      : name_(name), number_(number), is_number_(true) {}
  LogField(absl::string_view name, int number) : LogField(name, int64_t{number}) {}

  // Appends `"name":value` in JSON.
  void AppendTo(std::string& line) const;

 private:
  absl::string_view name_;
  absl::string_view text_;
  int64_t number_ = 0;
  bool is_number_;
};

// Writes one line of JSON to stderr:
//   {"time":"2025-01-31T12:00:00.000001Z","severity":"ERROR","message":"...","name":"value"}
// Thread-safe; lines are never mixed.
void LogLine(Severity severity, absl::string_view message, absl::Span<const LogField> fields = {});

// The line that LogLine writes, with its line end.
std::string FormatLogLine(absl::Time time, Severity severity, absl::string_view message,
                          absl::Span<const LogField> fields);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_LOG_H_
