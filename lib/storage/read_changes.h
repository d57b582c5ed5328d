#ifndef PERENNIAL_LIB_STORAGE_READ_CHANGES_H_
#define PERENNIAL_LIB_STORAGE_READ_CHANGES_H_

// Reads the history in the order of its revisions.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/api/filter.h"
#include "lib/api/resume_token.h"
#include "lib/storage/tx.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

struct ChangeRange {
  // Revisions above `after`, up to and including `up_to`.
  int64_t after = 0;
  int64_t up_to = 0;
  int limit = 0;
  // Only those that the filter, over the fields of Change, matches; of these accounts and types of
  // resources, or of any where there are none.
  Filter filter;
  std::set<std::string> accounts;
  std::set<std::string> resource_types;
  // Whether previous_resource and changed_fields are filled in.
  bool with_previous = false;
};

absl::StatusOr<std::vector<v1::Change>> ReadChanges(const ChangeRange& range, ReadTx& tx);

// A page of ListChanges.
absl::StatusOr<v1::ListChangesResponse> ListChanges(const v1::ListChangesRequest& request,
                                                    ReadTx& tx);

// What there is of the history.
struct HistorySpan {
  // The lowest revision that is still there; 0 where there is none.
  int64_t first = 0;
  // Whatever is numbered later comes behind it.
  ResumeToken end;
  // Whether the history that was asked about is one that was left behind.
  bool is_lost = false;
};
absl::StatusOr<HistorySpan> ReadHistorySpan(uint64_t history_id, ReadTx& tx);

// What was changed under a request id, by one caller.
struct RequestId {
  std::string request_id;
  std::string actor;
};

// Who has used a request id: the first and the last of them by name, where there are several.
absl::StatusOr<std::vector<std::string>> ReadActorsOf(const std::string& request_id, ReadTx& tx);

// The changes under a request id, the newest first, of revisions below `before`. At most `limit`.
absl::StatusOr<std::vector<v1::Change>> ReadChangesOf(const RequestId& request, int64_t before,
                                                      int limit, ReadTx& tx);

// All changes of a resource since those under the request id, and those, in the order in which they
// were made; first, where there is one, the one before them.
absl::StatusOr<std::vector<v1::Change>> ReadChangesSince(const RequestId& request,
                                                         const std::string& resource_name,
                                                         ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_READ_CHANGES_H_
