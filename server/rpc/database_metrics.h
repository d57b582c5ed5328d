#ifndef PERENNIAL_SERVER_RPC_DATABASE_METRICS_H_
#define PERENNIAL_SERVER_RPC_DATABASE_METRICS_H_

#include <prometheus/collectable.h>

#include <functional>
#include <utility>
#include <vector>

#include "lib/storage/sql/database.h"

namespace perennial {

// What Prometheus is told about the database, looked up when it asks.
class DatabaseMetrics final : public prometheus::Collectable {
 public:
  explicit DatabaseMetrics(std::function<sql::Statistics()> statistics)
      : statistics_(std::move(statistics)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<sql::Statistics()> statistics_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_DATABASE_METRICS_H_
