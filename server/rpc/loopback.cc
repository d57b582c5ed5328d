#include "server/rpc/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace perennial {
namespace {

constexpr int kMaxPort = 65535;

// An IPv6 host stands in brackets.
bool IsLoopback(const std::string& host) {
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  absl::string_view bare = host;
  in6_addr v6;
  return absl::ConsumePrefix(&bare, "[") && absl::ConsumeSuffix(&bare, "]") &&
         inet_pton(AF_INET6, std::string(bare).c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

absl::StatusOr<std::string> LoopbackAddress(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > kMaxPort) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address, "\" is not host:port, such as 127.0.0.1:50051"));
  }
  std::string host(address.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  if (!IsLoopback(host)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address,
                     "\" is refused: callers are not authenticated, so that the server listens "
                     "on this machine's own addresses only (127.0.0.1 or [::1])"));
  }
  return absl::StrCat(host, ":", port);
}

std::string WithPort(absl::string_view address, int port) {
  return absl::StrCat(address.substr(0, address.rfind(':') + 1), port);
}

}  // namespace perennial
