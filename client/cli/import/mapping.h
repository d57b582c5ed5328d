#ifndef PERENNIAL_CLIENT_CLI_IMPORT_MAPPING_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_MAPPING_H_

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "internal/import_mapping.pb.h"

namespace perennial::cli {

// A message of a mapping and where it stands in its file, for errors.
class MappingNode {
 public:
  // INVALID_ARGUMENT: "mapping.textproto:12:5: message". The place is that of the field, of its
  // element `index` where it is repeated, or of the message where the field is not set.
  absl::Status Error(const std::string& field, absl::string_view message, int index = -1) const;

  // Of its beginning, from 1.
  int line() const { return start_.line + 1; }

  // The message that the field holds.
  MappingNode At(const std::string& field, int index = -1) const;

 private:
  friend class Mapping;
  using Locations = google::protobuf::TextFormat::ParseInfoTree;
  using Location = google::protobuf::TextFormat::ParseLocation;

  MappingNode(const std::string* file, const google::protobuf::Descriptor* type,
              const Locations* locations, Location start)
      : file_(file), type_(type), locations_(locations), start_(start) {}
  Location Find(const std::string& field, int index) const;

  const std::string* file_;
  const google::protobuf::Descriptor* type_;
  const Locations* locations_;  // null where the message does not stand in the file
  Location start_;
};

// A mapping file.
class Mapping {
 public:
  // INVALID_ARGUMENT with every error in the text: "name:line:column: message". `name` is for
  // errors.
  static absl::StatusOr<Mapping> Parse(const std::string& name, const std::string& text);
  static absl::StatusOr<Mapping> Read(const std::string& path);

  const std::string& name() const { return *name_; }
  const internal::ImportMapping& message() const { return message_; }
  MappingNode root() const;

 private:
  Mapping() = default;

  std::unique_ptr<std::string> name_;
  internal::ImportMapping message_;
  std::unique_ptr<google::protobuf::TextFormat::ParseInfoTree> locations_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_MAPPING_H_
