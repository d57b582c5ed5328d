#include "lib/base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "lib/base/log_repeats.h"
#include "lib/base/utf8.h"

namespace perennial {
namespace {

constexpr size_t kMaxTextBytes = 4000;

// Those that are no control characters and that no reader takes for a line's end.
bool IsPlain(uint32_t code) {
  const bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool separates_lines = code == 0x2028 || code == 0x2029;
  return !is_control && !separates_lines;
}

void AppendCharacter(absl::string_view text, Utf8Character character, std::string& line) {
  if (character.length == 0) {
    absl::StrAppend(&line, "\\\\x", absl::Hex(static_cast<uint8_t>(text[0]), absl::kZeroPad2));
  } else if (!IsPlain(character.code)) {
    absl::StrAppend(&line, "\\u", absl::Hex(character.code, absl::kZeroPad4));
  } else {
    if (text[0] == '"' || text[0] == '\\') line.push_back('\\');
    line.append(text.data(), character.length);
  }
}

void AppendQuoted(absl::string_view text, std::string& line) {
  line.push_back('"');
  const size_t all = text.size();
  while (!text.empty() && all - text.size() < kMaxTextBytes) {
    const Utf8Character character = FirstCharacter(text);
    AppendCharacter(text, character, line);
    text.remove_prefix(std::max<size_t>(character.length, 1));
  }
  if (!text.empty()) absl::StrAppend(&line, "... and ", text.size(), " bytes");
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

// Where the lines of the process go.
class LogOutput {
 public:
  static LogOutput& Get() {
    static auto* const output = new LogOutput;
    return *output;
  }

  void Write(const std::string& line) {
    absl::MutexLock lock(&mutex_);
    WriteLocked(line);
  }

  void WriteRepeatable(absl::Time now, absl::string_view kind, absl::string_view text,
                       const std::string& line) {
    absl::MutexLock lock(&mutex_);
    if (repeats_.Admit(now, kind, text, line)) WriteLocked(line);
  }

  void WriteCounted(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    for (const std::string& line : repeats_.TakeCounted(now)) WriteLocked(line);
  }

  // True where lines go there now; what they went to before is closed.
  bool Open(const std::string& path) {
    const int file = path.empty() ? STDERR_FILENO
                                  : open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                                         S_IRUSR | S_IWUSR);
    if (file < 0) return false;
    absl::MutexLock lock(&mutex_);
    path_ = path;
    torn_ = false;
    const int before = std::exchange(file_, file);
    if (before != STDERR_FILENO) close(before);
    return true;
  }

  std::string path() {
    absl::MutexLock lock(&mutex_);
    return path_;
  }

 private:
  void WriteLocked(const std::string& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // What a full disk has cut off must not spoil the next line as well.
    if (torn_) torn_ = write(file_, "\n", 1) != 1;
    absl::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = write(file_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      rest.remove_prefix(written);
    }
    if (!rest.empty() && rest.size() < line.size()) torn_ = true;
  }

  absl::Mutex mutex_;
  int file_ ABSL_GUARDED_BY(mutex_) = STDERR_FILENO;
  bool torn_ ABSL_GUARDED_BY(mutex_) = false;
  std::string path_ ABSL_GUARDED_BY(mutex_);
  LogRepeats repeats_ ABSL_GUARDED_BY(mutex_);
};

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
  if (severity != Severity::kInfo) {
    std::string text;
    for (const LogField& field : fields) absl::StrAppend(&text, field.text(), "\n");
    return LogRepeatable(message, text, severity, message, fields);
  }
  LogOutput::Get().Write(FormatLogLine(absl::Now(), severity, message, fields));
}

void LogRepeatable(absl::string_view kind, absl::string_view text, Severity severity,
                   absl::string_view message, absl::Span<const LogField> fields) {
  const absl::Time now = absl::Now();
  LogOutput::Get().WriteRepeatable(now, kind, text, FormatLogLine(now, severity, message, fields));
}

void LogCounted(Counted counted) {
  LogOutput::Get().WriteCounted(counted == Counted::kAll ? absl::InfiniteFuture() : absl::Now());
}

absl::Status LogTo(const std::string& path) {
  if (LogOutput::Get().Open(path)) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot write the log to ", path, ": ", std::strerror(errno)));
}

void ReopenLog() {
  const std::string path = LogOutput::Get().path();
  if (path.empty() || LogOutput::Get().Open(path)) return;
  LogLine(Severity::kError, "the log cannot be opened again: it stays where it is",
          {{"path", path}, {"error", std::strerror(errno)}});
}

}  // namespace perennial
