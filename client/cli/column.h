#ifndef PERENNIAL_CLIENT_CLI_COLUMN_H_
#define PERENNIAL_CLIENT_CLI_COLUMN_H_

// What a table or CSV shows of each message: fields, and fields of messages in it.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

struct Column {
  std::string path;  // as filters have it: "stage", "standing.state"
  // On the way to the field that is shown, which is the last of them.
  std::vector<const google::protobuf::FieldDescriptor*> fields;

  const google::protobuf::FieldDescriptor& field() const { return *fields.back(); }
};
using Columns = std::vector<Column>;

// The columns that these paths, parted by blanks or commas, name. INVALID_ARGUMENT on an unknown
// one, and where there is none.
absl::StatusOr<Columns> FindColumns(const google::protobuf::Descriptor& type,
                                    absl::string_view paths);

// One for each field of the message.
Columns ColumnsOf(const google::protobuf::Descriptor& type);

// The same, but with the fields of a message that it has one of instead of that message.
Columns InnerColumnsOf(const google::protobuf::Descriptor& type);

// The message that has the column's field. Null where one on the way to it is not set.
const google::protobuf::Message* FindHolder(const Column& column,
                                            const google::protobuf::Message& message);

// As field_text.h has them. Empty where a message on the way is not set.
std::string FieldText(const google::protobuf::Message& message, const Column& column);
std::string DisplayText(const google::protobuf::Message& message, const Column& column);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_COLUMN_H_
