#include "lib/storage/references.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/resource_name.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

namespace {

bool IsAnyOf(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Selection UsersOf(const ResourceTable& user, const Field& field,
                  const std::vector<std::string>& names) {
  Selection selection(user);
  if (user.fields().Find("account") != nullptr) {
    selection.Under(AccountOf(names.front()));
  }
  if (field.kind != FieldKind::kSet) return selection.WhereAnyOf(field.path, names);
  SqlCondition has_any;
  const std::string has = absl::StrCat("INSTR(", selection.ColumnOf(field.path), ", ?) > 0");
  has_any.sql = absl::StrJoin(std::vector<std::string>(names.size(), has), " OR ");
  for (const std::string& name : names) has_any.binds.emplace_back(absl::StrCat("\n", name, "\n"));
  return selection.Matching(std::move(has_any));
}

void Replace(const FieldDescriptor& field, const std::vector<std::string>& names,
             const std::string& replacement, Message& user) {
  const auto& reflection = *user.GetReflection();
  if (!field.is_repeated()) return reflection.SetString(&user, &field, replacement);
  std::vector<std::string> replaced;
  for (int i = 0; i < reflection.FieldSize(user, &field); ++i) {
    const std::string name = reflection.GetRepeatedString(user, &field, i);
    const std::string& now = IsAnyOf(name, names) ? replacement : name;
    if (now != replacement || !IsAnyOf(replacement, replaced)) replaced.push_back(now);
  }
  reflection.ClearField(&user, &field);
  for (const std::string& name : replaced) reflection.AddString(&user, &field, name);
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> Read(const Selection& selection, ReadTx& tx) {
  const Message& prototype =
      *MessageFactory::generated_factory()->GetPrototype(&selection.table().descriptor());
  std::vector<std::unique_ptr<Message>> resources;
  RETURN_IF_ERROR(tx.SelectData(selection, [&](absl::string_view data) {
    resources.emplace_back(prototype.New());
    const bool parsed =
        resources.back()->ParseFromArray(data.data(), static_cast<int>(data.size()));
    return parsed ? absl::OkStatus() : absl::InternalError("a stored resource does not parse");
  }));
  return resources;
}

}  // namespace

absl::Status ReplaceReferences(const ResourceTable& target, const std::vector<std::string>& names,
                               const std::string& replacement, WriteTx& tx) {
  for (const google::protobuf::Descriptor* descriptor : AllResources()) {
    const ResourceTable& table = ResourceTable::Of(*descriptor);
    for (const ResourceTable::Reference& reference : table.references()) {
      if (reference.target != &target.descriptor()) continue;
      ASSIGN_OR_RETURN(const std::vector<std::unique_ptr<Message>> users,
                       Read(UsersOf(table, *reference.field, names), tx));
      for (const std::unique_ptr<Message>& user : users) {
        Replace(*reference.field->descriptor, names, replacement, *user);
        RETURN_IF_ERROR(tx.UpdateMessage(*user));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace perennial
