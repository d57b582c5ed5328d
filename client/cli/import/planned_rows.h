#ifndef PERENNIAL_CLIENT_CLI_IMPORT_PLANNED_ROWS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_PLANNED_ROWS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// The rows that a dry run would have written by now: a chunk that refers to some of them is checked
// together with them.
class PlannedRows {
 public:
  void Add(v1::ImportRow row);

  // Adds those that the rows of the chunk refer to, what these refer to, and so on, in the order in
  // which they were planned.
  void AddTo(v1::ImportRequest& chunk) const;

 private:
  std::vector<v1::ImportRow> rows_;
  absl::flat_hash_map<std::string, size_t> index_;  // by name
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_PLANNED_ROWS_H_
