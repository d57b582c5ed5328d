#include "server/rpc/database_metrics.h"

#include <prometheus/metric_family.h>

#include <string>

#include "absl/time/time.h"

namespace perennial {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr int64_t kPageBytes = 4096;

ClientMetric Counted(int64_t count, const std::string& outcome = "") {
  ClientMetric metric;
  if (!outcome.empty()) metric.label.push_back({"outcome", outcome});
  metric.counter.value = static_cast<double>(count);
  return metric;
}

ClientMetric Measured(double value) {
  ClientMetric metric;
  metric.gauge.value = value;
  return metric;
}

ClientMetric Measured(int64_t value) { return Measured(static_cast<double>(value)); }

}  // namespace

std::vector<MetricFamily> DatabaseMetrics::Collect() const {
  const sql::Statistics now = statistics_();
  ClientMetric checkpoint_seconds;
  checkpoint_seconds.counter.value = absl::ToDoubleSeconds(now.checkpoint_time);
  constexpr MetricType kCounter = MetricType::Counter;
  constexpr MetricType kGauge = MetricType::Gauge;
  return {
      {"perennial_database_reads_total",
       "Reads that have ended, by outcome",
       kCounter,
       {Counted(now.reads, "OK"), Counted(now.failed_reads, "FAILED")}},
      {"perennial_database_writes_total",
       "Writes that have ended, by outcome; on SQLite several share a commit",
       kCounter,
       {Counted(now.writes, "OK"), Counted(now.failed_writes, "FAILED")}},
      {"perennial_database_commits_total", "Commits", kCounter, {Counted(now.commits)}},
      {"perennial_database_retries_total",
       "Reads and writes that were run again after a conflict or a lost connection (MySQL)",
       kCounter,
       {Counted(now.retries)}},
      {"perennial_database_writes_waiting",
       "Writes that wait for their turn (SQLite)",
       kGauge,
       {Measured(now.waiting)}},
      {"perennial_database_connections_in_use",
       "Connections in use (MySQL)",
       kGauge,
       {Measured(now.connections_in_use)}},
      {"perennial_database_connections_awaited",
       "Callers that wait for a connection (MySQL)",
       kGauge,
       {Measured(now.connections_awaited)}},
      {"perennial_sqlite_log_bytes",
       "Of SQLite's write-ahead log what is in use",
       kGauge,
       {Measured(now.log_pages * kPageBytes)}},
      {"perennial_sqlite_checkpoints_total",
       "How often the log was copied into the database",
       kCounter,
       {Counted(now.checkpoints)}},
      {"perennial_sqlite_checkpoint_seconds_total",
       "The time that took, in which nothing was written",
       kCounter,
       {checkpoint_seconds}},
      {"perennial_sqlite_oldest_read_seconds",
       "For how long the oldest read has been under way: the log cannot start anew meanwhile",
       kGauge,
       {Measured(absl::ToDoubleSeconds(now.oldest_read))}},
  };
}

}  // namespace perennial
