#ifndef PERENNIAL_CLIENT_CLI_BULK_H_
#define PERENNIAL_CLIENT_CLI_BULK_H_

// Many requests of one method, each by itself.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/cli_context.h"
#include "client/cli/resources.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {

struct BulkRow {
  // Of the method, without a request_id and validate_only.
  std::unique_ptr<google::protobuf::Message> request;
  ResourcePtr before;  // what it is about as it was read; null where that was not there
};

// What became of a row.
struct BulkResult {
  std::string name;
  ResourcePtr before;
  ResourcePtr after;  // null where it failed
  std::optional<v1::RowError> error;
};

// The name of what a request is about: its own, or that of the resource of an update.
std::string NameIn(const google::protobuf::Message& request);

// Has the request refused where the resource is no longer as it was read: by its etag, unless the
// request has one, and by the stage that it is to leave.
void Guard(const google::protobuf::Message& before, google::protobuf::Message& request);

// Sends the rows, 500 at a time where there is a method that takes several and one by one
// otherwise, and appends a result for each, in order; tells on stderr how far it is. A row that
// breaks the rules of the protos fails by itself, and is not sent. The status is that of a call
// that failed as a whole: what was done before it counts, and the rows from there on failed.
absl::Status RunBulk(CliContext& context, const google::protobuf::MethodDescriptor& method,
                     std::vector<BulkRow> rows, bool validate_only,
                     std::vector<BulkResult>& results);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_BULK_H_
