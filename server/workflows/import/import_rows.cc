#include "server/workflows/import/import_rows.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "lib/api/errors.h"
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

// The fields of a type that only the server sets.
std::vector<const FieldDescriptor*> IgnoredFields(const Descriptor& type) {
  std::vector<const FieldDescriptor*> ignored;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const v1::FieldRules& rules = RulesOf(*field);
    if (field->name() == "etag" || (rules.output_only() && !rules.imported())) {
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
      if (AnyTypeRules::Of(*type) != nullptr) (*all)[type] = IgnoredFields(*type);
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

namespace {

absl::Status CheckRow(PreparedRow& prepared) {
  Message* message = MutableInResource(prepared.resource);
  if (message == nullptr) return InvalidField("resource", "must be set");
  const std::string kind = KindOf(prepared.resource);
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
  prepared.name = NameOf(*message);
  RETURN_IF_ERROR(
      CheckName(prepared.name, PatternOf(*message->GetDescriptor()), absl::StrCat(kind, ".name")));
  RETURN_IF_ERROR(ValidatePartOfResource(*message, kind));
  ASSIGN_OR_RETURN(prepared.said, SaidFields(*message, *prepared.row));
  return absl::OkStatus();
}

}  // namespace

PreparedRow PrepareRow(const v1::ImportRow& row) {
  PreparedRow prepared;
  prepared.row = &row;
  prepared.resource = row.resource();
  prepared.problem = CheckRow(prepared);
  return prepared;
}

// --- reading what is there ---

namespace {

using Names = RowNames;

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

// The names of a row: its own, that of what it is below, and those that it refers to.
void AddNamesIn(const PreparedRow& row, Names& names) {
  const Message& message = *InResource(row.resource);
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

Names NamesIn(const std::vector<PreparedRow>& rows) {
  Names names;
  for (const PreparedRow& row : rows) {
    if (row.problem.ok()) AddNamesIn(row, names);
  }
  return names;
}

}  // namespace

absl::Status RowWriter::ReadMemory(const std::set<std::string>& names) {
  return ReadImportedRows({names.begin(), names.end()}, writing_.tx,
                          [&](const std::string& origin, ImportedRow row) {
                            Known& known = known_[row.name];
                            if (!row.identity_text.empty()) known.identity_text = row.identity_text;
                            if (origin == kMergedOrigin) known.merged = row;
                            if (origin == request_.origin()) {
                              known.is_here = known.is_written = true;
                              known.last = std::move(row);
                            }
                            return absl::OkStatus();
                          });
}

absl::StatusOr<Aliases> RowWriter::ReadAliases(std::set<std::string> names) {
  Aliases aliases;
  // What is meant may have been merged into another since.
  while (!names.empty()) {
    RETURN_IF_ERROR(ReadMemory(names));
    std::set<std::string> next;
    for (const std::string& name : names) {
      const auto known = known_.find(name);
      if (known == known_.end()) continue;
      const std::string& merged = known->second.merged.target;
      const std::string& target = merged.empty() ? known->second.last.target : merged;
      if (target.empty() || !aliases.emplace(name, target).second) continue;
      if (!known_.contains(target)) next.insert(target);
    }
    names = std::move(next);
  }
  for (auto& [name, target] : aliases) {
    for (size_t steps = aliases.size(); steps > 0 && aliases.contains(target); --steps) {
      target = aliases.at(target);
    }
  }
  return aliases;
}

namespace {

// Who a resource was elsewhere before it was merged into another tells nobody apart any more.
void ForgetExternalIds(const ImportedRow& merged, PreparedRow& row) {
  Message& message = *MutableInResource(row.resource);
  const FieldDescriptor* ids = ResourceTable::Of(*message.GetDescriptor()).identity();
  internal::RowMemory had;
  if (ids == nullptr || !had.ParseFromString(merged.said)) return;
  const std::unique_ptr<Message> nothing(message.New());
  std::vector<SaidField> said;
  for (const SaidField& field : row.said) {
    const bool was_had =
        &field.descriptor() == ids &&
        std::any_of(had.fields().begin(), had.fields().end(), [&](const auto& id) {
          return id.path() == field.path() &&
                 ValueHashes(id.values().begin(), id.values().end()) == field.In(message);
        });
    if (was_had) {
      field.Copy(*nothing, message);
    } else {
      said.push_back(field);
    }
  }
  row.said.swap(said);
}

}  // namespace

absl::Status RowWriter::Load(std::vector<PreparedRow>& rows) {
  const Names names = NamesIn(rows);
  std::set<std::string> all;
  for (const auto& [table, of_type] : names) {
    all.insert(of_type.names.begin(), of_type.names.end());
  }
  for (const PreparedRow& row : rows) {
    for (const v1::ImportRow::Identity& identity : row.row->identities()) {
      all.insert(identity.name());
    }
  }
  ASSIGN_OR_RETURN(Aliases aliases, ReadAliases(std::move(all)));
  for (PreparedRow& row : rows) {
    const auto known = known_.find(row.name);
    if (!row.problem.ok() || known == known_.end()) continue;
    const ImportedRow& merged = known->second.merged;
    if (!merged.target.empty() && !merged.is_damaged) ForgetExternalIds(merged, row);
  }
  RETURN_IF_ERROR(FindByExternalIds(rows, aliases));
  if (aliases.empty()) return Hold(names);
  // What was said under the resources' own names.
  std::set<std::string> own;
  for (const auto& [name, target] : aliases) {
    if (!known_.contains(target)) own.insert(target);
  }
  RETURN_IF_ERROR(ReadMemory(own));
  for (PreparedRow& row : rows) {
    if (row.problem.ok()) Rename(aliases, *MutableInResource(row.resource));
  }
  return Hold(NamesIn(rows));
}

absl::Status RowWriter::Hold(const Names& names) {
  for (const auto& [table, wanted] : names) {
    // What is imported is written below accounts.
    const bool is_written = wanted.are_rows || table == &ResourceTable::Of<Account>();
    RETURN_IF_ERROR(writing_.tx.Hold(*table, {wanted.names.begin(), wanted.names.end()},
                                     is_written ? Holding::kExclusive : Holding::kShared,
                                     [&](absl::string_view name) { existing_.emplace(name); }));
  }
  return absl::OkStatus();
}

// --- writing ---

const ImportedRow* RowWriter::LastOf(const PreparedRow& row) const {
  for (const std::string& name : {row.name, NameOf(row.resource)}) {
    const auto known = known_.find(name);
    if (known != known_.end() && known->second.is_here) return &known->second.last;
  }
  return nullptr;
}

absl::StatusOr<RowOutcome> RowWriter::Write(const PreparedRow& row) {
  const Message& given = *InResource(row.resource);
  RETURN_IF_ERROR(CheckIdentities(row));
  bool exists = existing_.contains(NameOf(given));
  const ImportedRow* known = LastOf(row);
  const bool takes = request_.on_conflict() == v1::ImportRequest::TAKE;
  if (known != nullptr && known->digest != 0 && known->digest == row.row->digest() &&
      (exists || !takes)) {
    return RowOutcome::kSkipped;
  }
  internal::RowMemory last;
  if (known != nullptr && (known->is_damaged || !last.ParseFromString(known->said))) {
    return DataDamaged(row.name);
  }
  std::unique_ptr<Message> before;
  if (exists) {
    before.reset(given.New());
    RETURN_IF_ERROR(
        writing_.tx.GetInto(ResourceTable::Of(*given.GetDescriptor()), NameOf(given), *before));
    RETURN_IF_ERROR(CheckExternalIds(given, *before));
  }
  if (exists && known == nullptr &&
      AnyTypeRules::Of(*given.GetDescriptor())->WasTakenBackIn(*before)) {
    writing_.Kept<TakenBack>().names.insert(NameOf(given));
    before.reset();
    exists = false;
  }
  if (known != nullptr && exists) {
    ASSIGN_OR_RETURN(const std::string later, WentOnAs(*before));
    if (!later.empty()) return WriteLater(row, later);
  }
  RowMerge merge(given, *row.row, row.said, before.get(), known == nullptr ? nullptr : &last,
                 request_.on_conflict());
  if (!exists && known != nullptr && !takes) return WriteDeleted(row, merge);
  return WriteMerged(row, before.get(), merge);
}

absl::StatusOr<std::string> RowWriter::WentOnAs(const Message& there) {
  const AnyTypeRules& rules = *AnyTypeRules::Of(*there.GetDescriptor());
  const std::unique_ptr<Message> latest(there.New());
  std::string name = rules.WentOnAsIn(there);
  for (std::string next = name; !next.empty(); next = rules.WentOnAsIn(*latest)) {
    name = next;
    RETURN_IF_ERROR(writing_.tx.GetInto(ResourceTable::Of(*there.GetDescriptor()), name, *latest));
  }
  return name;
}

// What the row says anew is of what its resource has gone on as.
absl::StatusOr<RowOutcome> RowWriter::WriteLater(const PreparedRow& row, const std::string& name) {
  PreparedRow later = row;
  later.went_on = true;
  Message& message = *MutableInResource(later.resource);
  message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName("name"),
                                     name);
  existing_.insert(name);
  return Write(later);
}

// Somebody here has deleted it.
absl::StatusOr<RowOutcome> RowWriter::WriteDeleted(const PreparedRow& row, RowMerge& merge) {
  if (!merge.says_new()) return RowOutcome::kSkipped;
  if (request_.on_conflict() == v1::ImportRequest::REJECT) {
    return FailedPrecondition(v1::IMPORT_CONFLICT, row.name,
                              "It was deleted here, and the row has changed since");
  }
  v1::ImportResponse::Conflict conflict;
  conflict.set_field("name");
  conflict.set_there(row.name);
  Report(row, std::move(conflict));
  return RowOutcome::kSkipped;
}

absl::StatusOr<RowOutcome> RowWriter::WriteMerged(const PreparedRow& row, const Message* before,
                                                  RowMerge& merge) {
  if (before != nullptr && !merge.says_new()) {
    RememberRow(row, merge);
    return RowOutcome::kSkipped;
  }
  const std::string kind = KindOf(row.resource);
  const AnyTypeRules& rules = *AnyTypeRules::Of(*InResource(row.resource)->GetDescriptor());
  Message& result = merge.result();
  RETURN_IF_ERROR(ValidateResource(result, kind));
  std::set<std::string>& said = writing_.Kept<SaidPaths>().paths;
  said.clear();
  for (const SaidField& field : row.said) said.insert(field.path());
  RETURN_IF_ERROR(rules.MergeAndComplete(before, merge.taken(), result, writing_));
  RETURN_IF_ERROR(merge.Finish());
  RowOutcome outcome = RowOutcome::kSkipped;
  if (before == nullptr) {
    const absl::Status status = rules.CreateRow(result, writing_);
    // Somebody else created it since the chunk was loaded: the transaction runs again.
    if (absl::IsAlreadyExists(status)) return absl::AbortedError("created meanwhile");
    RETURN_IF_ERROR(status);
    existing_.insert(NameOf(result));
    outcome = RowOutcome::kCreated;
  } else if (SerializeDeterministic(result) != SerializeDeterministic(*before)) {
    RETURN_IF_ERROR(rules.UpdateRow(*before, result, writing_));
    outcome = RowOutcome::kUpdated;
  }
  for (const v1::ImportResponse::Conflict& conflict : merge.conflicts()) Report(row, conflict);
  RememberRow(row, merge);
  return outcome;
}

void RowWriter::Report(const PreparedRow& row, v1::ImportResponse::Conflict conflict) {
  conflict.set_source(row.row->source());
  conflict.set_line(row.row->line());
  conflict.set_resource_name(NameOf(row.resource));
  conflicts_.push_back(std::move(conflict));
}

// --- remembering ---

void RowWriter::RememberRow(const PreparedRow& row, const RowMerge& merge) {
  Known& known = known_[row.name];
  ImportedRow now;
  now.name = row.name;
  if (row.went_on) {
    now.target = known.last.target;
  } else if (const std::string name = NameOf(row.resource); name != row.name) {
    now.target = name;
  }
  now.identity_text = IdentityTextOf(*row.row, row.name);
  now.digest = merge.is_settled() ? row.row->digest() : 0;
  now.said = SerializeDeterministic(merge.memory());
  if (!now.identity_text.empty()) known.identity_text = now.identity_text;
  const bool is_same = known.is_here && known.last.digest == now.digest &&
                       known.last.said == now.said && known.last.target == now.target &&
                       known.last.identity_text == now.identity_text;
  if (is_same) return;
  known.is_here = true;
  known.last = std::move(now);
  said_.push_back(row.name);
}

absl::Status RowWriter::Remember() {
  std::vector<ImportedRow> added, changed;
  for (const std::string& name : said_) {
    const Known& known = known_[name];
    (known.is_written ? changed : added).push_back(known.last);
  }
  return WriteImportedRows(request_.origin(), added, changed, writing_.tx);
}

}  // namespace perennial
