#include "lib/storage/tx.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/trim.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/serialize.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/bind.h"
#include "lib/storage/seal.h"
#include "lib/storage/sql/damage.h"
#include "lib/storage/tx/external_ids.h"
#include "lib/storage/tx/references.h"
#include "lib/storage/tx/search_words.h"
#include "lib/storage/versions.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;

namespace {

constexpr size_t kAccountsAtOnce = 128;

// Of a row that has its data and its account's, from this column on.
absl::Status AssignWithSummary(const ResourceTable& table, absl::string_view name,
                               const sql::Row& row, int column, std::string& whole) {
  // A text of a row is there until the next one is asked for.
  ASSIGN_OR_RETURN(const absl::string_view data, Unseal(name, row.Text(column)));
  whole.assign(data.data(), data.size());
  ASSIGN_OR_RETURN(const absl::string_view account, Unseal(AccountOf(name), row.Text(column + 1)));
  AppendSummary(*table.fields().summary(), account, whole);
  return absl::OkStatus();
}

}  // namespace

// --- reading ---

absl::Status ReadTx::Parse(absl::string_view data, Message& resource) {
  if (!resource.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return DataDamaged("");
  }
  return absl::OkStatus();
}

absl::Status ReadTx::NotFound(absl::string_view name) { return ResourceNotFound(name); }

absl::Status ReadTx::CheckEtag(absl::string_view expected, absl::string_view name,
                               absl::string_view current) {
  if (expected.empty() || expected == current) return absl::OkStatus();
  return EtagMismatch(name, current);
}

absl::Status ReadTx::GetInto(const ResourceTable& table, absl::string_view name,
                             Message& resource) {
  return GetData(table, name,
                 [&resource](absl::string_view data) { return Parse(data, resource); });
}

absl::Status ReadTx::GetData(const ResourceTable& table, absl::string_view name, OnData on_data) {
  if (const std::string* data = Held(name)) return on_data(*data);
  bool found = false;
  const auto on_row = [&](const sql::Row& row) -> absl::Status {
    found = true;
    ASSIGN_OR_RETURN(const absl::string_view data, Unseal(name, row.Text(0)));
    RETURN_IF_ERROR(OnRead(name, data));
    return on_data(data);
  };
  const absl::Status status = connection_.Query(table.select(), {name}, on_row);
  if (sql::IsDamage(status)) return DataDamaged(name);
  RETURN_IF_ERROR(status);
  return found ? absl::OkStatus() : ResourceNotFound(name);
}

absl::Status ReadTx::SelectData(const Selection& selection, OnData on_data) {
  return SelectNamedData(selection,
                         [&](absl::string_view, absl::string_view data) { return on_data(data); });
}

absl::Status ReadTx::SelectNamedData(const Selection& selection, OnNamedData on_data) {
  const std::string sql = absl::StrCat("SELECT name, data", selection.ToSql());
  return connection_.Query(
      sql, ToBinds(selection.binds()), [&](const sql::Row& row) -> absl::Status {
        const std::string name(row.Text(0));
        ASSIGN_OR_RETURN(const absl::string_view data, Unseal(name, row.Text(1)));
        RETURN_IF_ERROR(OnRead(name, data));
        return on_data(name, data);
      });
}

absl::Status ReadTx::SelectDataWithSummaries(const Selection& selection, OnData on_data) {
  const ResourceTable& table = selection.table();
  const std::string sql =
      absl::StrCat("SELECT name, data, ", selection.joins() ? "account_data" : table.account_data(),
                   selection.ToSql());
  std::string whole;
  return connection_.Query(sql, ToBinds(selection.binds()),
                           [&](const sql::Row& row) -> absl::Status {
                             const std::string name(row.Text(0));
                             RETURN_IF_ERROR(AssignWithSummary(table, name, row, 1, whole));
                             return on_data(whole);
                           });
}

absl::Status ReadTx::GetDataWithSummary(const ResourceTable& table, absl::string_view name,
                                        OnData on_data) {
  std::string whole;
  const auto on_row = [&](const sql::Row& row) {
    return AssignWithSummary(table, name, row, 0, whole);
  };
  const absl::Status status = connection_.Query(table.select_with_account(), {name}, on_row);
  if (sql::IsDamage(status)) return DataDamaged(name);
  RETURN_IF_ERROR(status);
  return whole.empty() ? ResourceNotFound(name) : on_data(whole);
}

