#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_ROWS_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_ROWS_H_

// What becomes of each row of an import's chunk.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/storage/import_memory.h"
#include "lib/storage/tx.h"
#include "perennial/v1/import_service.pb.h"
#include "server/methods/type_rules.h"
#include "server/workflows/import/identify.h"
#include "server/workflows/import/merge_row.h"
#include "server/workflows/import/said_fields.h"

namespace perennial {

// The field of the row that is set, such as "account", and the name of the resource in it; "" where
// none is.
std::string KindOf(const v1::Resource& row);
std::string NameOf(const v1::Resource& row);

struct PreparedRow {
  const v1::ImportRow* row = nullptr;
  std::string name;  // that the row gives
  // Without the output-only fields that an import does not take.
  v1::Resource resource;
  std::vector<SaidField> said;
  // The resource is what the row's own went on as.
  bool went_on = false;
  // What is wrong with it: INVALID_ARGUMENT names fields by their path in the Resource.
  absl::Status problem;
};

// Checks a row, which outlives the answer, as far as it goes without the database.
PreparedRow PrepareRow(const v1::ImportRow& row);

// Names of resources of one type.
struct RowNamesOfType {
  std::set<std::string> names;
  bool are_rows = false;  // some are to be written
};

using RowNames = std::map<const ResourceTable*, RowNamesOfType, LockOrder>;

// A row, and the resource that has its external ids.
struct RowMeans {
  PreparedRow* row;
  std::string resource;
};

enum class RowOutcome { kCreated, kUpdated, kSkipped };

// Writes prepared rows of one chunk, in order, in one transaction.
class RowWriter {
 public:
  // `request` says where the rows come from.
  RowWriter(const v1::ImportRequest& request, WriteTx& tx) : request_(request), writing_(tx) {}

  // Reads what those rows without a problem are compared with and what they refer to: a few queries
  // for each type. Rows that turn out to be of a resource of another name get that; those of which
  // it cannot be told get a problem.
  absl::Status Load(std::vector<PreparedRow>& rows);

  absl::StatusOr<RowOutcome> Write(const PreparedRow& row);

  // Writes down what the rows have said, once all are written.
  absl::Status Remember();

  const std::vector<v1::ImportResponse::Conflict>& conflicts() const { return conflicts_; }
  // Grows with each row that makes a conflict, or of which something is to be remembered.
  size_t news() const { return conflicts_.size() + said_.size(); }

 private:
  using Message = google::protobuf::Message;

  // What is known of the rows of a name.
  struct Known {
    bool is_here = false;  // of this origin
    bool is_written = false;
    ImportedRow last;
    std::string identity_text;  // whatever the origin
    ImportedRow merged;         // whatever the origin; without target where it was not
  };

  absl::Status ReadMemory(const std::set<std::string>& names);
  // What is known of the names, and as what they are known now.
  absl::StatusOr<Aliases> ReadAliases(std::set<std::string> names);
  // What the row said last, be it under another name; null where it is new.
  const ImportedRow* LastOf(const PreparedRow& row) const;
  absl::Status FindByExternalIds(std::vector<PreparedRow>& rows, Aliases& aliases);
  absl::Status TakeAliases(const std::vector<RowMeans>& meant, Aliases& aliases);
  absl::Status Hold(const RowNames& names);
  absl::Status CheckIdentities(const PreparedRow& row);
  absl::Status CheckAdopted(const v1::ImportRow::Identity& identity);
  absl::Status CheckExternalIds(const Message& given, const Message& before) const;
  absl::StatusOr<std::string> WentOnAs(const Message& there);
  absl::StatusOr<RowOutcome> WriteLater(const PreparedRow& row, const std::string& name);
  absl::StatusOr<RowOutcome> WriteMerged(const PreparedRow& row, const Message* before,
                                         RowMerge& merge);
  absl::StatusOr<RowOutcome> WriteDeleted(const PreparedRow& row, RowMerge& merge);
  void RememberRow(const PreparedRow& row, const RowMerge& merge);
  void Report(const PreparedRow& row, v1::ImportResponse::Conflict conflict);

  const v1::ImportRequest& request_;
  Writing writing_;
  absl::flat_hash_set<std::string> existing_;
  absl::flat_hash_map<std::string, Known> known_;  // by the name that the rows give
  std::vector<std::string> said_;                  // the names of what is to be remembered
  std::vector<v1::ImportResponse::Conflict> conflicts_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_IMPORT_ROWS_H_
