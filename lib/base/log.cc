#include "lib/base/log.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace perennial {
namespace {

void AppendQuoted(absl::string_view text, std::string& line) {
  line.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line.push_back('\\');
      line.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(&line, "\\u", absl::Hex(c, absl::kZeroPad4));
    } else {
      line.push_back(c);
    }
  }
  line.push_back('"');
}

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

}  // namespace

void LogField::AppendTo(std::string& line) const {
  AppendQuoted(name_, line);
  line.push_back(':');
  if (is_number_) {
    absl::StrAppend(&line, number_);
  } else {
    AppendQuoted(text_, line);
  }
}

std::string FormatLogLine(absl::Time time, Severity severity, absl::string_view message,
                          absl::Span<const LogField> fields) {
  const std::string time_text = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
  std::string line = "{";
  LogField("time", time_text).AppendTo(line);
  line.push_back(',');
  LogField("severity", SeverityName(severity)).AppendTo(line);
  line.push_back(',');
  LogField("message", message).AppendTo(line);
  for (const LogField& field : fields) {
    line.push_back(',');
    field.AppendTo(line);
  }
  line.append("}\n");
  return line;
}

void LogLine(Severity severity, absl::string_view message, absl::Span<const LogField> fields) {
  const std::string line = FormatLogLine(absl::Now(), severity, message, fields);
  // stderr has no buffer: one call is one write.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace perennial
