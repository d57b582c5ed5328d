#include "lib/storage/history.h"

#include <algorithm>
#include <limits>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/seal.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;
using v1::Resource;

namespace {

constexpr char kInsert[] =
    "INSERT INTO changes (resource_name, version, revision, change_time, operation, "
    "resource_type, account, actor, method, reason, request_id, data) VALUES ";
constexpr char kInsertRow[] = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr size_t kRowsPerInsert = 16;

// Revisions below zero stand in for those that are not given yet. They ascend
// with the versions that changes were made with, and so keep those of a write,
// and those of a resource, in order; the low part tells servers apart that write in the same
// microsecond. They come behind those that earlier programs left, and last for 500 years.
constexpr int64_t kFirstStandIn = -(int64_t{1} << 60);
constexpr int64_t kFirstVersion = 1'735'689'600'000'000;  // 2025-01-01
constexpr int64_t kStandInsOfAVersion = 64;

int64_t StandIn(int64_t version) {
  thread_local absl::BitGen random;
  return kFirstStandIn + (version - kFirstVersion) * kStandInsOfAVersion +
         absl::Uniform<int64_t>(random, 0, kStandInsOfAVersion);
}

absl::StatusOr<int64_t> NextRevision(sql::Connection& connection) {
  int64_t last = 0;
  RETURN_IF_ERROR(
      connection.Query("SELECT MAX(revision) FROM changes", {}, [&](const sql::Row& row) {
        last = row.Integer(0);
        return absl::OkStatus();
      }));
  return last + 1;
}

}  // namespace

std::string BesideChange(const ChangeFacts& facts) {
  return absl::StrJoin({absl::string_view(absl::StrCat(facts.time)), facts.operation, facts.actor,
                        facts.method, facts.reason, facts.request_id},
                       absl::string_view("\0", 1));
}

absl::StatusOr<int64_t> AppendChanges(sql::Connection& connection, const sql::Facts& facts,
                                      const Call& call, const std::vector<PendingChange>& changes) {
  int64_t revision = 0;
  if (!facts.others_may_write && !changes.empty()) {
    ASSIGN_OR_RETURN(revision, NextRevision(connection));
  }
  const std::string& request_id = call.run.empty() ? call.request_id : call.run;
  std::vector<sql::Bind> binds;
  std::vector<std::string> sealed;
  sealed.reserve(changes.size());
  for (const PendingChange& change : changes) {
    sealed.push_back(Seal(
        change.name, change.data,
        BesideChange({absl::ToUnixMicros(change.time), Change::Operation_Name(change.operation),
                      call.actor, call.method, change.reason, request_id})));
  }
  for (size_t begin = 0; begin < changes.size(); begin += kRowsPerInsert) {
    const size_t end = std::min(changes.size(), begin + kRowsPerInsert);
    std::string statement = kInsert;
    binds.clear();
    for (size_t i = begin; i < end; ++i) {
      const PendingChange& change = changes[i];
      absl::StrAppend(&statement, i == begin ? "" : ", ", kInsertRow);
      binds.insert(binds.end(),
                   {change.name, change.version,
                    facts.others_may_write ? StandIn(change.first_version) : revision++,
                    absl::ToUnixMicros(change.time), Change::Operation_Name(change.operation),
                    change.table->type(), OwnAccount(change.name), call.actor, call.method,
                    change.reason, request_id, sql::Bind::Bytes(sealed[i])});
    }
    const auto inserted = connection.Execute(statement, binds);
    // A stand-in that another server took, or a version that another writer
    // made: both pass when the transaction runs again.
    if (absl::IsAlreadyExists(inserted.status())) return absl::AbortedError("change exists");
    RETURN_IF_ERROR(inserted.status());
  }
  return std::max<int64_t>(revision - 1, 0);
}

