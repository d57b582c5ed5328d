#ifndef PERENNIAL_TESTS_BENCH_SITE_H_
#define PERENNIAL_TESTS_BENCH_SITE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"
#include "tests/bench/world.h"
#include "tests/support/test_database.h"

namespace perennial::bench {

// A database of one size on one engine, and the server on it.
class Site {
 public:
  // `server` is the path of perenniald; it writes its log into `folder`.
  // `clock` is what its --clock is to be; empty for the system's.
  Site(sql::Engine engine, int size, int channels, std::string server, std::string folder,
       std::string clock = "");

  absl::Status StartServer();
  void StopServer();

  sql::Engine engine() const { return engine_; }
  const char* engine_name() const { return engine_ == sql::Engine::kSqlite ? "sqlite" : "mysql"; }
  int size() const { return size_; }
  const World& world() const { return world_; }
  const sql::Options& database() const { return database_.options(); }

  const std::string& address() const { return address_; }
  LoadClient& client() { return *client_; }
  // Of the server that runs.
  absl::Duration ProcessorTime() const { return process_->ProcessorTime(); }
  // In use now.
  int64_t MemoryBytes() const { return process_->MemoryBytes(); }
  // Over all servers that ran here.
  int64_t PeakMemoryBytes() const;

 private:
  const sql::Engine engine_;
  const int size_;
  const int channels_;
  const std::string server_;
  const std::string clock_;
  const std::string log_;
  const TestDatabase database_;
  const World world_;
  std::string address_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<LoadClient> client_;
  int64_t peak_memory_ = 0;
};

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_SITE_H_
