#include "server/workflows/import/identify.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/text.h"
#include "lib/base/fingerprint.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/resource_table.h"
#include "server/workflows/import/import_rows.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::ImportRow;

namespace {

// As many characters as the table has room for, with the hash of one that is longer.
constexpr int kIdentityText = 400;
constexpr int kHashText = 20;

std::string Renamed(const Aliases& aliases, const std::string& name) {
  for (size_t end = name.size(); end != std::string::npos && end > 0;
       end = name.rfind('/', end - 1)) {
    const auto alias = aliases.find(name.substr(0, end));
    if (alias != aliases.end()) return absl::StrCat(alias->second, name.substr(end));
  }
  return name;
}

// Names that mean one resource by now are named once.
void RenameAll(const Aliases& aliases, const FieldDescriptor& field, Message& resource) {
  const auto* reflection = resource.GetReflection();
  std::vector<std::string> names;
  bool is_renamed = false;
  for (int i = 0; i < reflection->FieldSize(resource, &field); ++i) {
    const std::string old = reflection->GetRepeatedString(resource, &field, i);
    std::string name = Renamed(aliases, old);
    is_renamed |= name != old;
    const bool is_there = std::find(names.begin(), names.end(), name) != names.end();
    if (!is_there) names.push_back(std::move(name));
  }
  if (!is_renamed) return;
  reflection->ClearField(&resource, &field);
  for (const std::string& name : names) reflection->AddString(&resource, &field, name);
}

// Whether the row said the same of the external id when it was imported last.
bool WasSaid(const PreparedRow& row, const std::string& path, const internal::RowMemory& last) {
  const auto field = std::find_if(row.said.begin(), row.said.end(),
                                  [&](const SaidField& said) { return said.path() == path; });
  if (field == row.said.end()) return false;
  const ValueHashes now = field->In(*InResource(row.resource));
  return std::any_of(last.fields().begin(), last.fields().end(), [&](const auto& memory) {
    return memory.path() == path &&
           ValueHashes(memory.values().begin(), memory.values().end()) == now;
  });
}

absl::Status Unclear(absl::string_view name, absl::string_view why) {
  return FailedPrecondition(v1::IDENTITY_UNCLEAR, name, why);
}

}  // namespace

void Rename(const Aliases& aliases, Message& resource) {
  const auto* reflection = resource.GetReflection();
  const FieldDescriptor* name = resource.GetDescriptor()->FindFieldByName("name");
  reflection->SetString(&resource, name, Renamed(aliases, reflection->GetString(resource, name)));
  for (const auto& reference : ResourceTable::Of(*resource.GetDescriptor()).references()) {
    const FieldDescriptor* field = reference.field->descriptor;
    if (!field->is_repeated()) {
      const std::string old = reflection->GetString(resource, field);
      if (!old.empty()) reflection->SetString(&resource, field, Renamed(aliases, old));
      continue;
    }
    RenameAll(aliases, *field, resource);
  }
}

std::string KeptIdentity(absl::string_view text) {
  if (CountCharacters(text).value_or(0) <= kIdentityText) return std::string(text);
  return absl::StrCat(FirstCharacters(text, kIdentityText - kHashText), "#",
                      absl::Hex(Fingerprint(text), absl::kZeroPad16));
}

std::string IdentityTextOf(const ImportRow& row, absl::string_view name) {
  for (const ImportRow::Identity& identity : row.identities()) {
    if (identity.name() == name) return KeptIdentity(identity.text());
  }
  return "";
}

absl::Status RowWriter::CheckIdentities(const PreparedRow& row) const {
  for (const ImportRow::Identity& identity : row.row->identities()) {
    const auto known = known_.find(identity.name());
    if (known == known_.end() || known->second.identity_text.empty()) continue;
    const std::string text = KeptIdentity(identity.text());
    if (text == known->second.identity_text) continue;
    return Unclear(identity.name(), absl::StrCat("is the id of \"", known->second.identity_text,
                                                 "\", and would be that of \"", text,
                                                 "\" as well: give each an id of its own"));
  }
  return absl::OkStatus();
}

absl::Status RowWriter::CheckExternalIds(const PreparedRow& row, const Message& before,
                                         const internal::RowMemory& last) const {
  const Message& given = *InResource(row.resource);
  const ResourceTable& table = ResourceTable::Of(*given.GetDescriptor());
  if (table.identity() == nullptr) return absl::OkStatus();
  const std::vector<ExternalId> here = ExternalIdsOf(table, before);
  const std::map<std::string, std::string> ids(here.begin(), here.end());
  for (const auto& [system, id] : ExternalIdsOf(table, given)) {
    const auto other = ids.find(system);
    if (other == ids.end() || other->second == id) continue;
    // The resource had it then, and has been merged since.
    if (WasSaid(row, absl::StrCat(table.identity()->name(), ".", system), last)) continue;
    const std::string name =
        before.GetReflection()->GetString(before, before.GetDescriptor()->FindFieldByName("name"));
    return Unclear(name, absl::StrCat("is ", system, " \"", other->second, "\", not \"", id, "\""));
  }
  return absl::OkStatus();
}

absl::Status RowWriter::FindByExternalIds(std::vector<PreparedRow>& rows, Aliases& aliases) {
  // Who has each id: as the database and the rows before say.
  std::map<const ResourceTable*, std::map<ExternalId, std::string>> holders;
  std::map<const ResourceTable*, std::vector<ExternalId>> wanted;
  const auto ids_of = [](const PreparedRow& row) {
    const Message& given = *InResource(row.resource);
    return ExternalIdsOf(ResourceTable::Of(*given.GetDescriptor()), given);
  };
  for (const PreparedRow& row : rows) {
    if (!row.problem.ok()) continue;
    const ResourceTable& table = ResourceTable::Of(*InResource(row.resource)->GetDescriptor());
    for (ExternalId& id : ids_of(row)) wanted[&table].push_back(std::move(id));
  }
  for (const auto& [table, ids] : wanted) {
    RETURN_IF_ERROR(FindResources(*table, ids, writing_.tx,
                                  [&, of = table](const ExternalId& id, const std::string& name) {
                                    holders[of][id] = name;
                                  }));
  }
  if (wanted.empty()) return absl::OkStatus();
  std::map<const ResourceTable*, std::map<ExternalId, std::string>> said;
  for (PreparedRow& row : rows) {
    if (!row.problem.ok()) continue;
    const ResourceTable& table = ResourceTable::Of(*InResource(row.resource)->GetDescriptor());
    std::set<std::string> meant;
    for (const ExternalId& id : ids_of(row)) {
      const auto other = said[&table].emplace(id, row.name);
      if (other.first->second != row.name) {
        row.problem = Unclear(row.name, absl::StrCat(id.first, " \"", id.second, "\" is that of ",
                                                     other.first->second, " as well"));
      }
      const auto holder = holders[&table].find(id);
      if (holder != holders[&table].end()) meant.insert(holder->second);
    }
    if (meant.size() > 1) {
      row.problem = Unclear(row.name, absl::StrCat("has the external ids of both ", *meant.begin(),
                                                   " and ", *meant.rbegin()));
    } else if (meant.size() == 1 && *meant.begin() != row.name) {
      aliases[row.name] = *meant.begin();
    }
  }
  return absl::OkStatus();
}

}  // namespace perennial
