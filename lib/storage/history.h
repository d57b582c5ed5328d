#ifndef PERENNIAL_LIB_STORAGE_HISTORY_H_
#define PERENNIAL_LIB_STORAGE_HISTORY_H_

// The one history: a row for everything that was ever written, in the same
// transaction as the write itself.
//
// On SQLite the one writer numbers changes as it writes them. On MySQL writers
// commit in an order that nobody knows beforehand, so they leave a negative
// stand-in for the revision, and NumberChanges gives the committed rows their
// numbers afterwards: no reader ever skips a change that was committed late.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "lib/api/resume_token.h"
#include "lib/storage/call.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/sql/database.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

struct PendingChange {
  const ResourceTable* table;
  v1::Change::Operation operation;
  std::string name;
  int64_t version;
  absl::Time time;
  std::string reason;
  std::string data;
  // What `version` was when the change was made; it stays where more is added to the change.
  int64_t first_version = version;
};

// Who changed something, how and when.
struct ChangeFacts {
  int64_t time;  // in microseconds since 1970
  absl::string_view operation, actor, method, reason, request_id;
};

// What a change is sealed with beside its resource.
std::string BesideChange(const ChangeFacts& facts);

// Writes the changes of one transaction, in the order in which they were made. Answers the last
// revision that it gave; 0 where it gave none.
absl::StatusOr<int64_t> AppendChanges(sql::Connection& connection, const sql::Facts& facts,
                                      const Call& call, const std::vector<PendingChange>& changes);

// Gives revisions to at most `limit` committed changes that have none, and
// answers to how many. Safe to call anywhere at any time; a write of its own.
absl::StatusOr<int> NumberChanges(sql::Connection& connection, int limit);

// What was stored of a resource at `time`, without its account's summary. NOT_FOUND.
absl::Status ReadAsOf(sql::Connection& connection, absl::string_view name, absl::Time time,
                      absl::FunctionRef<absl::Status(absl::string_view data)> on_data);

// The times and versions that were given last: those to come go on from there, though a clock
// went back.
struct LatestChange {
  absl::Time time = absl::InfinitePast();
  int64_t version = 0;
};
absl::StatusOr<LatestChange> ReadLatestChange(sql::Connection& connection);

// Where the history is: whatever is numbered after this comes behind it.
absl::StatusOr<ResumeToken> HistoryPosition(sql::Connection& connection);

// The same, with the key that this database signs page tokens with.
struct ListPosition {
  ResumeToken history;
  std::string token_key;
};
absl::StatusOr<ListPosition> ReadListPosition(sql::Connection& connection);

// Puts a resource into the oneof that has its type.
v1::Resource ToResource(const google::protobuf::Message& message);
// The message in it; null where none is set.
const google::protobuf::Message* InResource(const v1::Resource& resource);
google::protobuf::Message* MutableInResource(v1::Resource& resource);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_HISTORY_H_
