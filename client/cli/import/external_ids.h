#ifndef PERENNIAL_CLIENT_CLI_IMPORT_EXTERNAL_IDS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_EXTERNAL_IDS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// Whose each external id is among all the rows of an import. The server sees a chunk at a time, and
// takes an id that it has written for the word that another name is the same resource.
class ExternalIds {
 public:
  // INVALID_ARGUMENT where an id of the row is that of an earlier row with another name.
  absl::Status Take(const v1::ImportRow& row);

 private:
  struct Holder {
    std::string name;
    std::string source;
    int64_t line;
  };

  absl::flat_hash_map<std::string, Holder> holders_;  // by type, system and id
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_EXTERNAL_IDS_H_
