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
  bool is_repeated() const;
  bool is_money() const;

  // Sets the field to what the text says, or adds that where the field is repeated: see SetElement
  // in client/cli/field_text.h. INVALID_ARGUMENT says what was expected.
  absl::Status Set(const std::string& text, google::protobuf::Message& message) const;

 private:
  std::string path_;
  // The messages on the way, and the field at the end.
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  std::string key_;  // of a label
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_SET_FIELD_H_
