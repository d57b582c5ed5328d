#ifndef PERENNIAL_TESTS_BENCH_PROCESS_H_
#define PERENNIAL_TESTS_BENCH_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace perennial::bench {

// A program that runs beside this one until the end of the object's life, and ends with it.
class Process {
 public:
  // What it writes goes to the end of `log`.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const std::vector<std::string>& command,
                                                        const std::string& log);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { Stop(); }

  // Asks it to end (SIGTERM) and waits until it has.
  void Stop();

  // Waits until it ends by itself: its exit code, -1 where it has none.
  int Wait();

  // The memory that it has in use, the most that it has had, and what it has used of the processors
  // so far. Zero when it has ended.
  int64_t MemoryBytes() const;
  int64_t PeakMemoryBytes() const;
  absl::Duration ProcessorTime() const;

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  int64_t StatusBytes(absl::string_view key) const;

  pid_t pid_;
};

// "127.0.0.1:PORT" with a port that nobody listens on.
std::string FreeAddress();

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_PROCESS_H_
