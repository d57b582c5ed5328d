#ifndef PERENNIAL_CLIENT_CLI_ROW_FILE_H_
#define PERENNIAL_CLIENT_CLI_ROW_FILE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// A file that says for which resources something is to be done.
struct RowFile {
  std::string path;  // "-" for standard input
  std::string encoding;
  bool clear_empty = false;  // an empty cell clears its field; it says nothing otherwise
};

// A request for each row of the file, in its order: what `common` has, the row's name and what its
// cells say. A file without a header has a name in each line. INVALID_ARGUMENT with the lines and
// columns that are wrong, all of them before anything is done: among them a name that stands twice.
absl::StatusOr<std::vector<std::unique_ptr<google::protobuf::Message>>> ReadRows(
    const RowFile& file, const google::protobuf::Message& common,
    const google::protobuf::Descriptor& resource);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_ROW_FILE_H_
