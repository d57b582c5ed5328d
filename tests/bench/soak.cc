// perennial_soak: writes at full rate to SQLite beside reads that overlap without end, and says how
// long its log became and how long writes waited. See scripts/soak.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/sql/sqlite_log.h"
#include "tests/bench/load.h"
#include "tests/support/test_database.h"

namespace perennial::bench {
namespace {

struct SoakOptions {
  double seconds = 600;
  int writers = 8;
  // Each begins its next read while the others are within theirs.
  int readers = 6;
  int read_millis = 5;
  // A read that takes this long is always under way too; 0 for none.
  int long_read_millis = 1000;
};

class Soak {
 public:
  explicit Soak(const SoakOptions& options)
      : options_(options), end_(absl::Now() + absl::Seconds(options.seconds)) {
    sql::Options database = test_database_.options();
    database.connections = options.readers + 1;
    log_ = absl::StrCat(database.url.substr(database.url.find(':') + 1), "-wal");
    database_ = std::move(sql::Open(database)).value();
  }

  absl::Status Run() {
    for (const char* statement :
         {"CREATE TABLE soak (id INTEGER PRIMARY KEY, spread INTEGER NOT NULL, data BLOB NOT NULL)",
          "CREATE INDEX soak_by_spread ON soak (spread)"}) {
      RETURN_IF_ERROR(database_->Write(end_, [&](sql::Connection& connection) {
        return connection.Execute(statement, {}).status();
      }));
    }
    std::vector<std::thread> threads;
    std::vector<Measurement> writes(static_cast<size_t>(options_.writers));
    std::vector<Measurement> reads(static_cast<size_t>(options_.readers));
    for (Measurement& of : writes) threads.emplace_back([&] { Keep(of, [&] { return Write(); }); });
    for (Measurement& of : reads) {
      threads.emplace_back([&] { Keep(of, [&] { return Read(options_.read_millis); }); });
    }
    Measurement long_reads;
    if (options_.long_read_millis > 0) {
      threads.emplace_back(
          [&] { Keep(long_reads, [&] { return Read(options_.long_read_millis); }); });
    }
    WatchLog();
    for (std::thread& thread : threads) thread.join();
    Report("writes", Sum(writes));
    Report("reads", Sum(reads));
    Report("long reads", long_reads);
    return Check();
  }

 private:
  template <class Call>
  void Keep(Measurement& measurement, Call call) {
    while (absl::Now() < end_) {
      const absl::Time start = absl::Now();
      const absl::Status status = call();
      measurement.latencies.push_back(absl::Now() - start);
      ++measurement.calls;
      if (!status.ok()) Fail(status);
    }
  }

  absl::Status Write() {
    thread_local std::mt19937_64 random{std::random_device()()};
    const std::string data(300, 'x');
    const absl::Status status =
        database_->Write(absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
          return connection
              .Execute("INSERT INTO soak (spread, data) VALUES (?, ?)",
                       {static_cast<int64_t>(random() >> 1), sql::Bind::Bytes(data)})
              .status();
        });
    if (status.ok()) ++written_;
    return status;
  }

  absl::Status Read(int millis) {
    return database_->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
      const absl::Time end = absl::Now() + absl::Milliseconds(millis);
      absl::Status status;
      while (status.ok() && absl::Now() < end) {
        status = connection.Query("SELECT id FROM soak ORDER BY spread LIMIT 20", {},
                                  [](const sql::Row&) { return absl::OkStatus(); });
        absl::SleepFor(absl::Milliseconds(1));
      }
      return status;
    });
  }

  void WatchLog() {
    absl::Time next_line = absl::Now() + absl::Minutes(1);
    while (absl::Now() < end_) {
      std::error_code ignored;
      const uintmax_t bytes = std::filesystem::file_size(log_, ignored);
      if (!ignored) peak_bytes_ = std::max(peak_bytes_, bytes);
      if (absl::Now() >= next_line) {
        std::fprintf(stderr, "%ld writes, log %ju KiB\n", written_.load(), bytes >> 10);
        next_line += absl::Minutes(1);
      }
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  static Measurement Sum(const std::vector<Measurement>& parts) {
    Measurement sum;
    for (const Measurement& part : parts) {
      sum.calls += part.calls;
      sum.latencies.insert(sum.latencies.end(), part.latencies.begin(), part.latencies.end());
    }
    return sum;
  }

  void Report(const char* what, const Measurement& measurement) {
    if (measurement.calls == 0) return;
    const auto millis = [&](double share) {
      return absl::ToDoubleMilliseconds(measurement.Percentile(share));
    };
    std::printf("%-12s %9ld (%.0f/s)  p50 %.2f ms  p99 %.2f ms  p99.9 %.2f ms  longest %.2f ms\n",
                what, measurement.calls, static_cast<double>(measurement.calls) / options_.seconds,
                millis(0.5), millis(0.99), millis(0.999), millis(1));
  }

  // What does not depend on the time that anything takes.
  absl::Status Check() {
    const sql::Statistics statistics = database_->statistics();
    std::printf(
        "log          peak %.1f MiB  %ld checkpoints, the longest %.1f ms, the longest wait of a "
        "write for one %.1f ms\n",
        static_cast<double>(peak_bytes_) / (1 << 20), statistics.checkpoints,
        absl::ToDoubleMilliseconds(statistics.longest_checkpoint),
        absl::ToDoubleMilliseconds(statistics.longest_checkpoint_wait));
    int64_t rows = 0;
    RETURN_IF_ERROR(database_->Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
      return connection.Query("SELECT COUNT(*) FROM soak", {}, [&](const sql::Row& row) {
        rows = row.Integer(0);
        return absl::OkStatus();
      });
    }));
    if (rows != written_) return absl::DataLossError("writes are missing");
    absl::MutexLock lock(&mutex_);
    return failure_;
  }

  void Fail(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    failure_.Update(status);
  }

  const SoakOptions options_;
  const absl::Time end_;
  const TestDatabase test_database_{sql::Engine::kSqlite};
  std::unique_ptr<sql::Database> database_;
  std::string log_;
  std::atomic<int64_t> written_{0};
  uintmax_t peak_bytes_ = 0;
  absl::Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

int Main(int argc, char** argv) {
  SoakOptions options;
  CLI::App app("Writes to SQLite at full rate beside reads that overlap without end.");
  app.add_option("--seconds", options.seconds, "How long")->capture_default_str();
  app.add_option("--writers", options.writers, "Writes at once")->capture_default_str();
  app.add_option("--readers", options.readers, "Reads at once")->capture_default_str();
  app.add_option("--read-ms", options.read_millis, "How long a read takes")->capture_default_str();
  app.add_option("--long-read-ms", options.long_read_millis,
                 "How long one more read takes that is always under way; 0: none")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = Soak(options).Run();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace perennial::bench

int main(int argc, char** argv) { return perennial::bench::Main(argc, argv); }
