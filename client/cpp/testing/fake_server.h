#ifndef PERENNIAL_CLIENT_CPP_TESTING_FAKE_SERVER_H_
#define PERENNIAL_CLIENT_CPP_TESTING_FAKE_SERVER_H_

#include <memory>
#include <string>

#include "client/cpp/testing/fake_connection.h"

namespace perennial::client {

// Serves a FakeConnection over gRPC on a free port of loopback, while it lives. What it got
// as metadata, the functions of the connection find in the options they are called with.
class FakeServer {
 public:
  explicit FakeServer(FakeConnection& connection);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  // Such as "127.0.0.1:40001".
  const std::string& address() const { return address_; }

 private:
  class Service;

  std::string address_;
  std::unique_ptr<Service> service_;
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_CPP_TESTING_FAKE_SERVER_H_
