#include "perennial/client/options.h"

namespace perennial::client {

CallOptions Merge(CallOptions specific, const CallOptions& general) {
  if (!specific.timeout) specific.timeout = general.timeout;
  if (!specific.retry) specific.retry = general.retry;
  if (!specific.actor) specific.actor = general.actor;
  if (!specific.role) specific.role = general.role;
  specific.metadata.insert(general.metadata.begin(), general.metadata.end());
  return specific;
}

}  // namespace perennial::client
