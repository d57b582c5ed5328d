#ifndef PERENNIAL_TESTS_SUPPORT_STORE_FIXTURE_H_
#define PERENNIAL_TESTS_SUPPORT_STORE_FIXTURE_H_

// A store with an empty database of its own, for each test and on each engine:
//
//   class BoardTest : public StoreFixture {};
//   INSTANTIATE_TEST_SUITE_P(Engines, BoardTest, EveryEngine(), EngineName);

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

#include "lib/base/clock.h"
#include "lib/storage/migrations.h"
#include "lib/storage/store.h"
#include "tests/support/test_database.h"

namespace perennial {

class StoreFixture : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_.emplace(GetParam());
    std::unique_ptr<sql::Database> database = test_database_->Open();
    ASSERT_TRUE(sql::Migrate(*database, Migrations()).ok());
    store_.emplace(std::move(database), clock_);
    call_.actor = "tester";
    call_.method = "Test";
  }

  template <class T>
  void Create(const T& resource) {
    const absl::Status status =
        store_->Apply(call_, [&](WriteTx& tx) { return tx.Create(resource).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::optional<TestDatabase> test_database_;
  // Stands at the first day of 2025.
  ManualClock clock_{absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone())};
  std::optional<Store> store_;
  Call call_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_STORE_FIXTURE_H_