absl::Status ReadTx::GetAccounts(const std::vector<std::string>& names, OnNamedData on_account) {
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    const std::string* data = Held(name);
    if (data == nullptr) {
      unknown.push_back(name);
    } else {
      RETURN_IF_ERROR(on_account(name, *data));
    }
  }
  for (size_t begin = 0; begin < unknown.size(); begin += kAccountsAtOnce) {
    const size_t end = std::min(unknown.size(), begin + kAccountsAtOnce);
    const Selection selection =
        From<v1::Account>().WhereAnyOf("name", {unknown.begin() + begin, unknown.begin() + end});
    RETURN_IF_ERROR(SelectNamedData(selection, on_account));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadTx::SelectDistinct(absl::string_view field,
                                                                const Selection& selection) {
  std::vector<std::string> values;
  RETURN_IF_ERROR(connection_.Query(
      absl::StrCat("SELECT DISTINCT ", selection.ColumnOf(field), selection.ToSql()),
      ToBinds(selection.binds()), [&](const sql::Row& row) {
        values.emplace_back(row.Text(0));
        return absl::OkStatus();
      }));
  return values;
}

absl::StatusOr<bool> ReadTx::Exists(Selection selection) {
  bool found = false;
  RETURN_IF_ERROR(connection_.Query(absl::StrCat("SELECT 1", selection.ToSql(), " LIMIT 1"),
                                    ToBinds(selection.binds()), [&](const sql::Row&) {
                                      found = true;
                                      return absl::OkStatus();
                                    }));
  return found;
}

absl::StatusOr<int64_t> ReadTx::Count(const Selection& selection, int64_t up_to) {
  int64_t count = 0;
  RETURN_IF_ERROR(connection_.Query(absl::StrCat("SELECT COUNT(*) FROM (SELECT 1",
                                                 selection.ToSql(), " LIMIT ", up_to, ") counted"),
                                    ToBinds(selection.binds()), [&](const sql::Row& row) {
                                      count = row.Integer(0);
                                      return absl::OkStatus();
                                    }));
  return count;
}

// --- writing ---

namespace {

// The etag is the version, written so that nobody reads a number into it.
std::string EtagOf(int64_t version) { return absl::StrCat("v", absl::Hex(version)); }

int64_t VersionOf(absl::string_view etag) {
  int64_t version = 0;
  if (!absl::ConsumePrefix(&etag, "v") || !absl::SimpleHexAtoi(etag, &version)) return 0;
  return version;
}

const FieldDescriptor* FieldOf(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

std::string GetString(const Message& message, const char* field) {
  return message.GetReflection()->GetString(message, FieldOf(message, field));
}

void SetString(Message& message, const char* field, std::string value) {
  message.GetReflection()->SetString(&message, FieldOf(message, field), std::move(value));
}

absl::Time GetTime(const Message& message, const char* field) {
  const Message& time = message.GetReflection()->GetMessage(message, FieldOf(message, field));
  return ToTime(static_cast<const google::protobuf::Timestamp&>(time));
}

void SetTime(Message& message, const char* field, absl::Time time) {
  message.GetReflection()
      ->MutableMessage(&message, FieldOf(message, field))
      ->CopyFrom(ToTimestamp(time));
}

void ClearSummary(const ResourceTable& table, Message& resource) {
  const FieldDescriptor* summary = table.fields().summary();
  if (summary != nullptr) resource.GetReflection()->ClearField(&resource, summary);
}

// What is stored leaves the etag out: the version says it.
void Stamp(Message& resource, int64_t version, absl::Time update_time) {
  SetTime(resource, "update_time", update_time);
  SetString(resource, "etag", EtagOf(version));
}

}  // namespace

absl::Status WriteTx::OnRead(absl::string_view name, absl::string_view data) {
  return known_.Read(name, data, locks_.StaysAsRead(name));
}

const std::string* WriteTx::Held(absl::string_view name) const { return known_.Held(name); }

absl::Status WriteTx::GetData(const ResourceTable& table, absl::string_view name, OnData on_data) {
  // One that others may hold as well is not to be held alone for reading it once more.
  if (Held(name) == nullptr) RETURN_IF_ERROR(locks_.HoldAccountOf(name));
  return ReadTx::GetData(table, name, on_data);
}

absl::Status WriteTx::Hold(const ResourceTable& table, const std::vector<std::string>& names,
                           Holding holding,
                           absl::FunctionRef<void(absl::string_view name)> on_found) {
  return locks_.Hold(table, names, holding, on_found);
}

absl::Status WriteTx::HoldAccount(absl::string_view name) {
  RETURN_IF_ERROR(GetData(ResourceTable::Of<v1::Account>(), name,
                          [](absl::string_view) { return absl::OkStatus(); }));
  return absl::OkStatus();
}

std::string WriteTx::MakeName(const ResourceTable& table, absl::string_view parent,
                              absl::string_view id) {
  return ChildName(parent, table.pattern(), id.empty() ? NewId(now_) : std::string(id));
}

absl::Status WriteTx::CreateMessage(Message& resource) {
  TrimTexts(resource);
  const ResourceTable& table = ResourceTable::Of(*resource.GetDescriptor());
  ClearSummary(table, resource);
  const std::string name = GetString(resource, "name");
  // A new account is nobody else's yet.
  const bool is_account = &table == &ResourceTable::Of<v1::Account>();
  if (!is_account) RETURN_IF_ERROR(locks_.HoldAccountOf(name));
  RETURN_IF_ERROR(HoldReferences(table, resource, nullptr, known_, locks_));
  const int64_t version = NextVersion(0);
  SetTime(resource, "create_time", now_);
  Stamp(resource, version, now_);

  std::string data = SerializeDeterministic(resource);
  std::vector<FieldValue> values;
  table.fields().Values(resource, values);
  const int64_t now = absl::ToUnixMicros(now_);
  std::vector<sql::Bind> binds{name, version, now, now};
  for (const FieldValue& value : values) binds.push_back(ToBind(value));
  const std::string sealed = Seal(name, data);
  binds.push_back(sql::Bind::Bytes(sealed));
  const auto inserted = connection_.Execute(table.insert(), binds);
  if (absl::IsAlreadyExists(inserted.status())) return ResourceExists(name);
  RETURN_IF_ERROR(inserted.status());
  RETURN_IF_ERROR(UpdateExternalIds(table, nullptr, &resource, connection_));
  RETURN_IF_ERROR(UpdateSearchWords(table, name, nullptr, &values, connection_));
  RETURN_IF_ERROR(Record(table, Change::CREATED, name, version, history_time(), std::move(data)));
  if (consequences_.of.contains(&table.descriptor())) UnsettleAccountOf(name);
  return absl::OkStatus();
}

absl::Status WriteTx::UpdateMessage(Message& resource) {
  TrimTexts(resource);
  const ResourceTable& table = ResourceTable::Of(*resource.GetDescriptor());
  ClearSummary(table, resource);
  const std::string name = GetString(resource, "name");
  const std::string* const known = known_.Find(name);
  if (known == nullptr) return absl::InternalError("an update of a resource that was not read");
  if (SerializeDeterministic(resource) == *known) return absl::OkStatus();
  const std::unique_ptr<Message> before(resource.New());
  RETURN_IF_ERROR(Parse(*known, *before));
  RETURN_IF_ERROR(locks_.HoldAccountOf(name));
  RETURN_IF_ERROR(HoldReferences(table, resource, before.get(), known_, locks_));

  const int64_t old_version = VersionOf(GetString(*before, "etag"));
  const int64_t version = NextVersion(old_version);
  // Another server's clock may be ahead; the times of one resource ascend all the same.
  const absl::Time update_time = std::max(now_, GetTime(*before, "update_time"));
  Stamp(resource, version, update_time);

  std::string data = SerializeDeterministic(resource);
  std::vector<FieldValue> values, old_values;
  table.fields().Values(resource, values);
  table.fields().Values(*before, old_values);
  std::vector<size_t> changed;
  std::vector<sql::Bind> binds{version, absl::ToUnixMicros(update_time)};
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == old_values[i]) continue;
    changed.push_back(i);
    binds.push_back(ToBind(values[i]));
  }
  const std::string sealed = Seal(name, data);
  binds.push_back(sql::Bind::Bytes(sealed));
  binds.push_back(name);
  binds.push_back(old_version);
  ASSIGN_OR_RETURN(const int64_t rows, connection_.Execute(table.Update(changed), binds));
  // Somebody else wrote it since it was read here: the transaction runs again.
  if (rows != 1) return absl::AbortedError("version conflict");
  RETURN_IF_ERROR(UpdateExternalIds(table, before.get(), &resource, connection_));
  RETURN_IF_ERROR(UpdateSearchWords(table, name, &old_values, &values, connection_));
  RETURN_IF_ERROR(Record(table, Change::UPDATED, name, version,
                         std::max(history_time(), update_time), std::move(data)));
  if (HasConsequences(table, changed)) UnsettleAccountOf(name);
  const bool is_account = &table == &ResourceTable::Of<v1::Account>();
  if (is_account && !HaveSameSummary(*before, resource)) written_summaries_.push_back(name);
  return absl::OkStatus();
}

