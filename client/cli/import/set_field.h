#ifndef PERENNIAL_CLIENT_CLI_IMPORT_SET_FIELD_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_SET_FIELD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// A field of a resource that a text can set: "display_name", "arr", "labels.plan".
class FieldTarget {
 public:
  // INVALID_ARGUMENT where there is no such field, or none that a text can set.
  static absl::StatusOr<FieldTarget> Find(const google::protobuf::Descriptor& message,
                                          absl::string_view path);

  const std::string& path() const { return path_; }
  // The field of the message that it is, or is within.
  const google::protobuf::FieldDescriptor& field() const { return *fields_.front(); }
  // Whether the message has a value there that is not 0, false or nothing; true of what is within
  // another field.
  bool IsSet(const google::protobuf::Message& message) const;
  bool is_repeated() const;
  bool is_money() const;
  bool is_number() const;  // or an amount of money
  bool is_reference() const;

  // Sets the field to what the text says, or adds that where the field is repeated: see SetElement
  // in client/cli/field_text.h. INVALID_ARGUMENT says what was expected.
  absl::Status Set(const std::string& text, google::protobuf::Message& message) const;

  // Adds the field's number or amount in `other` to that in `message`. INVALID_ARGUMENT where the
  // sum is out of bounds, or of two currencies.
  absl::Status Add(const google::protobuf::Message& other,
                   google::protobuf::Message& message) const;
  // Adds what a repeated field has in `other` and lacks in `message`.
  void AddMissing(const google::protobuf::Message& other, google::protobuf::Message& message) const;

 private:
  google::protobuf::Message& ParentIn(google::protobuf::Message& message) const;
  const google::protobuf::Message& ParentIn(const google::protobuf::Message& message) const;

  std::string path_;
  // The messages on the way, and the field at the end.
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  std::string key_;  // of a label
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_SET_FIELD_H_
