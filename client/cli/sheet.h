#ifndef PERENNIAL_CLIENT_CLI_SHEET_H_
#define PERENNIAL_CLIENT_CLI_SHEET_H_

// Tables that people edit in spreadsheets.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/import/csv.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// The text of a file, or with "-" of standard input, in UTF-8. `encoding` as of ToUtf8.
absl::StatusOr<std::string> ReadSheetText(const std::string& path, const std::string& encoding);

// What errors call it.
std::string SheetName(const std::string& path);

// Parted by what stands between the names of its columns: commas, semicolons or tabs.
absl::StatusOr<CsvTable> ParseSheet(const std::string& name, const std::string& text);

// A column of which the cells are a field's.
struct SheetColumn {
  std::string path;                                          // "next_step", "labels.tier"
  const google::protobuf::FieldDescriptor* field = nullptr;  // of the resource or request itself
  std::string key;                                           // of a map: the one that it has
};

// Null in `field` where the message has none that people may set or see in a column of the name.
SheetColumn FindSheetColumn(const google::protobuf::Descriptor& type, const std::string& path);

// The column that has the currency of an amount: "forecast_arr.currency_code".
std::string CurrencyColumn(absl::string_view path);

// The text of the column in the message, as FieldText; of a map's key its value.
std::string CellText(const google::protobuf::Message& message, const SheetColumn& column);

// Sets it to a text as ReadCell answers it, and names it in the mask. An empty one clears it.
absl::Status SetCell(const SheetColumn& column, const std::string& text,
                     google::protobuf::Message& message, google::protobuf::FieldMask& mask);

// Problems of a file, each with its place: "FILE:LINE: column "x": ...".
class SheetProblems {
 public:
  explicit SheetProblems(std::string name) : name_(std::move(name)) {}

  void Add(int64_t line, absl::string_view column, absl::string_view what);
  // INVALID_ARGUMENT with all of them, twenty at most; OK where there is none.
  absl::Status ToStatus() const;

 private:
  const std::string name_;
  std::vector<std::string> problems_;
  size_t more_ = 0;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_SHEET_H_