absl::StatusOr<int> NumberChanges(sql::Connection& connection, int limit) {
  bool some = false;
  RETURN_IF_ERROR(connection.Query("SELECT 1 FROM changes WHERE revision < 0 LIMIT 1", {},
                                   [&](const sql::Row&) {
                                     some = true;
                                     return absl::OkStatus();
                                   }));
  // Without a lock: whoever asks often finds nothing mostly.
  if (!some) return 0;
  int64_t next = 0;
  RETURN_IF_ERROR(
      connection.Query("SELECT next_revision FROM revision_counter WHERE id = 1 FOR UPDATE", {},
                       [&](const sql::Row& row) {
                         next = row.Integer(0);
                         return absl::OkStatus();
                       }));
  std::vector<int64_t> stand_ins;
  RETURN_IF_ERROR(connection.Query(
      absl::StrCat("SELECT revision FROM changes WHERE revision < 0 ORDER BY revision LIMIT ",
                   limit),
      {}, [&](const sql::Row& row) {
        stand_ins.push_back(row.Integer(0));
        return absl::OkStatus();
      }));
  if (stand_ins.empty()) return 0;
  std::string cases, names;
  std::vector<sql::Bind> binds;
  for (size_t i = 0; i < stand_ins.size(); ++i) {
    cases += " WHEN ? THEN ?";
    absl::StrAppend(&names, i == 0 ? "?" : ", ?");
    binds.push_back(stand_ins[i]);
    binds.push_back(next + static_cast<int64_t>(i));
  }
  binds.insert(binds.end(), stand_ins.begin(), stand_ins.end());
  RETURN_IF_ERROR(connection
                      .Execute(absl::StrCat("UPDATE changes SET revision = CASE revision", cases,
                                            " END WHERE revision IN (", names, ")"),
                               binds)
                      .status());
  RETURN_IF_ERROR(connection
                      .Execute("UPDATE revision_counter SET next_revision = ? WHERE id = 1",
                               {next + static_cast<int64_t>(stand_ins.size())})
                      .status());
  return static_cast<int>(stand_ins.size());
}

namespace {

const FieldDescriptor* SummaryIn(absl::string_view name) {
  const Descriptor* type = ResourceByName(name);
  return type == nullptr ? nullptr : FieldTable::Of(*type).summary();
}

}  // namespace

absl::Status ReadAsOf(sql::Connection& connection, absl::string_view name, absl::Time time,
                      absl::FunctionRef<absl::Status(absl::string_view data)> on_data) {
  bool found = false;
  RETURN_IF_ERROR(connection.Query(
      "SELECT operation, data FROM changes WHERE resource_name = ? AND change_time <= ? "
      "ORDER BY version DESC LIMIT 1",
      {name, absl::ToUnixMicros(time)}, [&](const sql::Row& row) -> absl::Status {
        found = row.Text(0) != Change::Operation_Name(Change::DELETED);
        if (!found) return absl::OkStatus();
        ASSIGN_OR_RETURN(const absl::string_view data, Unseal(name, row.Text(1)));
        return on_data(WithoutSummary(SummaryIn(name), data));
      }));
  return found ? absl::OkStatus() : ResourceNotFound(name);
}

absl::StatusOr<ResumeToken> HistoryPosition(sql::Connection& connection) {
  ASSIGN_OR_RETURN(const ListPosition position, ReadListPosition(connection));
  return position.history;
}

absl::StatusOr<ListPosition> ReadListPosition(sql::Connection& connection) {
  ListPosition position;
  RETURN_IF_ERROR(connection.Query(
      "SELECT history_id, (SELECT MAX(revision) FROM changes), token_key FROM revision_counter "
      "WHERE id = 1",
      {}, [&](const sql::Row& row) {
        position.history.history_id = static_cast<uint64_t>(row.Integer(0));
        // Stand-ins are below zero.
        position.history.revision = std::max<int64_t>(row.Integer(1), 0);
        position.token_key = std::string(row.Text(2));
        return absl::OkStatus();
      }));
  return position;
}

absl::StatusOr<LatestChange> ReadLatestChange(sql::Connection& connection) {
  LatestChange latest;
  // Those of one transaction have versions in any order. Stand-ins are below zero.
  for (const char* which : {">= 0", "< 0"}) {
    RETURN_IF_ERROR(connection.Query(
        absl::StrCat("SELECT change_time, version FROM changes WHERE revision ", which,
                     " ORDER BY revision DESC LIMIT 100"),
        {}, [&latest](const sql::Row& row) {
          latest.time = std::max(latest.time, absl::FromUnixMicros(row.Integer(0)));
          latest.version = std::max(latest.version, row.Integer(1));
          return absl::OkStatus();
        }));
  }
  return latest;
}

Resource ToResource(const Message& message) {
  Resource resource;
  for (int i = 0; i < Resource::descriptor()->field_count(); ++i) {
    const FieldDescriptor* field = Resource::descriptor()->field(i);
    if (field->message_type() == message.GetDescriptor()) {
      Resource::GetReflection()->MutableMessage(&resource, field)->CopyFrom(message);
    }
  }
  return resource;
}

namespace {

const FieldDescriptor* SetKind(const Resource& resource) {
  return Resource::GetReflection()->GetOneofFieldDescriptor(resource,
                                                            Resource::descriptor()->oneof_decl(0));
}

}  // namespace

const Message* InResource(const Resource& resource) {
  const FieldDescriptor* field = SetKind(resource);
  if (field == nullptr) return nullptr;
  return &Resource::GetReflection()->GetMessage(resource, field);
}

Message* MutableInResource(Resource& resource) {
  const FieldDescriptor* field = SetKind(resource);
  if (field == nullptr) return nullptr;
  return Resource::GetReflection()->MutableMessage(&resource, field);
}

}  // namespace perennial
