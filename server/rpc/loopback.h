#ifndef PERENNIAL_SERVER_RPC_LOOPBACK_H_
#define PERENNIAL_SERVER_RPC_LOOPBACK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial {

// Callers are not authenticated yet, so that whoever reaches the server may do everything: it
// listens where only programs on the same machine do.
//
// Takes "127.0.0.1:50051", "localhost:0", "[::1]:50051" and answers the numeric form.
// INVALID_ARGUMENT says what is wrong with any other address.
absl::StatusOr<std::string> LoopbackAddress(absl::string_view address);

// `address` with another port.
std::string WithPort(absl::string_view address, int port);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_LOOPBACK_H_
