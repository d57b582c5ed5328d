#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_SAID_FIELDS_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_SAID_FIELDS_H_

// The fields that a row of an import says something of, one by one, and their values as hashes.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial {

// Hashes of the elements of a list; of anything else one, or none where it is empty.
using ValueHashes = std::vector<uint64_t>;

class SaidField {
 public:
  SaidField(const google::protobuf::FieldDescriptor& field, std::string key);

  // "display_name", or "labels.plan": each entry of a map is said by itself.
  const std::string& path() const { return path_; }
  const google::protobuf::FieldDescriptor& descriptor() const { return field_; }
  bool is_list() const { return field_.is_repeated() && !field_.is_map(); }

  ValueHashes In(const google::protobuf::Message& resource) const;
  // Whether nobody has said anything but that they do not know: UNKNOWN of an enumeration.
  bool IsUnknownIn(const google::protobuf::Message& resource) const;
  // For people; empty where the field is.
  std::string TextIn(const google::protobuf::Message& resource) const;

  // Gives `to` the value that `from` has, or takes it away.
  void Copy(const google::protobuf::Message& from, google::protobuf::Message& to) const;
  // Of a list: adds the element `index` of `from`; removes that of `to`.
  void AddElement(const google::protobuf::Message& from, int index,
                  google::protobuf::Message& to) const;
  void RemoveElement(int index, google::protobuf::Message& to) const;
  // The element of `to` with the id that the element `index` of `from` has; -1 where there is none,
  // or elements have no ids.
  int FindElement(const google::protobuf::Message& from, int index,
                  const google::protobuf::Message& to) const;
  // For people.
  std::string ElementText(const google::protobuf::Message& resource, int index) const;

 private:
  // The index of the map's entry; none: -1.
  int FindEntry(const google::protobuf::Message& resource) const;

  const google::protobuf::FieldDescriptor& field_;
  const std::string key_;
  const std::string path_;
};

// Those of a row, in the order of its fields; the name and the etag are not said. INVALID_ARGUMENT
// names elements of `empty_fields`.
absl::StatusOr<std::vector<SaidField>> SaidFields(const google::protobuf::Message& resource,
                                                  const v1::ImportRow& row);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_SAID_FIELDS_H_
