#ifndef PERENNIAL_LIB_STORAGE_REQUESTS_H_
#define PERENNIAL_LIB_STORAGE_REQUESTS_H_

// The answers to mutating requests, kept so that a retry gets the first one
// again. A request's row is written in the transaction of its work.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/storage/call.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Claims the request id for this transaction, on this time line, before any other work. Answers
// what was answered before, if anything was. ALREADY_EXISTS (REQUEST_ID_REUSED) where that was
// another request; FAILED_PRECONDITION (TIME_LINE_CHANGED) where it was on another time line.
absl::StatusOr<std::optional<std::string>> BeginRequest(sql::Connection& connection,
                                                        const Call& call,
                                                        absl::string_view request_id,
                                                        uint64_t time_line, absl::Time now);

absl::Status FinishRequest(sql::Connection& connection, const Call& call,
                           absl::string_view request_id, absl::string_view response);

// Removes at most `limit` rows of before `time` and answers how many.
absl::StatusOr<int64_t> ForgetRequests(sql::Connection& connection, absl::Time time, int limit);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_REQUESTS_H_
