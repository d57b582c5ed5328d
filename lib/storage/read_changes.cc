#include "lib/storage/read_changes.h"

#include <google/protobuf/util/message_differencer.h>

#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/page_token.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/base/utf8.h"
#include "lib/storage/bind.h"
#include "lib/storage/history.h"
#include "lib/storage/list_start.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/seal.h"
#include "lib/storage/selection.h"
#include "lib/storage/time_line.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using v1::Change;
using v1::Resource;

namespace {

constexpr char kColumns[] =
    "revision, change_time, operation, resource_name, resource_type, account, actor, method, "
    "reason, request_id, data";
constexpr int kFirstText = 3, kLastText = 9;
constexpr int kPreviousColumn = 11;
// What the resource was before a change: its change with the next lower version.
constexpr char kPrevious[] =
    "(SELECT p.data FROM changes p WHERE p.resource_name = changes.resource_name AND "
    "p.version < changes.version ORDER BY p.version DESC LIMIT 1)";

// False where the type or the data makes no sense.
bool ParseResource(absl::string_view type_name, absl::string_view data, Resource& resource) {
  const Descriptor* type = ResourceByType(type_name);
  for (int i = 0; type != nullptr && i < Resource::descriptor()->field_count(); ++i) {
    const FieldDescriptor* field = Resource::descriptor()->field(i);
    if (field->message_type() != type) continue;
    Message* message = Resource::GetReflection()->MutableMessage(&resource, field);
    return message->ParseFromArray(data.data(), static_cast<int>(data.size()));
  }
  return false;
}

absl::Status ChangeDamaged(const Change& change) {
  return DataDamaged(absl::StrCat("change ", change.revision()));
}

// The fields that differ, without those that every write changes.
void SetChangedFields(Change& change) {
  const Message& before = *InResource(change.previous_resource());
  const Message& after = *InResource(change.resource());
  const Descriptor& type = *after.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    // The summary of its account is not its own.
    if (RulesOf(*field).joined()) continue;
    if (field->name() == "etag" || field->name() == "update_time") continue;
    MessageDifferencer differencer;
    if (!differencer.CompareWithFields(before, after, {field}, {field})) {
      change.mutable_changed_fields()->add_paths(field->name());
    }
  }
}

absl::StatusOr<Change> ParseChange(const sql::Row& row) {
  Change change;
  change.set_revision(row.Integer(0));
  *change.mutable_change_time() = TimestampFromMicros(row.Integer(1));
  Change::Operation operation;
  if (!Change::Operation_Parse(std::string(row.Text(2)), &operation)) return ChangeDamaged(change);
  change.set_operation(operation);
  for (int column = kFirstText; column <= kLastText; ++column) {
    if (!IsUtf8(row.Text(column))) return ChangeDamaged(change);
  }
  change.set_resource_name(std::string(row.Text(3)));
  change.set_resource_type(std::string(row.Text(4)));
  change.set_account(std::string(row.Text(5)));
  change.set_actor(std::string(row.Text(6)));
  change.set_method(std::string(row.Text(7)));
  change.set_reason(std::string(row.Text(8)));
  change.set_request_id(std::string(row.Text(9)));
  const std::string beside =
      BesideChange({row.Integer(1), Change::Operation_Name(operation), change.actor(),
                    change.method(), change.reason(), change.request_id()});
  ASSIGN_OR_RETURN(const absl::string_view data,
                   UnsealBeside(change.resource_name(), row.Text(10), beside));
  if (change.account() != OwnAccount(change.resource_name())) return ChangeDamaged(change);
  if (!ParseResource(change.resource_type(), data, *change.mutable_resource())) {
    return ChangeDamaged(change);
  }
  return change;
}

void AddIn(absl::string_view column, const std::set<std::string>& values, SqlCondition& condition) {
  if (values.empty()) return;
  absl::StrAppend(&condition.sql, " AND ", column, " IN (");
  for (const std::string& value : values) {
    absl::StrAppend(&condition.sql, value == *values.begin() ? "?" : ", ?");
    condition.binds.emplace_back(value);
  }
  condition.sql += ")";
}

// What narrows a range down, to be appended to its conditions.
SqlCondition Wanted(const ChangeRange& range) {
  SqlCondition condition = range.filter.ToSql();
  if (!condition.sql.empty()) condition.sql = absl::StrCat(" AND (", condition.sql, ")");
  AddIn("account", range.accounts, condition);
  AddIn("resource_type", range.resource_types, condition);
  if (!condition.sql.empty()) condition.sql.insert(0, kAsAsked.data(), kAsAsked.size());
  return condition;
}

}  // namespace

absl::StatusOr<std::vector<Change>> ReadChanges(const ChangeRange& range, ReadTx& tx) {
  std::string sql = absl::StrCat("SELECT ", kColumns);
  if (range.with_previous) absl::StrAppend(&sql, ", ", kPrevious);
  sql += " FROM changes WHERE revision > ? AND revision <= ?";
  const SqlCondition wanted = Wanted(range);
  sql += wanted.sql;
  absl::StrAppend(&sql, " ORDER BY revision LIMIT ", range.limit);
  std::vector<sql::Bind> binds = {range.after, range.up_to};
  for (const sql::Bind& bind : ToBinds(wanted.binds)) binds.push_back(bind);

  std::vector<Change> changes;
  RETURN_IF_ERROR(tx.connection().Query(sql, binds, [&](const sql::Row& row) -> absl::Status {
    ASSIGN_OR_RETURN(Change change, ParseChange(row));
    if (range.with_previous && change.operation() == Change::UPDATED) {
      ASSIGN_OR_RETURN(const absl::string_view previous,
                       Unseal(change.resource_name(), row.Text(kPreviousColumn)));
      if (!ParseResource(change.resource_type(), previous, *change.mutable_previous_resource())) {
        return DataDamaged(change.resource_name());
      }
      SetChangedFields(change);
    }
    changes.push_back(std::move(change));
    return absl::OkStatus();
  }));
  return changes;
}

