#include "tests/bench/site.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"

namespace perennial::bench {
namespace {

constexpr absl::Duration kStartTimeout = absl::Seconds(60);

}  // namespace

Site::Site(sql::Engine engine, int size, int channels, std::string server, std::string folder,
           std::string clock)
    : engine_(engine),
      size_(size),
      channels_(channels),
      server_(std::move(server)),
      clock_(std::move(clock)),
      log_(absl::StrCat(folder, "/perenniald-", engine == sql::Engine::kSqlite ? "sqlite" : "mysql",
                        "-", size, ".log")),
      database_(engine),
      world_(size, absl::Now()) {}

absl::Status Site::StartServer() {
  address_ = FreeAddress();
  std::vector<std::string> command = {
      server_, absl::StrCat("--database=", database().url), absl::StrCat("--listen=", address_),
      // They would work on what is still being imported.
      "--renewal-job-seconds=0", "--review-job-seconds=0", "--gesture-job-seconds=0"};
  if (!clock_.empty()) command.push_back(absl::StrCat("--clock=", clock_));
  if (engine_ == sql::Engine::kMysql) {
    command.push_back(absl::StrCat("--database-password-file=",
                                   std::getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE")));
  }
  ASSIGN_OR_RETURN(process_, Process::Start(command, log_));
  ASSIGN_OR_RETURN(client_, LoadClient::Connect(address_, channels_, kStartTimeout));
  return absl::OkStatus();
}

void Site::StopServer() {
  peak_memory_ = PeakMemoryBytes();
  client_.reset();
  process_.reset();
}

int64_t Site::PeakMemoryBytes() const {
  return std::max(peak_memory_, process_ == nullptr ? 0 : process_->PeakMemoryBytes());
}

}  // namespace perennial::bench
