#include "server/workflows/import/import_rows.h"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "lib/api/errors.h"
#include "lib/api/field_mask.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/api/trim.h"
#include "lib/api/validate.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Account;
using v1::Resource;

namespace {

std::string NameOf(const Message& resource) {
  return resource.GetReflection()->GetString(resource,
                                             resource.GetDescriptor()->FindFieldByName("name"));
}

void CopyEtag(const Message& from, Message& to) {
  const FieldDescriptor* etag = from.GetDescriptor()->FindFieldByName("etag");
  to.GetReflection()->SetString(&to, etag, from.GetReflection()->GetString(from, etag));
}

// The fields of a type that only the server sets.
std::vector<const FieldDescriptor*> IgnoredFields(const Descriptor& type,
                                                  const AnyTypeRules& rules) {
  const std::set<absl::string_view> taken = rules.ImportedFields();
  std::vector<const FieldDescriptor*> ignored;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->name() == "etag" ||
        (RulesOf(*field).output_only() && taken.count(field->name()) == 0)) {
      ignored.push_back(field);
    }
  }
  return ignored;
}

// The types that can be imported, each with the fields that a row's are not taken of.
using ImportedTypes = std::map<const Descriptor*, std::vector<const FieldDescriptor*>>;

const ImportedTypes& AllImportedTypes() {
  static const ImportedTypes& types = *[] {
    auto* all = new ImportedTypes;
    for (const Descriptor* type : AllResources()) {
      const AnyTypeRules* rules = AnyTypeRules::Of(*type);
      if (rules != nullptr) (*all)[type] = IgnoredFields(*type, *rules);
    }
    return all;
  }();
  return types;
}

}  // namespace

std::string KindOf(const Resource& row) {
  const FieldDescriptor* kind = Resource::GetReflection()->GetOneofFieldDescriptor(
      row, Resource::descriptor()->oneof_decl(0));
  return kind == nullptr ? "" : kind->name();
}

std::string NameOf(const Resource& row) {
  const Message* message = InResource(row);
  return message == nullptr ? "" : NameOf(*message);
}

absl::Status PrepareRow(Resource& row) {
  Message* message = MutableInResource(row);
  if (message == nullptr) return InvalidField("resource", "must be set");
  const std::string kind = KindOf(row);
  const auto type = AllImportedTypes().find(message->GetDescriptor());
  if (type == AllImportedTypes().end()) {
    return InvalidField(kind,
                        "cannot be imported: the server writes it by itself, or a method of "
                        "its own does");
  }
  for (const FieldDescriptor* field : type->second) {
    message->GetReflection()->ClearField(message, field);
  }
  TrimTexts(*message);
  RETURN_IF_ERROR(CheckName(NameOf(*message), PatternOf(*message->GetDescriptor()),
                            absl::StrCat(kind, ".name")));
  return ValidateWholeResource(*message, kind);
}

// --- reading what is there ---

namespace {

// Names of resources of one type.
struct Wanted {
  std::set<std::string> names;
  bool are_rows = false;  // some are to be written
};

using Names = std::map<const ResourceTable*, Wanted, LockOrder>;

void Add(const ResourceTable& table, const std::string& name, Names& names) {
  if (!name.empty()) names[&table].names.insert(name);
}

void AddReferences(const ResourceTable& table, const Message& message, Names& names) {
  const auto* reflection = message.GetReflection();
  for (const ResourceTable::Reference& reference : table.references()) {
    const FieldDescriptor* field = reference.field->descriptor;
    const ResourceTable& target = ResourceTable::Of(*reference.target);
    if (!field->is_repeated()) {
      Add(target, reflection->GetString(message, field), names);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      Add(target, reflection->GetRepeatedString(message, field, i), names);
    }
  }
}

Names NamesIn(const std::vector<Resource>& rows, const std::vector<absl::Status>& problems) {
  Names names;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!problems[i].ok()) continue;
    const Message& message = *InResource(rows[i]);
    const ResourceTable& table = ResourceTable::Of(*message.GetDescriptor());
    const std::string name = NameOf(message);
    Add(table, name, names);
    names[&table].are_rows = true;
    const std::string parent(ParentOf(name));
    if (!parent.empty()) Add(ResourceTable::Of(*ResourceByName(parent)), parent, names);
    AddReferences(table, message, names);
    for (const std::string& other :
         AnyTypeRules::Of(*message.GetDescriptor())->AlsoRefersToIn(message)) {
      if (const Descriptor* type = ResourceByName(other)) {
        Add(ResourceTable::Of(*type), other, names);
      }
    }
  }
  return names;
}

}  // namespace

absl::Status RowWriter::Load(const std::vector<Resource>& rows,
                             const std::vector<absl::Status>& problems) {
  for (const auto& [table, wanted] : NamesIn(rows, problems)) {
    // What is imported is written below accounts.
    const bool is_written = wanted.are_rows || table == &ResourceTable::Of<Account>();
    RETURN_IF_ERROR(writing_.tx.Hold(*table, {wanted.names.begin(), wanted.names.end()},
                                     is_written ? Holding::kExclusive : Holding::kShared,
                                     [&](absl::string_view name) { existing_.emplace(name); }));
  }
  return absl::OkStatus();
}

// --- writing ---

absl::StatusOr<RowOutcome> RowWriter::Write(const Resource& resource) {
  const Message& given = *InResource(resource);
  const AnyTypeRules& rules = *AnyTypeRules::Of(*given.GetDescriptor());
  const std::unique_ptr<Message> row(given.New());
  row->CopyFrom(given);
  std::unique_ptr<Message> before;
  if (existing_.contains(NameOf(given))) {
    before.reset(given.New());
    RETURN_IF_ERROR(
        writing_.tx.GetInto(ResourceTable::Of(*given.GetDescriptor()), NameOf(given), *before));
    CopyOutputOnly(*before, *row);
    CopyEtag(*before, *row);
  }
  RETURN_IF_ERROR(rules.MergeAndComplete(before.get(), given, *row, writing_));
  if (before == nullptr) {
    const absl::Status status = rules.CreateRow(*row, writing_);
    // Somebody else created it since the chunk was loaded: the transaction runs again.
    if (absl::IsAlreadyExists(status)) return absl::AbortedError("created meanwhile");
    RETURN_IF_ERROR(status);
    return RowOutcome::kCreated;
  }
  if (SerializeDeterministic(*row) == SerializeDeterministic(*before)) return RowOutcome::kSkipped;
  RETURN_IF_ERROR(rules.UpdateRow(*before, *row, writing_));
  return RowOutcome::kUpdated;
}

}  // namespace perennial
