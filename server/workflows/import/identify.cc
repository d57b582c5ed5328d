#include "server/workflows/import/identify.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/search_text.h"
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
constexpr size_t kAskedAtOnce = 128;

std::string Renamed(const Aliases& aliases, const std::string& name) {
  for (size_t end = name.size(); end != std::string::npos && end > 0;
       end = name.rfind('/', end - 1)) {
    const auto alias = aliases.find(name.substr(0, end));
    if (alias != aliases.end()) return absl::StrCat(alias->second, name.substr(end));
  }
  return name;
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
    // Several may be one by now.
    std::vector<std::string> names;
    for (int i = 0; i < reflection->FieldSize(resource, field); ++i) {
      std::string renamed = Renamed(aliases, reflection->GetRepeatedString(resource, field, i));
      if (std::find(names.begin(), names.end(), renamed) == names.end()) {
        names.push_back(std::move(renamed));
      }
    }
    reflection->ClearField(&resource, field);
    for (std::string& of : names) reflection->AddString(&resource, field, std::move(of));
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

// Of a resource that is there, and of which no import has said what its id was made of: it is the
// one that is meant where the id says all of the text, or it is called so.
absl::Status RowWriter::CheckAdopted(const ImportRow::Identity& identity) {
  if (!existing_.contains(identity.name())) return absl::OkStatus();
  const google::protobuf::Descriptor* type = ResourceByName(identity.name());
  const FieldDescriptor* called = type->FindFieldByName("display_name");
  const std::string text = FoldCase(IdOf(identity.text()));
  if (called == nullptr || text == IdOf(identity.name())) return absl::OkStatus();
  const std::unique_ptr<Message> resource(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  RETURN_IF_ERROR(writing_.tx.GetInto(ResourceTable::Of(*type), identity.name(), *resource));
  const std::string name = resource->GetReflection()->GetString(*resource, called);
  if (absl::StrContains(text, FoldCase(name))) return absl::OkStatus();
  return Unclear(identity.name(),
                 absl::StrCat("is \"", name, "\" here, and its id would be that of \"",
                              IdOf(identity.text()), "\": give that an id of its own"));
}

absl::Status RowWriter::CheckIdentities(const PreparedRow& row) {
  for (const ImportRow::Identity& identity : row.row->identities()) {
    const auto known = known_.find(identity.name());
    if (known == known_.end() || known->second.identity_text.empty()) {
      RETURN_IF_ERROR(CheckAdopted(identity));
      continue;
    }
    const std::string text = KeptIdentity(identity.text());
    if (text == known->second.identity_text) continue;
    return Unclear(identity.name(), absl::StrCat("is the id of \"", known->second.identity_text,
                                                 "\", and would be that of \"", text,
                                                 "\" as well: give each an id of its own"));
  }
  return absl::OkStatus();
}

absl::Status RowWriter::CheckExternalIds(const Message& given, const Message& before) const {
  const ResourceTable& table = ResourceTable::Of(*given.GetDescriptor());
  if (table.identity() == nullptr) return absl::OkStatus();
  const std::vector<ExternalId> here = ExternalIdsOf(table, before);
  const std::map<std::string, std::string> ids(here.begin(), here.end());
  for (const auto& [system, id] : ExternalIdsOf(table, given)) {
    const auto other = ids.find(system);
    if (other == ids.end() || other->second == id) continue;
    const std::string name =
        before.GetReflection()->GetString(before, before.GetDescriptor()->FindFieldByName("name"));
    return Unclear(name, absl::StrCat("is ", system, " \"", other->second, "\", not \"", id, "\""));
  }
  return absl::OkStatus();
}

namespace {

bool IsBelow(absl::string_view name, absl::string_view above) {
  return name.size() > above.size() && absl::StartsWith(name, above) && name[above.size()] == '/';
}

// Nothing is to be booked on whoever has the name of a row of which it is not known who is meant.
void RejectBelowUnclear(const std::vector<RowMeans>& meant, std::vector<PreparedRow>& rows) {
  for (const RowMeans& unclear : meant) {
    if (unclear.row->problem.ok()) continue;
    for (PreparedRow& row : rows) {
      if (row.problem.ok() && IsBelow(row.name, unclear.row->name)) {
        row.problem = Unclear(row.name, absl::StrCat("is below ", unclear.row->name,
                                                     ", of which it is not clear who is meant"));
      }
    }
  }
}

}  // namespace

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
  std::vector<RowMeans> meant_by;
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
    } else if (meant.size() == 1) {
      meant_by.push_back({&row, *meant.begin()});
    }
  }
  RETURN_IF_ERROR(TakeAliases(meant_by, aliases));
  RejectBelowUnclear(meant_by, rows);
  return absl::OkStatus();
}