absl::StatusOr<HistorySpan> ReadHistorySpan(uint64_t history_id, ReadTx& tx) {
  HistorySpan span;
  ASSIGN_OR_RETURN(span.end, HistoryPosition(tx.connection()));
  ASSIGN_OR_RETURN(span.is_lost, IsLostTimeLine(tx.connection(), history_id));
  RETURN_IF_ERROR(tx.connection().Query("SELECT MIN(revision) FROM changes WHERE revision > 0", {},
                                        [&](const sql::Row& row) {
                                          span.first = row.Integer(0);
                                          return absl::OkStatus();
                                        }));
  return span;
}

absl::StatusOr<v1::ListChangesResponse> ListChanges(const v1::ListChangesRequest& request,
                                                    ReadTx& tx) {
  ASSIGN_OR_RETURN(const ListStart start, StartList(request, {FieldKind::kInteger}, tx));
  const PageRequest& page = start.page;
  ASSIGN_OR_RETURN(const Filter filter,
                   Filter::Parse(request.filter(), FieldTable::Of(*Change::descriptor())));
  const bool descending = request.order_by() == "revision desc";
  if (!descending && !request.order_by().empty() && request.order_by() != "revision") {
    return InvalidFields({{"order_by", "must be `revision` or `revision desc`"}},
                         v1::INVALID_ORDER_BY);
  }
  SqlCondition condition = filter.ToSql();
  std::string where = "revision > 0";
  if (!condition.sql.empty()) absl::StrAppend(&where, kAsAsked, " AND (", condition.sql, ")");
  if (!page.last.empty()) {
    absl::StrAppend(&where, " AND revision ", descending ? "<" : ">", " ?");
    condition.binds.push_back(page.last[0]);
  }
  v1::ListChangesResponse response;
  PageRoom room(page);
  response.set_resume_token(start.resume_token);
  RETURN_IF_ERROR(tx.connection().Query(
      absl::StrCat("SELECT ", kColumns, " FROM changes WHERE ", where, " ORDER BY revision",
                   descending ? " DESC" : "", " LIMIT ", page.page_size + 1),
      ToBinds(condition.binds), [&](const sql::Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(Change change, ParseChange(row));
        if (room.Take(change.ByteSizeLong())) *response.add_changes() = std::move(change);
        return absl::OkStatus();
      }));
  if (room.is_full()) {
    const int64_t last = response.changes().rbegin()->revision();
    response.set_next_page_token(MakePageToken(page, {last}));
  }
  return response;
}

namespace {

absl::StatusOr<std::vector<Change>> QueryChanges(absl::string_view conditions,
                                                 const std::vector<sql::Bind>& binds, ReadTx& tx) {
  std::vector<Change> changes;
  RETURN_IF_ERROR(
      tx.connection().Query(absl::StrCat("SELECT ", kColumns, " FROM changes WHERE ", conditions),
                            binds, [&](const sql::Row& row) -> absl::Status {
                              ASSIGN_OR_RETURN(changes.emplace_back(), ParseChange(row));
                              return absl::OkStatus();
                            }));
  return changes;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadActorsOf(const std::string& request_id, ReadTx& tx) {
  std::vector<std::string> actors;
  for (const char* order : {"", " DESC"}) {
    RETURN_IF_ERROR(tx.connection().Query(
        absl::StrCat("SELECT actor FROM changes WHERE request_id = ? ORDER BY actor", order,
                     " LIMIT 1"),
        {request_id}, [&](const sql::Row& row) {
          if (actors.empty() || actors.front() != row.Text(0)) actors.emplace_back(row.Text(0));
          return absl::OkStatus();
        }));
  }
  return actors;
}

absl::StatusOr<std::vector<Change>> ReadChangesOf(const RequestId& request, int64_t before,
                                                  int limit, ReadTx& tx) {
  return QueryChanges(absl::StrCat("request_id = ? AND actor = ? AND revision > 0 AND revision < ? "
                                   "ORDER BY revision DESC LIMIT ",
                                   limit),
                      {request.request_id, request.actor, before}, tx);
}

absl::StatusOr<std::vector<Change>> ReadChangesSince(const RequestId& request,
                                                     const std::string& resource_name, ReadTx& tx) {
  std::optional<int64_t> first;
  RETURN_IF_ERROR(tx.connection().Query(
      // By the resource: a request, such as an import, may have changed a million of them.
      "SELECT version FROM changes WHERE resource_name = ? AND COALESCE(request_id, '') = ? AND "
      "COALESCE(actor, '') = ? ORDER BY version LIMIT 1",
      {resource_name, request.request_id, request.actor}, [&](const sql::Row& row) {
        first = row.Integer(0);
        return absl::OkStatus();
      }));
  if (!first.has_value()) return std::vector<Change>();
  ASSIGN_OR_RETURN(std::vector<Change> changes,
                   QueryChanges("resource_name = ? AND version < ? ORDER BY version DESC LIMIT 1",
                                {resource_name, *first}, tx));
  ASSIGN_OR_RETURN(std::vector<Change> since,
                   QueryChanges("resource_name = ? AND version >= ? ORDER BY version",
                                {resource_name, *first}, tx));
  std::move(since.begin(), since.end(), std::back_inserter(changes));
  return changes;
}

}  // namespace perennial
