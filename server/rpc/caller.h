#ifndef PERENNIAL_SERVER_RPC_CALLER_H_
#define PERENNIAL_SERVER_RPC_CALLER_H_

// Who calls, as the metadata of a call say:
//   x-perennial-actor  1 to 200 printable ASCII characters; "local" where absent
//   x-perennial-role   VIEWER, EDITOR, MANAGER or ADMIN; ADMIN where absent
//   x-perennial-time-line  what an earlier answer said of it, so that what was prepared before the
//                      database was restored is not carried out after it
// Callers are not authenticated yet: the server listens on loopback only, and
// whoever reaches it may name himself and give up rights, not more.

#include <grpcpp/server_context.h>

#include "absl/status/status.h"
#include "lib/storage/call.h"

namespace perennial {

inline constexpr char kActorMetadata[] = "x-perennial-actor";
inline constexpr char kRoleMetadata[] = "x-perennial-role";
// In the initial metadata of every answer, too.
inline constexpr char kTimeLineMetadata[] = "x-perennial-time-line";

// Fills in actor, role and time line. INVALID_ARGUMENT names the metadata that is wrong.
absl::Status ReadCaller(const grpc::ServerContextBase& context, Call& call);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_CALLER_H_
