// crash_writer URL: counts in a database until it is killed, with the password of MySQL in
// PERENNIAL_CRASH_WRITER_PASSWORD. Each write that was acknowledged is reported on standard output:
// "COUNTER NUMBER".

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/storage/crash_writes.h"

namespace perennial {
namespace {

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "crash_writer: %s\n", status.ToString().c_str());
  std::_Exit(1);
}

// The database may be away for a while.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

int64_t CurrentCount(int counter, Store& store) {
  int64_t count = 0;
  const absl::Status status = store.Read(CallForWrite(counter, 0), [&](ReadTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>(LeftHalf(counter)));
    count = CountOf(account);
    return absl::OkStatus();
  });
  if (!status.ok()) Die(status);
  return count;
}

void CountUp(int counter, Store& store) {
  for (int64_t number = CurrentCount(counter, store) + 1;;) {
    const absl::StatusOr<std::string> answer = Count(counter, number, store);
    if (!answer.ok() && MayPass(answer.status())) continue;
    if (!answer.ok()) Die(answer.status());
    const std::string report = absl::StrCat(counter, " ", number, "\n");
    if (write(STDOUT_FILENO, report.data(), report.size()) < 0) std::_Exit(1);
    ++number;
  }
}

int Main(int argc, char** argv) {
  if (argc != 2) return 2;
  sql::Options options;
  options.url = argv[1];
  if (const char* password = getenv("PERENNIAL_CRASH_WRITER_PASSWORD")) options.password = password;
  absl::StatusOr<std::unique_ptr<sql::Database>> database = sql::Open(options);
  if (!database.ok()) Die(database.status());
  const SystemClock clock;
  Store store(std::move(database).value(), clock);
  std::vector<std::thread> threads;
  for (int i = 0; i < kCounters; ++i) threads.emplace_back([&, i] { CountUp(i, store); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace
}  // namespace perennial

int main(int argc, char** argv) { return perennial::Main(argc, argv); }
