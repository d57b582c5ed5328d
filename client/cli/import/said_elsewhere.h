#ifndef PERENNIAL_CLIENT_CLI_IMPORT_SAID_ELSEWHERE_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_SAID_ELSEWHERE_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// Fields of a type of resource, by path: `owner`, or `labels.plan`.
using FieldsOfType = std::pair<std::string, std::set<std::string>>;

// What each block of an import says of fields that several of them set: two that say different
// things of one resource would overwrite each other at each import.
class SaidElsewhere {
 public:
  SaidElsewhere() = default;
  // Each block's type and the fields that it sets, those with one value.
  explicit SaidElsewhere(const std::vector<FieldsOfType>& blocks);

  // Those that the block shares with others.
  const std::set<std::string>& SharedBy(size_t block) const { return shared_[block]; }

  // INVALID_ARGUMENT where another block has said otherwise of the row's resource.
  absl::Status Take(size_t block, const v1::ImportRow& row);

 private:
  struct Said {
    size_t block;
    std::string text;
    std::string source;
    int64_t line;
  };

  std::vector<std::set<std::string>> shared_;        // by block
  absl::flat_hash_map<std::string, Said> by_field_;  // by the names of resource and field
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_SAID_ELSEWHERE_H_
