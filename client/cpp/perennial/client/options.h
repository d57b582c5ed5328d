#ifndef PERENNIAL_CLIENT_OPTIONS_H_
#define PERENNIAL_CLIENT_OPTIONS_H_

// What a call can be told, in three layers: a connection's calls, a client's
// calls, one call. What the more specific layer leaves unset comes from the
// next; what none of them sets has the default given here.

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "perennial/v1/options.pb.h"

namespace grpc {
class ChannelCredentials;
}

namespace perennial::client {

// How a call is attempted again after an error that passes. See CallWithRetries.
struct RetryPolicy {
  // In all. With 1 nothing is attempted again; otherwise the timeout is the limit.
  int max_attempts = std::numeric_limits<int>::max();

  // The wait before the second attempt; doubles with each attempt up to the
  // greatest. A random part of up to a half is taken off.
  absl::Duration initial_backoff = absl::Milliseconds(50);
  absl::Duration max_backoff = absl::Seconds(2);

  // For how long a server that cannot be reached is waited for, where that is less than the
  // timeout.
  absl::Duration patience = absl::InfiniteDuration();
};

struct CallOptions {
  // For the whole call, its retries included. 10 seconds; none for a stream.
  std::optional<absl::Duration> timeout;
  std::optional<RetryPolicy> retry;

  // Who calls, as the history will show it.
  std::optional<std::string> actor;

  // Lowers the caller's role. Cannot raise it.
  std::optional<v1::Role> role;

  // Further metadata, by lower-case key. The layers add up; of equal keys the
  // more specific layer's value is sent.
  std::map<std::string, std::string> metadata;

  // Waits for a server that is not there now, until the timeout. CallWithRetries does so by itself
  // from the second attempt on.
  bool wait_for_ready = false;
};

using ClientOptions = CallOptions;

struct ConnectionOptions {
  CallOptions calls;

  // Plaintext where null.
  std::shared_ptr<grpc::ChannelCredentials> credentials;

  // The largest answer accepted.
  int max_receive_bytes = 64 << 20;
};

// `specific`, and from `general` what it leaves unset.
CallOptions Merge(CallOptions specific, const CallOptions& general);

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_OPTIONS_H_