absl::Status WriteTx::DeleteMessage(const Message& resource) {
  const ResourceTable& table = ResourceTable::Of(*resource.GetDescriptor());
  const std::string name = GetString(resource, "name");
  const int64_t version = VersionOf(GetString(resource, "etag"));
  RETURN_IF_ERROR(locks_.HoldAccountOf(name));
  // The row goes first: a child that is being created meanwhile waits for it, and then misses it.
  ASSIGN_OR_RETURN(const int64_t rows, connection_.Execute(table.erase(), {name, version}));
  if (rows != 1) return absl::AbortedError("version conflict");
  RETURN_IF_ERROR(CheckUnused(table, name, *this));
  RETURN_IF_ERROR(UpdateExternalIds(table, &resource, nullptr, connection_));
  if (table.fields().has_indexed_search()) {
    std::vector<FieldValue> values;
    table.fields().Values(resource, values);
    RETURN_IF_ERROR(UpdateSearchWords(table, name, &values, nullptr, connection_));
  }
  const absl::Time time = std::max(history_time(), GetTime(resource, "update_time"));
  RETURN_IF_ERROR(Record(table, Change::DELETED, name, NextVersion(version), time,
                         SerializeDeterministic(resource)));
  if (consequences_.of.contains(&table.descriptor())) UnsettleAccountOf(name);
  known_.Deleted(name);
  if (&table == &ResourceTable::Of<v1::Account>()) written_summaries_.push_back(name);
  return absl::OkStatus();
}

