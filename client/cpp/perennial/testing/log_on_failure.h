#ifndef PERENNIAL_TESTING_LOG_ON_FAILURE_H_
#define PERENNIAL_TESTING_LOG_ON_FAILURE_H_

// For tests with GoogleTest, which the library itself does not need.

#include <gtest/gtest.h>

#include <iostream>

#include "perennial/testing/throwaway_server.h"

namespace perennial::client {

// Prints what the server has to say where the test has failed by the end of this object's life. To
// be declared after the server, which outlives it, in a fixture or a test.
class LogOnFailure {
 public:
  explicit LogOnFailure(const ThrowawayServer& server) : server_(server) {}
  LogOnFailure(const LogOnFailure&) = delete;
  LogOnFailure& operator=(const LogOnFailure&) = delete;
  ~LogOnFailure() {
    if (testing::Test::HasFailure()) std::cerr << server_.DescribeFailure() << std::endl;
  }

 private:
  const ThrowawayServer& server_;
};

}  // namespace perennial::client

#endif  // PERENNIAL_TESTING_LOG_ON_FAILURE_H_
