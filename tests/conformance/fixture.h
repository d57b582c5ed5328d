#ifndef PERENNIAL_TESTS_CONFORMANCE_FIXTURE_H_
#define PERENNIAL_TESTS_CONFORMANCE_FIXTURE_H_

// What every test of the whole server starts from. A test program has one real server on each
// engine, started when a test first needs it; all tests of the program share it, so each of them
// makes accounts, products and playbooks of its own. When the program ends, the history of each
// server must fold to what its lists answer.
//
//   class OffersTest : public EngineTest {};
//   INSTANTIATE_ON_EVERY_ENGINE(OffersTest);
//
//   TEST_P(OffersTest, AreSentOnce) { ... api().pipeline.SendOffer(request) ... }

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "perennial/client/connection.h"
#include "tests/conformance/clients.h"
#include "tests/conformance/matchers.h"
#include "tests/support/test_database.h"

namespace perennial::conformance {

// The day on which the clock of every server starts.
inline constexpr absl::CivilDay kFirstDay(2025, 1, 1);

// An id that no other test of the program uses: "acme-17".
std::string UniqueId(absl::string_view prefix);

class ConformanceTest : public testing::Test {
 protected:
  // Makes the engine's server the one that the test is about.
  void Use(sql::Engine engine);

  // Calls as "tester", who may do everything.
  Clients& api() { return *clients_; }
  Clients As(v1::Role role) const;
  Clients As(const std::string& actor) const;

  const std::shared_ptr<client::Connection>& connection() const { return connection_; }

  // For further servers on the same database.
  const TestDatabase& database() const { return *database_; }

  // By the server's clock.
  absl::Time Now() const;
  absl::CivilDay Today() const;
  // Lives through these days, with all that happens on them by itself.
  void MoveDays(int days);

  // The number of the latest change: equal before and after, nothing was written.
  int64_t LatestRevision() const;

 private:
  std::shared_ptr<client::Connection> connection_;
  std::unique_ptr<Clients> clients_;
  const TestDatabase* database_ = nullptr;
};

class EngineTest : public ConformanceTest, public testing::WithParamInterface<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    Use(GetParam());
  }
};

#define INSTANTIATE_ON_EVERY_ENGINE(test) \
  INSTANTIATE_TEST_SUITE_P(Engines, test, EveryEngine(), EngineName)

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_FIXTURE_H_
