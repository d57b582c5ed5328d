#ifndef PERENNIAL_SERVER_RPC_METRICS_H_
#define PERENNIAL_SERVER_RPC_METRICS_H_

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// What Prometheus is told about calls. Thread-safe.
class Metrics {
 public:
  // Of one method; looked up once so that a call does not have to.
  class Method {
   public:
    void Record(absl::StatusCode code, absl::Duration latency);

   private:
    friend class Metrics;
    Method(const std::string& name, prometheus::Family<prometheus::Counter>& calls,
           prometheus::Family<prometheus::Histogram>& latency);
    const std::string name_;
    prometheus::Family<prometheus::Counter>& calls_;
    prometheus::Counter& ok_calls_;
    prometheus::Histogram& latency_;
  };

  Metrics();

  // Valid as long as this object.
  std::unique_ptr<Method> AddMethod(const std::string& name);
  prometheus::Gauge& in_flight() { return in_flight_; }
  prometheus::Gauge& waiting() { return waiting_; }

  // Answers GET /metrics at `address`, with the database's `statistics` where there are any, and
  // returns the port.
  absl::StatusOr<int> Expose(const std::string& address,
                             const std::function<sql::Statistics()>& statistics);

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& latency_;
  prometheus::Gauge& in_flight_;
  prometheus::Gauge& waiting_;
  std::shared_ptr<prometheus::Collectable> database_;  // or nullptr
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_METRICS_H_
