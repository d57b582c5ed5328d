#ifndef PERENNIAL_LIB_BASE_LOG_H_
#define PERENNIAL_LIB_BASE_LOG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
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

  // Appends `"name":value` in JSON: one line of valid UTF-8 whatever the text has. Bytes that are
  // none stand as \xff, and text is cut where it is long.
  void AppendTo(std::string& line) const;

  // Empty of a number.
  absl::string_view text() const { return text_; }

 private:
  absl::string_view name_;
  absl::string_view text_;
  int64_t number_ = 0;
  bool is_number_;
};

// Writes one line of JSON:
//   {"time":"2025-01-31T12:00:00.000001Z","severity":"ERROR","message":"...","name":"value"}
// Thread-safe; a line is one write, and lines are never mixed. Warnings and errors are like
// LogRepeatable: those of a message are told apart by their texts.
void LogLine(Severity severity, absl::string_view message, absl::Span<const LogField> fields = {});

// For what may come many times a second. The first lines of a `kind` with different `text`s are
// written; the rest is counted, and every ten seconds the last of them is written with
// `"repeated":` how many they were.
void LogRepeatable(absl::string_view kind, absl::string_view text, Severity severity,
                   absl::string_view message, absl::Span<const LogField> fields);

// Writes what was counted in intervals that have ended, or in all of them. To be called every
// second or so, and at the end.
enum class Counted { kDue, kAll };
void LogCounted(Counted counted);

// From here on the log goes to the end of a file, which is made readable for its owner only, and
// not to stderr, where it goes at first and for an empty path. UNAVAILABLE where the file cannot be
// written to.
absl::Status LogTo(const std::string& path);

// Opens the file of LogTo again, for whoever has moved it away.
void ReopenLog();

// The line that LogLine writes, with its line end.
std::string FormatLogLine(absl::Time time, Severity severity, absl::string_view message,
                          absl::Span<const LogField> fields);

}  // namespace perennial

#endif  // PERENNIAL_LIB_BASE_LOG_H_
