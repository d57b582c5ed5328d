#include "lib/storage/past.h"

#include "absl/strings/str_cat.h"
#include "lib/api/fields.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/seal.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {
namespace {

constexpr int kChangesAtOnce = 2000;

// "?, ?, ?"
std::string Marks(size_t count) {
  std::string marks;
  for (size_t i = 0; i < count; ++i) marks += i == 0 ? "?" : ", ?";
  return marks;
}

void Assign(absl::string_view text, std::string& to) { to.assign(text.data(), text.size()); }

// Hands the resource over once all of its changes were seen.
absl::Status HandOver(PastResource& latest, OnPastResource on_resource) {
  if (!latest.data.empty()) RETURN_IF_ERROR(on_resource(latest));
  latest.data.clear();
  return absl::OkStatus();
}

// A row that starts with resource_name, resource_type, operation and data. They come in the order
// of the names, and of the versions.
absl::Status TakeChange(const sql::Row& row, PastResource& latest, OnPastResource on_resource) {
  if (row.Text(0) != latest.name) {
    RETURN_IF_ERROR(HandOver(latest, on_resource));
    Assign(row.Text(0), latest.name);
    Assign(row.Text(1), latest.type);
  }
  if (row.Text(2) == v1::Change::Operation_Name(v1::Change::DELETED)) {
    latest.data.clear();
  } else {
    ASSIGN_OR_RETURN(const absl::string_view data, Unseal(latest.name, row.Text(3)));
    const google::protobuf::Descriptor* type = ResourceByType(latest.type);
    Assign(WithoutSummary(type == nullptr ? nullptr : FieldTable::Of(*type).summary(), data),
           latest.data);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SelectPast(const std::vector<std::string>& names, absl::Time as_of,
                        sql::Connection& connection, OnPastResource on_resource) {
  if (names.empty()) return absl::OkStatus();
  std::vector<sql::Bind> binds(names.begin(), names.end());
  binds.push_back(absl::ToUnixMicros(as_of));
  PastResource latest;
  RETURN_IF_ERROR(connection.Query(
      absl::StrCat("SELECT resource_name, resource_type, operation, data FROM changes "
                   "WHERE resource_name IN (",
                   Marks(names.size()), ") AND change_time <= ? ORDER BY resource_name, version"),
      binds, [&](const sql::Row& row) { return TakeChange(row, latest, on_resource); }));
  return HandOver(latest, on_resource);
}

absl::StatusOr<bool> PastScan::Next(sql::Connection& connection, OnPastResource on_resource) {
  std::vector<sql::Bind> binds = {last_name_, end_, last_name_, last_version_};
  for (const std::string& type : types_) binds.emplace_back(type);
  binds.push_back(absl::ToUnixMicros(as_of_));
  int changes = 0;
  std::string last_name;
  RETURN_IF_ERROR(connection.Query(
      absl::StrCat("SELECT resource_name, resource_type, operation, data, version FROM changes "
                   "WHERE resource_name >= ? AND resource_name < ? "
                   "AND (resource_name > ? OR version > ?) AND resource_type IN (",
                   Marks(types_.size()),
                   ") AND change_time <= ? ORDER BY resource_name, version LIMIT ", kChangesAtOnce),
      binds, [&](const sql::Row& row) {
        ++changes;
        last_version_ = row.Integer(4);
        return TakeChange(row, latest_, on_resource);
      }));
  last_name_ = latest_.name;
  if (changes == kChangesAtOnce) return true;
  RETURN_IF_ERROR(HandOver(latest_, on_resource));
  return false;
}

}  // namespace perennial
