#include "server/workflows/undo/import_rows_back.h"

#include <map>
#include <utility>

#include "internal/import_memory.pb.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "lib/storage/import_memory.h"

namespace perennial {

using internal::FieldMemory;
using internal::RowMemory;
using v1::Change;

namespace {

struct Row {
  std::string origin;
  ImportedRow row;
  const Reversal* reversal;
};

// What the row said of a field was taken, and is taken back.
void TakeBack(const SaidField& field, const Reversal& reversal, const std::string& own,
              FieldMemory& memory) {
  const ValueHashes given = field.In(*reversal.now);
  if (ValueHashes(memory.values().begin(), memory.values().end()) != given) return;
  FieldMemory back;
  back.set_path(memory.path());
  for (const uint64_t value : field.In(*reversal.target)) back.add_values(value);
  back.set_reverted_by(own);
  *back.mutable_reverted() = std::move(memory);
  memory = std::move(back);
}

void TakeBack(const Row& row, const std::string& reverted, const std::string& own,
              RowMemory& memory) {
  for (FieldMemory& said : *memory.mutable_fields()) {
    for (const SaidField& field : row.reversal->fields) {
      if (field.path() != said.path()) continue;
      if (row.reversal->was_undone && said.reverted_by() == reverted && said.has_reverted()) {
        FieldMemory before = said.reverted();
        said = std::move(before);
      } else if (row.reversal->was_imported) {
        TakeBack(field, *row.reversal, own, said);
      }
    }
  }
}

}  // namespace

absl::Status TakeBackImportedRows(const std::vector<const Reversal*>& done,
                                  const std::string& reverted, const std::string& own,
                                  WriteTx& tx) {
  std::vector<std::string> names;
  std::map<std::string, const Reversal*> by_name;
  for (const Reversal* one : done) {
    if (!one->was_imported && !one->was_undone) continue;
    if (by_name.emplace(one->name, one).second) names.push_back(one->name);
  }
  if (names.empty()) return absl::OkStatus();
  std::vector<Row> rows;
  RETURN_IF_ERROR(ReadRowsThatMean(names, tx, [&](const std::string& origin, ImportedRow row) {
    const std::string& name = row.target.empty() ? row.name : row.target;
    const auto reversal = by_name.find(name);
    if (reversal != by_name.end() && origin != kMergedOrigin) {
      const Reversal* one = reversal->second;
      rows.push_back({origin, std::move(row), one});
    }
    return absl::OkStatus();
  }));
  std::map<std::string, std::vector<ImportedRow>> changed;
  for (Row& row : rows) {
    if (row.reversal->operation == Change::DELETED) {
      if (!row.reversal->was_imported) continue;
      RETURN_IF_ERROR(ForgetImportedRow(row.row.name, row.origin, tx));
      continue;
    }
    RowMemory memory;
    if (row.row.is_damaged || !memory.ParseFromString(row.row.said)) continue;
    TakeBack(row, reverted, own, memory);
    std::string said = SerializeDeterministic(memory);
    if (said == row.row.said) continue;
    row.row.said = std::move(said);
    row.row.digest = 0;
    changed[row.origin].push_back(std::move(row.row));
  }
  for (const auto& [origin, of_origin] : changed) {
    RETURN_IF_ERROR(WriteImportedRows(origin, {}, of_origin, tx));
  }
  return absl::OkStatus();
}

}  // namespace perennial
