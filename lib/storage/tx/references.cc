#include "lib/storage/tx/references.h"

#include <algorithm>
#include <map>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/tx.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

namespace {

void ForEachName(const Message& message, const FieldDescriptor& field,
                 absl::FunctionRef<void(const std::string&)> fn) {
  const auto* reflection = message.GetReflection();
  std::string scratch;
  if (!field.is_repeated()) {
    const std::string& name = reflection->GetStringReference(message, &field, &scratch);
    if (!name.empty()) fn(name);
    return;
  }
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
    fn(reflection->GetRepeatedStringReference(message, &field, i, &scratch));
  }
}

// NOT_FOUND names the first that does not exist.
absl::Status HoldAll(const ResourceTable& table, const std::vector<std::string>& names,
                     const IdentityMap& known, RowLocks& locks) {
  RETURN_IF_ERROR(locks.Hold(table, names, Holding::kShared, [](absl::string_view) {}));
  for (const std::string& name : names) {
    if (known.Held(name) == nullptr) return ResourceNotFound(name);
  }
  return absl::OkStatus();
}

std::string NameOf(const Message& resource) {
  return resource.GetReflection()->GetString(resource,
                                             resource.GetDescriptor()->FindFieldByName("name"));
}

}  // namespace

absl::Status HoldReferences(const ResourceTable& table, const Message& resource,
                            const Message* before, const IdentityMap& known, RowLocks& locks) {
  std::map<const ResourceTable*, std::vector<std::string>, LockOrder> wanted;
  const auto want = [&](const Descriptor& target, const std::string& name) {
    if (known.Held(name) == nullptr) wanted[&ResourceTable::Of(target)].push_back(name);
  };
  if (before == nullptr) {
    const std::string parent(ParentOf(NameOf(resource)));
    if (!parent.empty()) want(*ResourceByName(parent), parent);
  }
  for (const ResourceTable::Reference& reference : table.references()) {
    if (reference.output_only) continue;
    const FieldDescriptor& field = *reference.field->descriptor;
    absl::flat_hash_set<std::string> old_names;
    if (before != nullptr) {
      ForEachName(*before, field, [&](const std::string& name) { old_names.insert(name); });
    }
    ForEachName(resource, field, [&](const std::string& name) {
      if (!old_names.contains(name)) want(*reference.target, name);
    });
  }
  for (const auto& [target, names] : wanted) {
    RETURN_IF_ERROR(HoldAll(*target, names, known, locks));
  }
  return absl::OkStatus();
}

absl::Status CheckUnused(const ResourceTable& table, const std::string& name, ReadTx& tx) {
  const auto in_use = [&](const ResourceTable& user) {
    return FailedPrecondition(v1::RESOURCE_IN_USE, name,
                              absl::StrCat("It still has, or is named by, resources of type ",
                                           user.type(), ": delete or change those first"));
  };
  for (const Descriptor* descriptor : AllResources()) {
    const ResourceTable& user = ResourceTable::Of(*descriptor);
    if (ParentPattern(user.pattern()) == table.pattern()) {
      ASSIGN_OR_RETURN(const bool below, tx.Exists(Selection(user).Under(name)));
      if (below) return in_use(user);
    }
    for (const ResourceTable::Reference& reference : user.references()) {
      if (reference.target != &table.descriptor()) continue;
      Selection selection(user);
      const absl::string_view account = AccountOf(name);
      if (!account.empty() && user.fields().Find("account") != nullptr && account != name) {
        selection.Under(account);
      }
      if (reference.field->kind == FieldKind::kSet) {
        selection.WhereHas(reference.field->path, name);
      } else {
        selection.Where(reference.field->path, "=", absl::string_view(name));
      }
      ASSIGN_OR_RETURN(const bool named, tx.Exists(selection));
      if (named) return in_use(user);
    }
  }
  return absl::OkStatus();
}

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
    return parsed ? absl::OkStatus() : DataDamaged("");
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
