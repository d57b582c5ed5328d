#ifndef PERENNIAL_TESTS_BENCH_WORLD_H_
#define PERENNIAL_TESTS_BENCH_WORLD_H_

// Made-up customers with as many opportunities as are wanted: the same ones every time, but for
// the dates, which lie around today. Each account has three subscriptions, each of them up for
// renewal in an open opportunity of its own.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/resource.pb.h"

namespace perennial::bench {

// A number that looks random but belongs to `i`: below `limit`, another for each `salt`.
int Pick(int i, int salt, int limit);

class World {
 public:
  World(int opportunities, absl::Time now) : opportunities_(opportunities), now_(now) {}

  // Rows of one type.
  struct Rows {
    int count;
    std::function<v1::Resource(int)> row;
  };
  // In an order in which they can be imported.
  std::vector<Rows> Import() const;

  // All of them.
  std::vector<std::string> AccountNames() const;
  // In no order.
  std::vector<std::string> OpportunityNames(size_t limit) const;
  // Of those in OUTREACH whose gate is met: a decision role was reached, verified, and given to.
  std::vector<std::string> EarnedOpportunityNames() const;

 private:
  int accounts() const { return (opportunities_ + 2) / 3; }
  // Only so many accounts have been worked on.
  int worked_accounts() const;
  int worked_account(int i) const { return i * (accounts() / worked_accounts()); }

  v1::Resource Product(int i) const;
  v1::Resource Account(int i) const;
  v1::Resource Contact(int i) const;
  v1::Resource Touch(int i) const;
  v1::Resource Subscription(int i) const;
  v1::Resource Opportunity(int i) const;

  const int opportunities_;
  const absl::Time now_;
};

// Brings it in over several streams at once and answers the number of rows. The error of
// the first row that is rejected, where one is.
absl::StatusOr<int64_t> Import(const std::vector<World::Rows>& rows, const std::string& address);

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_WORLD_H_
