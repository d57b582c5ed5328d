#ifndef PERENNIAL_LIB_STORAGE_SQL_DATA_LOSS_H_
#define PERENNIAL_LIB_STORAGE_SQL_DATA_LOSS_H_

#include <atomic>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/base/log.h"

namespace perennial::sql {

// Remembers the first error after which nothing in a database's file may be trusted, for all of
// its connections. Thread-safe.
class DataLoss {
 public:
  // `on_data_loss` may be empty; it is called once.
  explicit DataLoss(std::function<void()> on_data_loss) : on_data_loss_(std::move(on_data_loss)) {}

  // `why` is for the log.
  void Report(absl::string_view why) {
    if (met_.exchange(true)) return;
    LogLine(Severity::kError, why);
    if (on_data_loss_ != nullptr) on_data_loss_();
  }

  // DATA_LOSS after a report.
  absl::Status Check() const {
    if (!met_.load()) return absl::OkStatus();
    return absl::DataLossError("the database's file cannot be read or written");
  }

 private:
  const std::function<void()> on_data_loss_;
  std::atomic<bool> met_{false};
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_DATA_LOSS_H_
