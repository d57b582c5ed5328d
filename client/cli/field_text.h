#ifndef PERENNIAL_CLIENT_CLI_FIELD_TEXT_H_
#define PERENNIAL_CLIENT_CLI_FIELD_TEXT_H_

// Fields as text, by reflection, so that a new field needs no code here. The text
// that flags take is the text that CSV has:
//
//   string             as it is                  Date       2025-01-31
//   bool               true, false               Timestamp  2025-01-31T12:00:00Z; parsed from a day
//   too number             42                        Money      USD 1200.50 enum               a
//   value's name; parsed in any case, with - for _ map                key=value, joined with commas
//   repeated           elements joined with commas; `\,` is a comma within one
//   any other message  JSON; repeated, an array

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// Sets the field, or adds to a repeated one; an empty text, as of what is not set, clears it. Keys
// of a map that are to be taken off are passed over. INVALID_ARGUMENT says what would be right.
absl::Status SetField(const google::protobuf::FieldDescriptor& field, absl::string_view text,
                      google::protobuf::Message& message);

// The keys of a map that a text such as "tier=gold,zone-" takes off: zone.
std::vector<std::string> RemovedKeys(absl::string_view text);

// The same, but the text is one element where the field is repeated, commas included.
absl::Status SetElement(const google::protobuf::FieldDescriptor& field, const std::string& text,
                        google::protobuf::Message& message);

// Empty for what is not set: an absent message, an unspecified enum.
std::string FieldText(const google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field);

// The same for people: "USD 1,200.50", "2025-01-31 12:00".
std::string DisplayText(const google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field);
// Of the field that has this name.
std::string DisplayText(const google::protobuf::Message& message, const char* field);

// Whether columns of it are read from the right: numbers and amounts.
bool IsNumeric(const google::protobuf::FieldDescriptor& field);

// Whether it is shown as JSON: a message that has no text form of its own.
bool IsStructured(const google::protobuf::FieldDescriptor& field);

// What a flag takes, for its help: "TEXT", "DATE".
std::string TypeName(const google::protobuf::FieldDescriptor& field);

// The names of an enum's values that a person can say, so not the unspecified one; true and false;
// else none.
std::vector<std::string> Choices(const google::protobuf::FieldDescriptor& field);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_FIELD_TEXT_H_
