#ifndef PERENNIAL_TESTS_PLANS_EXPLAINING_DATABASE_H_
#define PERENNIAL_TESTS_PLANS_EXPLAINING_DATABASE_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/decorated_database.h"

namespace perennial {

// What was found out about statements, each explained once. Thread-safe.
class PlanFindings {
 public:
  // True for the first that asks about the statement.
  bool Begin(absl::string_view sql);
  void Add(absl::string_view sql, absl::string_view fault);
  // How many statements were explained.
  int64_t explained() const { return explained_; }
  void CountExplained() { ++explained_; }
  // Each statement with its fault and plan; empty where all are as they should be.
  std::string ToString() const;

 private:
  std::atomic<int64_t> explained_{0};
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<std::string> begun_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> faults_ ABSL_GUARDED_BY(mutex_);
};

// `database`, which has its schema, and explains every statement to `findings`, which outlives it.
// On MariaDB its tables, which have few rows, are made to look as if each had a million.
std::unique_ptr<sql::Database> Explaining(std::unique_ptr<sql::Database> database,
                                          PlanFindings& findings);

}  // namespace perennial

#endif  // PERENNIAL_TESTS_PLANS_EXPLAINING_DATABASE_H_
