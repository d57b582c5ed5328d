#ifndef PERENNIAL_CLIENT_CLI_IMPORT_TEXT_TEMPLATE_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_TEXT_TEMPLATE_H_

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/import/csv.h"
#include "client/cli/import/text_functions.h"

namespace perennial::cli {

// The columns that a text can name: those of the file, and those of its lookups.
class ColumnScope {
 public:
  struct Column {
    size_t table = 0;  // 0 for the file itself, from 1 for its lookups in order
    size_t index = 0;

    friend bool operator<(const Column& a, const Column& b) {
      return std::tie(a.table, a.index) < std::tie(b.table, b.index);
    }
  };

  explicit ColumnScope(const CsvTable& file) : tables_{{"", &file}} {}
  void AddLookup(const std::string& name, const CsvTable& table) {
    tables_.push_back({name, &table});
  }

  // INVALID_ARGUMENT lists the columns that there are.
  absl::StatusOr<Column> Find(absl::string_view name) const;

 private:
  struct Table {
    std::string name;
    const CsvTable* csv;
  };
  std::vector<Table> tables_;
};

// A row of the file, and what each lookup found for it: null where nothing.
using RowValues = std::vector<const CsvRecord*>;

inline absl::string_view ValueIn(const RowValues& row, const ColumnScope::Column& column) {
  const CsvRecord* record = row[column.table];
  return record == nullptr ? "" : record->values[column.index];
}

// A text of a mapping: "accounts/{account_id|id}".
class TextTemplate {
 public:
  // INVALID_ARGUMENT says what is wrong with the text. `context` outlives the template.
  static absl::StatusOr<TextTemplate> Parse(absl::string_view text, const ColumnScope& scope,
                                            const FunctionContext& context);

  // INVALID_ARGUMENT says which column's value is wrong. Where `source` is given it becomes the
  // text with what the first function of the kind was given in place of what was made of it; what
  // was given to kBlurs stands behind kMark, with as many slashes as what was made of it has, or
  // none.
  absl::StatusOr<std::string> Evaluate(const RowValues& row) const {
    return Evaluate(row, FunctionKind::kPlain, nullptr);
  }
  absl::StatusOr<std::string> Evaluate(const RowValues& row, FunctionKind kind,
                                       std::string* source) const;
  static constexpr char kMark = '\x01';

  // Whether it has functions of this kind.
  bool Has(FunctionKind kind) const;

  // Those that are looked at.
  std::vector<ColumnScope::Column> Columns() const;

 private:
  // A function of the value so far, and of another column where it is one of those.
  struct Step {
    TextFunction function;
    FunctionKind kind = FunctionKind::kPlain;
    const ColumnFunction* column_function = nullptr;
    ColumnScope::Column other;
  };
  // Text, then a column (where its name is not empty) with functions.
  struct Piece {
    std::string text;
    std::string column_name;
    ColumnScope::Column column;
    std::vector<Step> steps;
  };
  static absl::StatusOr<Step> ParseStep(absl::string_view call, const ColumnScope& scope,
                                        const FunctionContext& context);

  // `given` becomes what the first function of the kind was given, if any was given something.
  static absl::StatusOr<std::string> Value(const Piece& piece, const RowValues& row,
                                           FunctionKind kind, std::optional<std::string>* given);

  std::vector<Piece> pieces_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_TEXT_TEMPLATE_H_
