#ifndef PERENNIAL_SERVER_METHODS_SYSTEM_CALL_H_
#define PERENNIAL_SERVER_METHODS_SYSTEM_CALL_H_

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "lib/storage/call.h"

namespace perennial {

// What the server does by itself, under the name of a job.
inline Call SystemCall(std::string method, absl::Time deadline) {
  Call call;
  call.actor = kSystemActor;
  call.role = v1::ADMIN;
  call.method = std::move(method);
  call.deadline = deadline;
  return call;
}

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_SYSTEM_CALL_H_
