#ifndef PERENNIAL_LIB_STORAGE_RESOURCE_TABLE_H_
#define PERENNIAL_LIB_STORAGE_RESOURCE_TABLE_H_

// The table of a resource: name, version, create_time, update_time, a column
// for each field of its field table, and `data`, the whole resource as a
// serialized message. Reading uses `data` alone; the other columns serve filters, orders,
// joins and people with SQL, and are only ever written together with it.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "lib/api/fields.h"

namespace perennial {

class ResourceTable {
 public:
  // Built once for each resource message and never freed.
  static const ResourceTable& Of(const google::protobuf::Descriptor& resource);
  template <class T>
  static const ResourceTable& Of() {
    static const ResourceTable& table = Of(*T::descriptor());
    return table;
  }

  const google::protobuf::Descriptor& descriptor() const { return descriptor_; }
  const FieldTable& fields() const { return fields_; }
  const std::string& type() const { return type_; }
  const std::string& pattern() const { return pattern_; }
  const std::string& table() const { return table_; }

  // SELECT data ... WHERE name = ?
  const std::string& select() const { return select_; }
  // Binds: name, version, create_time, update_time, the fields' columns, data.
  const std::string& insert() const { return insert_; }
  // Binds: version, update_time, the given columns, data; then name, version.
  std::string Update(const std::vector<size_t>& columns) const;
  // Binds: name, version.
  const std::string& erase() const { return erase_; }

  // Of a resource with a summary of its account, for FROM: the columns of all accounts that its
  // joined fields have, with account_name and account_data. Empty for others.
  const std::string& summaries() const { return summaries_; }
  // Its account's `data`, as an expression of a statement that reads this table.
  const std::string& account_data() const { return account_data_; }
  // `select` with that as well.
  const std::string& select_with_account() const { return select_with_account_; }

  // The fields that name other resources, with the types they name.
  struct Reference {
    const Field* field;
    const google::protobuf::Descriptor* target;
    // Set by the server itself, which knows that it is there.
    bool output_only;
  };
  const std::vector<Reference>& references() const { return references_; }

  // The map whose entries say who the resource is elsewhere; null where it has none.
  const google::protobuf::FieldDescriptor* identity() const { return identity_; }

 private:
  explicit ResourceTable(const google::protobuf::Descriptor& resource);

  const google::protobuf::Descriptor& descriptor_;
  const FieldTable& fields_;
  std::string type_, pattern_, table_;
  std::string select_, insert_, erase_, summaries_, account_data_, select_with_account_;
  std::vector<Reference> references_;
  const google::protobuf::FieldDescriptor* identity_ = nullptr;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_RESOURCE_TABLE_H_