absl::Status WriteTx::Record(const ResourceTable& table, Change::Operation operation,
                             const std::string& name, int64_t version, absl::Time time,
                             std::string data) {
  if (operation != Change::DELETED) {
    known_.Written(name, data);
    locks_.Wrote(table, name);
  }
  if (const FieldDescriptor* summary = table.fields().summary()) {
    // Held by whoever writes below it.
    RETURN_IF_ERROR(GetAccounts({std::string(OwnAccount(name))},
                                [&](absl::string_view, absl::string_view account) {
                                  AppendSummary(*summary, account, data);
                                  return absl::OkStatus();
                                }));
  }
  // A consequence of the very write that has just changed the resource is part of it.
  const bool is_part = settling_ && operation == Change::UPDATED;
  if (!is_part || !changes_.Amend(name, version, time, data)) {
    changes_.Add({&table, operation, name, version, time, reason_, std::move(data)});
  }
  return absl::OkStatus();
}

void WriteTx::UnsettleAccountOf(const std::string& name) {
  if (settling_) return;
  Unsettle(std::string(OwnAccount(name)));
}

bool WriteTx::HasConsequences(const ResourceTable& table,
                              const std::vector<size_t>& changed_columns) const {
  const auto fields = consequences_.of.find(&table.descriptor());
  if (fields == consequences_.of.end()) return false;
  return std::any_of(changed_columns.begin(), changed_columns.end(), [&](size_t column) {
    return fields->second.contains(table.fields().columns()[column]);
  });
}

absl::Status WriteTx::Settle() {
  if (unsettled_accounts_.empty()) return absl::OkStatus();
  const std::vector<std::string> accounts(unsettled_accounts_.begin(), unsettled_accounts_.end());
  unsettled_accounts_.clear();
  settling_ = true;
  const absl::Status status = consequences_.follow(accounts, *this);
  settling_ = false;
  return status;
}

absl::Status WriteTx::Refresh(Message& message) const {
  if (PatternOf(*message.GetDescriptor()).empty()) return absl::OkStatus();
  const std::string* latest = Held(GetString(message, "name"));
  return latest == nullptr ? absl::OkStatus() : Parse(*latest, message);
}

absl::Status WriteTx::Try(absl::FunctionRef<absl::Status()> fn) {
  const size_t changes = changes_.size();
  const size_t begin = known_.Begin();
  const absl::Status status = connection_.Savepoint(fn);
  if (status.ok()) {
    known_.Keep();
  } else {
    changes_.TakeBack(changes);
    known_.TakeBack(begin);
  }
  return status;
}

absl::StatusOr<int64_t> WriteTx::Flush() { return changes_.Flush(connection_, facts_, call_); }

}  // namespace perennial
