#ifndef PERENNIAL_CLIENT_CLI_SHEET_CELL_H_
#define PERENNIAL_CLIENT_CLI_SHEET_CELL_H_

// Cells as spreadsheets in any language write them. Beside what flags take (field_text.h):
//
//   numbers   1,250.00 and 1.250,00, 1 250, 1'250; "1,250" alone is 1250 of a whole number, and may
//             be either of an amount
//   Money     a number, in the currency that stands beside it; "USD 1,250" and "1250 USD"
//   days      31.03.2025, 2025/03/31, 3/31/2025; "3/4/2025" may be either
//   times     2025-03-31 12:00[:00], in UTC
//   text      without the ' that keeps spreadsheets from running it as a formula

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace perennial::cli {

// What a cell may mean, as the field's text (FieldText): none where it is no value of the field,
// several where it may be either. `currency` is that of amounts without one; may be empty.
std::vector<std::string> CellReadings(const google::protobuf::FieldDescriptor& field,
                                      absl::string_view cell, absl::string_view currency);

// The one that it means. INVALID_ARGUMENT says what would be right.
absl::StatusOr<std::string> ReadCell(const google::protobuf::FieldDescriptor& field,
                                     absl::string_view cell, absl::string_view currency);

// Whether a spreadsheet may have made the cell of the text by taking it for a number, a day or
// true: "123" of "00123", "1.23E+19" of a long id, "01.03.2025" of "2025-03-01".
bool MayBeReformatted(absl::string_view text, absl::string_view cell);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_SHEET_CELL_H_
