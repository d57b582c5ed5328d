#ifndef PERENNIAL_CLIENT_CALL_H_
#define PERENNIAL_CLIENT_CALL_H_

// A call as callers mean it: made once in effect, however often it is attempted.
// The typed clients make theirs by it; it serves generic callers as well.

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/client/connection.h"
#include "perennial/client/options.h"

namespace perennial::client {

// Calls the method by `options` alone and answers as the server does.
//
// Attempts again, with growing and random waits and within the timeout, after
//   - UNAVAILABLE,
//   - RESOURCE_EXHAUSTED where the server says when to come back,
//   - ABORTED with WRITE_CONFLICT,
// if that is safe: for methods that only read, and for those whose request has
// a request_id. One is made before the first attempt where the request has none,
// so that the server carries out the call once. Such a call names the time line that the last
// answer was of: where the database was restored since then, it fails once with TIME_LINE_CHANGED,
// for the caller to look anew. Where no time is left for another attempt the last error is the
// answer.
absl::Status CallWithRetries(Connection& connection,
                             const google::protobuf::MethodDescriptor& method,
                             const google::protobuf::Message& request,
                             google::protobuf::Message& response, const CallOptions& options);

// Whether the method only reads, by the role that the protos declare for it.
bool IsRead(const google::protobuf::MethodDescriptor& method);

// How long to wait after `attempts` attempts of which the last ended in `status`, or
// nullopt to give up. `random` is from [0, 1).
std::optional<absl::Duration> RetryDelay(const RetryPolicy& policy, int attempts,
                                         const absl::Status& status, double random);

// From [0, 1).
double RandomPart();

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_CALL_H_
