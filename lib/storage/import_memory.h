#ifndef PERENNIAL_LIB_STORAGE_IMPORT_MEMORY_H_
#define PERENNIAL_LIB_STORAGE_IMPORT_MEMORY_H_

// What the rows of imports said last, and which resources they mean.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/storage/tx.h"
#include "lib/storage/tx/external_ids.h"

namespace perennial {

struct ImportedRow {
  std::string name;           // that the row gives its resource
  std::string target;         // the resource's own where that is another
  std::string identity_text;  // that the id in the name was made of; empty where it was given
  uint64_t digest = 0;        // of all that the row says; 0 where it has to be looked at again
  std::string said;           // a serialized internal.RowMemory
  bool is_damaged = false;    // where it is stored: `said` is not what it said
};

// The origin of what RedirectImportedRows leaves: no caller's, as it has a control character.
inline constexpr char kMergedOrigin[] = "\x01merged";

// Answers the rows of these names, whatever their origins, with few queries.
absl::Status ReadImportedRows(
    const std::vector<std::string>& names, ReadTx& tx,
    absl::FunctionRef<absl::Status(const std::string& origin, ImportedRow row)> on_row);

// The same for the rows that mean one of these resources.
absl::Status ReadRowsThatMean(
    const std::vector<std::string>& resources, ReadTx& tx,
    absl::FunctionRef<absl::Status(const std::string& origin, ImportedRow row)> on_row);

// Answers name and digest of those rows of an origin that are known.
absl::Status ReadDigests(const std::string& origin, const std::vector<std::string>& names,
                         ReadTx& tx,
                         absl::FunctionRef<void(absl::string_view name, uint64_t digest)> on_row);

// As lib/storage/tx/external_ids.h has it.
absl::Status FindResources(
    const ResourceTable& table, const std::vector<ExternalId>& ids, ReadTx& tx,
    absl::FunctionRef<void(const ExternalId& id, const std::string& name)> on_found);

// From now on rows of the name, whatever their origin, mean the resource `target`: it was merged
// into that. `said` is kept beside it, under kMergedOrigin.
absl::Status RedirectImportedRows(const std::string& name, const std::string& target,
                                  const std::string& said, WriteTx& tx);

// The resource of that name is there again: rows of the name mean it itself, whatever was merged.
absl::Status EndRedirection(const std::string& name, WriteTx& tx);

// Writes rows of an origin: first those that are new to it, then those that are known already.
// ABORTED where somebody else has just written one that is new.
absl::Status WriteImportedRows(const std::string& origin, const std::vector<ImportedRow>& added,
                               const std::vector<ImportedRow>& changed, WriteTx& tx);

// Nothing is known of the row any more.
absl::Status ForgetImportedRow(const std::string& name, const std::string& origin, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_IMPORT_MEMORY_H_
