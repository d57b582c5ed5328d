#ifndef PERENNIAL_CLIENT_CLI_EDITED_SHEET_H_
#define PERENNIAL_CLIENT_CLI_EDITED_SHEET_H_

// What people changed in a sheet that was exported (exported_sheet.h), against what the server has
// now.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/bulk.h"
#include "client/cli/exported_sheet.h"
#include "client/cli/import/csv.h"
#include "client/cli/resources.h"
#include "client/cli/sheet.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {

// What is to be done about a sheet.
struct SheetEdits {
  std::vector<BulkRow> updates;
  // Of cells that were changed there and, to something else, here; and rows that are gone.
  std::vector<BulkResult> conflicts;
  size_t unchanged_rows = 0;
};

class EditedSheet {
 public:
  // INVALID_ARGUMENT says which column or name is wrong.
  static absl::StatusOr<EditedSheet> Parse(const std::string& name, const std::string& text);

  const google::protobuf::Descriptor& resource() const { return *resource_; }
  // In the order of the rows.
  const std::vector<std::string>& names() const { return names_; }

  // `current` is what the server has, by name. INVALID_ARGUMENT with every cell that is no value of
  // its column, may be either of two, or may not be changed.
  absl::StatusOr<SheetEdits> Compare(const std::map<std::string, ResourcePtr>& current) const;

 private:
  struct EditColumn {
    size_t index;
    ExportColumn column;
    std::optional<int> currency;
  };
  // A row with what is known of it.
  struct Row {
    const CsvRecord& record;
    const google::protobuf::Message* current;
    std::optional<ExportedMarks> marks;
    bool is_as_exported;  // by its etag
  };
  // What becomes of the cells of a row: those that are set are in the mask.
  struct CellEdits {
    google::protobuf::FieldMask mask;
    v1::RowError conflict;  // a violation for each cell that is one
    bool is_gone = false;   // cells were changed of what is not there any more
  };

  explicit EditedSheet(CsvTable table) : table_(std::move(table)) {}

  absl::Status FindNames();
  absl::Status FindColumns();
  absl::StatusOr<CellEdits> CompareCells(const Row& row, google::protobuf::Message& body,
                                         SheetProblems& problems) const;
  absl::Status CompareRow(size_t index, const ResourcePtr& current, SheetEdits& edits,
                          SheetProblems& problems) const;
  absl::StatusOr<Row> MakeRow(size_t index, const google::protobuf::Message* current) const;
  // What the cell says, where it is another text than was exported and than is there now.
  absl::StatusOr<std::optional<std::string>> ChangedText(const Row& row,
                                                         const EditColumn& column) const;
  bool HasMoved(const Row& row, const ExportColumn& column) const;
  absl::string_view Cell(const Row& row, std::optional<int> index) const;

  CsvTable table_;
  const google::protobuf::Descriptor* resource_ = nullptr;
  std::vector<std::string> names_;
  std::vector<EditColumn> columns_;
  std::optional<int> etag_;
  std::optional<int> exported_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_EDITED_SHEET_H_
