#ifndef PERENNIAL_LIB_STORAGE_CALL_H_
#define PERENNIAL_LIB_STORAGE_CALL_H_

#include <cstdint>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "perennial/v1/options.pb.h"

namespace perennial {

inline constexpr char kSystemActor[] = "system";
// Of a caller who does not say who they are.
inline constexpr char kUnnamedActor[] = "local";

// Who asks for what: every write is recorded under it.
struct Call {
  // A user's name, or `system` for what the server does by itself.
  std::string actor;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  // "PipelineService.AdvanceOpportunity", or a job's name.
  std::string method;
  // Empty where the caller gave none.
  std::string request_id;
  // What the history has instead, for several calls that belong together; empty for none.
  std::string run;
  // Why, for the history: what is not empty in the request.
  std::string reason;
  // The time line that the caller knows of; 0 where it did not say.
  uint64_t time_line = 0;
  // Of the method and the request without its request_id: tells a retry from another request.
  uint64_t fingerprint = 0;
  bool validate_only = false;
  absl::Time deadline = absl::InfiniteFuture();
  // Where it is given and was notified, nothing more is done for the call: CANCELLED.
  const absl::Notification* stop = nullptr;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_CALL_H_
