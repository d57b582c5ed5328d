#ifndef PERENNIAL_CLIENT_WATCHER_H_
#define PERENNIAL_CLIENT_WATCHER_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/descriptor.h"
#include "perennial/client/connection.h"
#include "perennial/client/options.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial::client {

// Follows the history, and takes it up again by itself where it broke off: nothing is missed,
// repeated or reordered.
//
//   Watcher watcher = history.Watch(request);
//   for (auto response = watcher.Next(); response.ok(); response = watcher.Next()) ...
//
// To go on after the program's own end, keep resume_token() with what was done.
class Watcher {
 public:
  // Where no server answers for options.timeout (5 minutes where not set), Next gives up.
  Watcher(std::shared_ptr<Connection> connection, const google::protobuf::MethodDescriptor& method,
          v1::WatchRequest request, CallOptions options);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

  // Waits for the next response: changes, or none in a heartbeat. An error is the end: OUT_OF_RANGE
  // (RESUME_TOKEN_EXPIRED) where the history before the next change is lost: list again. CANCELLED
  // after Stop. By one thread.
  absl::StatusOr<v1::WatchResponse> Next();

  // Behind the last response.
  const std::string& resume_token() const { return request_.resume_token(); }

  // Ends a Next that waits, and those to come. By any thread.
  void Stop();

 private:
  bool Open();
  absl::Status Close();

  const std::shared_ptr<Connection> connection_;
  const google::protobuf::MethodDescriptor& method_;
  v1::WatchRequest request_;
  CallOptions options_;
  const absl::Duration patience_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Replaced under the mutex, so that Stop finds it whole.
  std::unique_ptr<Stream> stream_;
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_WATCHER_H_
