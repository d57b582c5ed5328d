#include "lib/storage/tx/external_ids.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

// Each session keeps its statements: not one for every number of ids.
constexpr size_t kFoundAtOnce = 64;

std::string NameOf(const Message& resource) {
  return resource.GetReflection()->GetString(resource,
                                             resource.GetDescriptor()->FindFieldByName("name"));
}

absl::Status Insert(const ResourceTable& table, const ExternalId& id, const std::string& name,
                    sql::Connection& connection) {
  const auto inserted = connection.Execute(
      "INSERT INTO external_ids (resource_type, system_key, external_id, name) "
      "VALUES (?, ?, ?, ?)",
      {table.type(), id.first, id.second, name});
  if (!absl::IsAlreadyExists(inserted.status())) return inserted.status();
  std::string holder;
  RETURN_IF_ERROR(
      FindByExternalIds(table, {id}, connection,
                        [&](const ExternalId&, const std::string& found) { holder = found; }));
  if (holder.empty()) return absl::AbortedError("an external id went away");
  return ResourceExists(holder, absl::StrCat("has the external id ", id.first, " \"", id.second,
                                             "\": it can be of one ", table.type(), " only"));
}

std::vector<ExternalId> Without(const std::vector<ExternalId>& all,
                                const std::vector<ExternalId>& some) {
  std::vector<ExternalId> rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

std::vector<ExternalId> ExternalIdsOf(const ResourceTable& table, const Message& resource) {
  std::vector<ExternalId> ids;
  const FieldDescriptor* field = table.identity();
  if (field == nullptr) return ids;
  const auto* reflection = resource.GetReflection();
  const int size = reflection->FieldSize(resource, field);
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection->GetRepeatedMessage(resource, field, i);
    ids.emplace_back(entry.GetReflection()->GetString(entry, field->message_type()->map_key()),
                     entry.GetReflection()->GetString(entry, field->message_type()->map_value()));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

absl::Status UpdateExternalIds(const ResourceTable& table, const Message* before,
                               const Message* after, sql::Connection& connection) {
  if (table.identity() == nullptr) return absl::OkStatus();
  const std::vector<ExternalId> old =
      before == nullptr ? std::vector<ExternalId>() : ExternalIdsOf(table, *before);
  const std::vector<ExternalId> now =
      after == nullptr ? std::vector<ExternalId>() : ExternalIdsOf(table, *after);
  for (const ExternalId& id : Without(old, now)) {
    RETURN_IF_ERROR(connection
                        .Execute("DELETE FROM external_ids WHERE resource_type = ? AND "
                                 "system_key = ? AND external_id = ?",
                                 {table.type(), id.first, id.second})
                        .status());
  }
  for (const ExternalId& id : Without(now, old)) {
    RETURN_IF_ERROR(Insert(table, id, NameOf(*after), connection));
  }
  return absl::OkStatus();
}

absl::Status FindByExternalIds(
    const ResourceTable& table, const std::vector<ExternalId>& ids, sql::Connection& connection,
    absl::FunctionRef<void(const ExternalId& id, const std::string& name)> on_found) {
  std::map<std::string, std::vector<std::string>> by_system;
  for (const auto& [system, id] : ids) by_system[system].push_back(id);
  for (const auto& [system, all] : by_system) {
    for (size_t begin = 0; begin < all.size(); begin += kFoundAtOnce) {
      std::string sql =
          "SELECT external_id, name FROM external_ids WHERE resource_type = ? AND system_key = ? "
          "AND external_id IN (?";
      std::vector<sql::Bind> binds = {table.type(), system};
      // The last one fills up what is left of a statement.
      for (size_t i = begin; i < begin + kFoundAtOnce; ++i) {
        binds.push_back(all[std::min(i, all.size() - 1)]);
        if (i > begin) sql += ", ?";
        if (all.size() == 1) break;
      }
      RETURN_IF_ERROR(connection.Query(sql + ")", binds, [&](const sql::Row& row) {
        const ExternalId id{system, std::string(row.Text(0))};
        on_found(id, std::string(row.Text(1)));
        return absl::OkStatus();
      }));
    }
  }
  return absl::OkStatus();
}

}  // namespace perennial
