#ifndef PERENNIAL_SERVER_METHODS_SYSTEM_CALL_H_
#define PERENNIAL_SERVER_METHODS_SYSTEM_CALL_H_

#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "lib/storage/call.h"

namespace perennial {

// How long what the server does by itself may go on.
struct RunLimit {
  RunLimit(absl::Time until) : deadline(until) {}  // NOLINT: meant to convert
  RunLimit(absl::Time until, const absl::Notification& stopping)
      : deadline(until), stop(&stopping) {}

  absl::Time deadline;
  // Or nullptr. Once it is notified, the run is to end between two transactions.
  const absl::Notification* stop = nullptr;
};

// What the server does by itself, under the name of a job.
inline Call SystemCall(std::string method, const RunLimit& limit) {
  Call call;
  call.actor = kSystemActor;
  call.role = v1::ADMIN;
  call.method = std::move(method);
  call.deadline = limit.deadline;
  call.stop = limit.stop;
  return call;
}

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_SYSTEM_CALL_H_
