#include "server/rpc/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace perennial {
namespace {

constexpr absl::Duration kPauseWithoutFiles = absl::Milliseconds(100);

// Of "127.0.0.1:0" or "[::1]:50051".
sockaddr_storage ToSocketAddress(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  absl::SimpleAtoi(address.substr(colon + 1), &port);
  absl::string_view host = address.substr(0, colon);
  sockaddr_storage result = {};
  if (absl::ConsumePrefix(&host, "[")) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(result);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET6, std::string(absl::StripSuffix(host, "]")).c_str(), &v6.sin6_addr);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(result);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, std::string(host).c_str(), &v4.sin_addr);
  }
  return result;
}

// Of a socket; all zero where the file is none.
sockaddr_storage LocalAddress(int file) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return address;
}

bool Same(const sockaddr_storage& a, const sockaddr_storage& b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

bool Listen(int socket, const sockaddr_storage& address) {
  constexpr int kOn = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof(kOn));
  // Connections have it from the socket that takes them.
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof(kOn));
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
         listen(socket, SOMAXCONN) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address) {
  const sockaddr_storage wanted = ToSocketAddress(address);
  const int file = socket(wanted.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0 || !Listen(file, wanted)) {
    if (file >= 0) close(file);
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, ": is another server running there?"));
  }
  return std::unique_ptr<Listener>(new Listener(file, LocalAddress(file)));
}

Listener::Listener(int socket, const sockaddr_storage& address)
    : socket_(socket), address_(address) {}

int Listener::port() const {
  // It stands in the same place for IPv4 and IPv6.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address_).sin_port);
}

void Listener::Start(grpc::experimental::ExternalConnectionAcceptor& acceptor) {
  accepting_ = std::thread([this, &acceptor] { Accept(acceptor); });
}

void Listener::Accept(grpc::experimental::ExternalConnectionAcceptor& acceptor) const {
  while (true) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = socket_;
    connection.fd = accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection.fd >= 0) {
      acceptor.HandleNewConnection(&connection);
    } else if (errno == EINVAL) {
      return;  // after Stop
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      absl::SleepFor(kPauseWithoutFiles);
    }
  }
}

void Listener::Stop() {
  if (socket_ < 0) return;
  shutdown(socket_, SHUT_RDWR);
  if (accepting_.joinable()) accepting_.join();
  close(std::exchange(socket_, -1));
}

void Listener::Disconnect() const {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    int number = -1;
    const bool is_number = absl::SimpleAtoi(file.path().filename().string(), &number);
    if (is_number && Same(LocalAddress(number), address_)) shutdown(number, SHUT_RDWR);
  }
}

}  // namespace perennial
