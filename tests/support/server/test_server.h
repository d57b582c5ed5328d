#ifndef PERENNIAL_TESTS_SUPPORT_SERVER_TEST_SERVER_H_
#define PERENNIAL_TESTS_SUPPORT_SERVER_TEST_SERVER_H_

// A whole server on a fresh database and a free port, within the test's process:
//
//   TestServer server(GetParam());
//   ... server.address() ...
//
// tests/support/test_database.h has what runs a test over both engines.

#include <functional>
#include <memory>
#include <string>

#include "lib/storage/sql/database.h"
#include "server/server.h"
#include "tests/support/test_database.h"

namespace perennial {

class TestServer {
 public:
  // With a manual clock at 2025-01-01, without a log of successful calls; `change` may change any
  // option. Ends the program where the server does not start.
  explicit TestServer(sql::Engine engine,
                      const std::function<void(Server::Options&)>& change = nullptr);

  const std::string& address() const { return server_->address(); }
  Server& server() { return *server_; }

  // A new server, on another port, on the same database.
  void Restart();

 private:
  void Start();

  const TestDatabase database_;
  Server::Options options_;
  std::unique_ptr<Server> server_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_SERVER_TEST_SERVER_H_
