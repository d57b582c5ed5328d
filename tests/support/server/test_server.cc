#include "tests/support/server/test_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/time/civil_time.h"

namespace perennial {

TestServer::TestServer(sql::Engine engine, const std::function<void(Server::Options&)>& change)
    : database_(engine) {
  options_.database = database_.options();
  options_.rpc.listen = "127.0.0.1:0";
  options_.rpc.log_successful_calls = false;
  options_.manual_clock = absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone());
  if (change != nullptr) change(options_);
  Start();
}

void TestServer::Restart() {
  server_.reset();
  Start();
}

void TestServer::Start() {
  auto server = Server::Start(options_);
  if (!server.ok()) {
    std::fprintf(stderr, "The test's server does not start: %s\n",
                 server.status().ToString().c_str());
    std::abort();
  }
  server_ = *std::move(server);
}

}  // namespace perennial
