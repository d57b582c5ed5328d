#ifndef PERENNIAL_CLIENT_CLI_EXPORTED_SHEET_H_
#define PERENNIAL_CLIENT_CLI_EXPORTED_SHEET_H_

// The sheets that `export` writes and `edit` reads: `name`, `etag`, the columns that were asked
// for, and `exported`. An amount has two columns, the number, and its currency in
// `X.currency_code`.
//
// `exported` has a mark of each text that was exported with the row. By them `edit` tells whether a
// cell was changed since, and whether what the server has was: however the spreadsheet shows
// numbers and days, sorts rows and drops columns.

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/column.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

inline constexpr char kExportedColumn[] = "exported";

struct ExportColumn {
  std::string path;  // "stage", "labels.tier", "account.segment"
  Column column;     // the field, or the map that has the key
  std::string key;   // of a map

  const google::protobuf::FieldDescriptor& field() const { return column.field(); }
  bool IsAmount() const;
  // Whether an update may set it.
  bool MaySet() const;
};

// Parted by blanks or commas. INVALID_ARGUMENT on an unknown one, saying which there are.
absl::StatusOr<std::vector<ExportColumn>> FindExportColumns(
    const google::protobuf::Descriptor& resource, absl::string_view paths);

// As flags have it: of an amount with its currency; of a map's key its value.
std::string ExportText(const google::protobuf::Message& resource, const ExportColumn& column);

// The marks of a row.
class ExportedMarks {
 public:
  static std::string Of(const google::protobuf::Message& resource,
                        const std::vector<ExportColumn>& columns);

  // INVALID_ARGUMENT where the cell is none that Of made.
  static absl::StatusOr<ExportedMarks> Parse(absl::string_view cell);

  // Whether the row was exported with the text in the column; of `name` and `etag` too.
  bool Has(absl::string_view path, absl::string_view text) const;

 private:
  std::set<std::string> marks_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_EXPORTED_SHEET_H_
