#ifndef PERENNIAL_LIB_API_FIELDS_H_
#define PERENNIAL_LIB_API_FIELDS_H_

// The one field table of a resource: it drives filters, orders and the columns
// of the database. It is read off the message's descriptor, so that the proto
// is the only list of fields.
//
//   proto field                      column(s)             kept as
//   string                           f                     text
//   bool, int32, int64               f                     integer
//   double                           f                     real
//   enum                             f                     text: the value's name, "" when 0
//   Date                             f                     text "2025-01-31", "" when unset
//   Timestamp                        f                     integer, microseconds, 0 when unset
//   Money                            f_micros, f_currency  integer, text
//   repeated string or enum, map     f                     text: "\nA\nB\n"; for maps
//   "\nkey=value\n"; "" when empty
//
// `search` is a field of every resource that has texts to search through: they are in the column
// search_text, as words (search_text.h), each in a line. It is the last column. The words of those
// that there are many of, and that people look for by name, are in the table search_words, too.
//
// The fields of another message that a resource has one of are its own, as `m.f` in filters and
// `m_f` as column; deeper or repeated messages, and fields marked `not_queryable`, are kept inside
// the stored message only. `name`, `etag`, `create_time` and `update_time` are not
// in `columns`: every table has them (but the etag) as name, version, create_time, update_time.
// `account` (the account a name is under) is a text field of every resource
// that has one above it.
//
// A message marked `joined` is a summary of what is above the resource: of `account`, its fields
// `account.segment` and so on are read from the columns of the account itself, under the names
// account_segment and so on. They are no columns of the resource and not stored with it: a message
// has them only where its summary was filled in.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial {

// A column's value: integer, real or text.
using FieldValue = std::variant<int64_t, double, std::string>;

enum class FieldKind {
  kText,
  kBool,
  kInteger,
  kReal,
  kEnum,
  kDate,
  kTime,
  kMoney,
  kSet,
  kMap,
  kSearch
};

// Whether a field of this kind has such values in its first column.
bool IsOfKind(const FieldValue& value, FieldKind kind);

struct Field {
  std::string path;  // as filters name it: "stage", "arr", "labels"
  FieldKind kind = FieldKind::kText;
  const google::protobuf::FieldDescriptor* descriptor = nullptr;  // null for `account`, `search`
  const google::protobuf::FieldDescriptor* within = nullptr;    // the message it is a field of, or
                                                                // null for the resource itself
  std::vector<std::string> columns;                             // one, or two for Money
  int max_length = 0;                                           // of a text column, in characters
  const google::protobuf::EnumDescriptor* enum_type = nullptr;  // of kEnum, and of kSet of enums
  std::vector<const google::protobuf::FieldDescriptor*> searched;  // of kSearch
  bool joined = false;   // of the summary of what is above: its columns are not of this resource
  bool indexed = false;  // of kSearch: its words are in the table search_words
};

class FieldTable {
 public:
  explicit FieldTable(const google::protobuf::Descriptor& message);

  // Built once for each message and never freed.
  static const FieldTable& Of(const google::protobuf::Descriptor& message);

  const google::protobuf::Descriptor& message() const { return message_; }
  // Without those that are joined.
  const std::vector<Field>& fields() const { return fields_; }
  // What is joined, with the message that they are within; none, and null, mostly.
  const std::vector<Field>& joined_fields() const { return joined_fields_; }
  const google::protobuf::FieldDescriptor* summary() const { return summary_; }
  // Null if there is none. Also finds name, account, create_time and update_time, and what is
  // joined.
  const Field* Find(absl::string_view path) const;
  bool has_indexed_search() const { return !fields_.empty() && fields_.back().indexed; }
  // Every path that Find knows, parted by commas, for people.
  std::string PathList() const;

  // The names of all columns, in one order, and the values a message has in them.
  const std::vector<std::string>& columns() const { return columns_; }
  void Values(const google::protobuf::Message& message, std::vector<FieldValue>& values) const;

 private:
  const google::protobuf::Descriptor& message_;
  std::vector<Field> fields_;
  std::vector<Field> common_fields_;  // name, create_time and update_time
  std::vector<Field> joined_fields_;
  const google::protobuf::FieldDescriptor* summary_ = nullptr;
  std::vector<std::string> columns_;
};

// The values one field of a resource has in its columns.
void AppendFieldValues(const google::protobuf::Message& resource, const Field& field,
                       std::vector<FieldValue>& values);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_FIELDS_H_