namespace {

// What a row is the name of, as far as is known.
const std::string& KnownAs(const std::string& name, const Aliases& aliases) {
  const auto alias = aliases.find(name);
  return alias == aliases.end() ? name : alias->second;
}

// Those of `names` that there are.
absl::StatusOr<std::set<std::string>> ThereOf(
    const std::map<const ResourceTable*, std::vector<std::string>>& names, ReadTx& tx) {
  std::set<std::string> there;
  for (const auto& [table, of_type] : names) {
    for (size_t begin = 0; begin < of_type.size(); begin += kAskedAtOnce) {
      const size_t end = std::min(of_type.size(), begin + kAskedAtOnce);
      Selection selection(*table);
      selection.WhereAnyOf("name", {of_type.begin() + static_cast<std::ptrdiff_t>(begin),
                                    of_type.begin() + static_cast<std::ptrdiff_t>(end)});
      ASSIGN_OR_RETURN(const std::vector<std::string> found, tx.SelectDistinct("name", selection));
      there.insert(found.begin(), found.end());
    }
  }
  return there;
}

// What a row is below, and what the resource that its external ids are those of is below.
absl::Status CheckSameParent(const RowMeans& meant, const Aliases& aliases) {
  const std::string above = Renamed(aliases, std::string(ParentOf(meant.row->name)));
  const absl::string_view of_resource = ParentOf(meant.resource);
  if (above == of_resource) return absl::OkStatus();
  return Unclear(
      meant.row->name,
      absl::StrCat("is of ", above, " by its name, and ", meant.resource, ", of ", of_resource,
                   ", by its external id: name that one, or take the id off ", "it"));
}

}  // namespace

// A row whose name is that of one resource, and whose external ids are those of another, does not
// say which it means.
absl::Status RowWriter::TakeAliases(const std::vector<RowMeans>& meant, Aliases& aliases) {
  std::map<const ResourceTable*, std::vector<std::string>> names;
  for (const auto& [row, resource] : meant) {
    const std::string& known_as = KnownAs(row->name, aliases);
    if (known_as != resource) {
      names[&ResourceTable::Of(*ResourceByName(known_as))].push_back(known_as);
    }
  }
  ASSIGN_OR_RETURN(const std::set<std::string> there, ThereOf(names, writing_.tx));
  for (const auto& [row, resource] : meant) {
    const std::string& known_as = KnownAs(row->name, aliases);
    if (known_as != resource && there.count(known_as) > 0) {
      row->problem = Unclear(row->name, absl::StrCat("is ", known_as, " by its name, and ",
                                                     resource, " by its external id"));
    } else if (row->name != resource) {
      aliases[row->name] = resource;
    } else {
      aliases.erase(row->name);
    }
  }
  // Now that it is known who the customers are.
  for (const RowMeans& one : meant) {
    if (!one.row->problem.ok()) continue;
    one.row->problem = CheckSameParent(one, aliases);
    if (!one.row->problem.ok()) aliases.erase(one.row->name);
  }
  return absl::OkStatus();
}

}  // namespace perennial
