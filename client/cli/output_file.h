#ifndef PERENNIAL_CLIENT_CLI_OUTPUT_FILE_H_
#define PERENNIAL_CLIENT_CLI_OUTPUT_FILE_H_

#include <signal.h>

#include <array>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial::cli {

// Has the signals that end a program remove FILE.partial first, as long as it lives. Those that
// were ignored, as under nohup, still are.
class RemovesAtSignals {
 public:
  explicit RemovesAtSignals(const std::string& partial);
  RemovesAtSignals(const RemovesAtSignals&) = delete;
  RemovesAtSignals& operator=(const RemovesAtSignals&) = delete;
  ~RemovesAtSignals();

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_;
};

// A file that is there as a whole or not at all: FILE.partial until Keep, and nothing where that
// does not come, not after Ctrl-C either. One at a time in a process.
class OutputFile {
 public:
  // FAILED_PRECONDITION where the file is there and may not be replaced (`force`), cannot be made,
  // or is being written by another process. What a process that was killed has left of it is taken
  // over.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Make(const std::string& path, bool force);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  absl::Status Write(absl::string_view bytes);
  absl::Status Keep();

 private:
  OutputFile(int file, const std::string& path, const std::string& partial)
      : removes_at_signals_(partial), file_(file), path_(path), partial_(partial) {}

  const RemovesAtSignals removes_at_signals_;
  const int file_;
  const std::string path_;
  const std::string partial_;
  bool kept_ = false;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_OUTPUT_FILE_H_
