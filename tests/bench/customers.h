#ifndef PERENNIAL_TESTS_BENCH_CUSTOMERS_H_
#define PERENNIAL_TESTS_BENCH_CUSTOMERS_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "tests/bench/world.h"

namespace perennial::bench {

// Made-up customers, the same ones every time but for the dates, which lie before `today`: each
// with two contacts, a subscription, the renewal of the year before, and ten touches in two years.
class Customers {
 public:
  Customers(int count, absl::CivilDay today) : count_(count), today_(today) {}

  // In an order in which they can be imported.
  std::vector<World::Rows> Import() const;

  // Calls that record a touch each, of customers in no order.
  std::vector<std::string> TouchRequests(size_t count) const;

  // The person who looks after most of them has a worklist.
  static std::string Owner(int i);

 private:
  v1::Resource Account(int i) const;
  v1::Resource Contact(int i) const;
  v1::Resource Subscription(int i) const;
  v1::Resource Renewal(int i) const;
  v1::Resource Touch(int i) const;
  absl::CivilDay TermEnd(int i) const;
  google::protobuf::Timestamp DaysAgo(int days) const;

  const int count_;
  const absl::CivilDay today_;
};

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_CUSTOMERS_H_
