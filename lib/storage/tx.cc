#include "lib/storage/tx.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/serialize.h"
#include "lib/storage/bind.h"
#include "lib/storage/sql/damage.h"
#include "lib/storage/versions.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;

// --- reading ---

absl::Status ReadTx::Parse(absl::string_view data, Message& resource) {
  if (!resource.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return absl::InternalError("a stored resource does not parse");
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
  const absl::Status status = connection_.Query(table.select(), {name}, [&](const sql::Row& row) {
    found = true;
    const absl::string_view data = row.Text(0);
    RETURN_IF_ERROR(OnRead(name, data));
    return on_data(data);
  });
  if (sql::IsDamage(status)) return DataDamaged(name);
  RETURN_IF_ERROR(status);
  return found ? absl::OkStatus() : ResourceNotFound(name);
}

absl::Status ReadTx::SelectData(const Selection& selection, OnData on_data) {
  const std::string sql = absl::StrCat("SELECT name, data", selection.ToSql());
  return connection_.Query(sql, ToBinds(selection.binds()),
                           [&](const sql::Row& row) -> absl::Status {
                             const std::string name(row.Text(0));
                             const absl::string_view data = row.Text(1);
                             RETURN_IF_ERROR(OnRead(name, data));
                             return on_data(data);
                           });
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

// What is stored leaves the etag out: the version says it.
void Stamp(Message& resource, int64_t version, absl::Time update_time) {
  SetTime(resource, "update_time", update_time);
  SetString(resource, "etag", EtagOf(version));
}

}  // namespace

absl::Status WriteTx::OnRead(absl::string_view name, absl::string_view data) {
  Known& known = known_[name];
  // What was worked out from the first reading would overwrite what came between.
  if (!known.data.empty() && known.data != data) return absl::AbortedError("read conflict");
  known.data.assign(data.data(), data.size());
  // On SQLite this transaction is the only one that writes.
  if (engine_ == sql::Engine::kSqlite) known.held = true;
  return absl::OkStatus();
}

std::string WriteTx::MakeName(const ResourceTable& table, absl::string_view parent,
                              absl::string_view id) {
  return ChildName(parent, table.pattern(), id.empty() ? NewId(now_) : std::string(id));
}

absl::Status WriteTx::CreateMessage(Message& resource) {
  const ResourceTable& table = ResourceTable::Of(*resource.GetDescriptor());
  const std::string name = GetString(resource, "name");
  RETURN_IF_ERROR(CheckReferences(table, resource, nullptr));
  const int64_t version = NextVersion(0);
  SetTime(resource, "create_time", now_);
  Stamp(resource, version, now_);

  std::string data = SerializeDeterministic(resource);
  std::vector<FieldValue> values;
  table.fields().Values(resource, values);
  const int64_t now = absl::ToUnixMicros(now_);
  std::vector<sql::Bind> binds{name, version, now, now};
  for (const FieldValue& value : values) binds.push_back(ToBind(value));
  binds.push_back(sql::Bind::Bytes(data));
  const auto inserted = connection_.Execute(table.insert(), binds);
  if (absl::IsAlreadyExists(inserted.status())) return ResourceExists(name);
  RETURN_IF_ERROR(inserted.status());
  Record(table, Change::CREATED, name, version, now_, std::move(data));
  if (consequences_.of.contains(&table.descriptor())) UnsettleAccountOf(name);
  return absl::OkStatus();
}

absl::Status WriteTx::UpdateMessage(Message& resource) {
  const ResourceTable& table = ResourceTable::Of(*resource.GetDescriptor());
  const std::string name = GetString(resource, "name");
  const auto known = known_.find(name);
  if (known == known_.end())
    return absl::InternalError("an update of a resource that was not read");
  const std::unique_ptr<Message> before(resource.New());
  RETURN_IF_ERROR(Parse(known->second.data, *before));
  if (SerializeDeterministic(resource) == known->second.data) return absl::OkStatus();
  RETURN_IF_ERROR(CheckReferences(table, resource, before.get()));

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
  binds.push_back(sql::Bind::Bytes(data));
  binds.push_back(name);
  binds.push_back(old_version);
  ASSIGN_OR_RETURN(const int64_t rows, connection_.Execute(table.Update(changed), binds));
  // Somebody else wrote it since it was read here: the transaction runs again.
  if (rows != 1) return absl::AbortedError("version conflict");
  Record(table, Change::UPDATED, name, version, update_time, std::move(data));
  if (HasConsequences(table, changed)) UnsettleAccountOf(name);
  return absl::OkStatus();
}

absl::Status WriteTx::DeleteMessage(const Message& resource) {
  const ResourceTable& table = ResourceTable::Of(*resource.GetDescriptor());
  const std::string name = GetString(resource, "name");
  const int64_t version = VersionOf(GetString(resource, "etag"));
  // The row goes first: a child that is being created meanwhile waits for it, and then misses it.
  ASSIGN_OR_RETURN(const int64_t rows, connection_.Execute(table.erase(), {name, version}));
  if (rows != 1) return absl::AbortedError("version conflict");
  RETURN_IF_ERROR(CheckUnused(table, name));
  const absl::Time time = std::max(now_, GetTime(resource, "update_time"));
  Record(table, Change::DELETED, name, NextVersion(version), time,
         SerializeDeterministic(resource));
  if (consequences_.of.contains(&table.descriptor())) UnsettleAccountOf(name);
  known_.erase(name);
  return absl::OkStatus();
}

void WriteTx::Record(const ResourceTable& table, Change::Operation operation,
                     const std::string& name, int64_t version, absl::Time time, std::string data) {
  if (operation != Change::DELETED) known_[name] = {data, /*held=*/true};
  if (settling_) {
    // A consequence of the very write that has just changed the resource is part of it.
    const auto pending =
        std::find_if(changes_.rbegin(), changes_.rend(),
                     [&](const PendingChange& change) { return change.name == name; });
    if (pending != changes_.rend() && operation == Change::UPDATED) {
      pending->version = version;
      pending->time = time;
      pending->data = std::move(data);
      return;
    }
  }
  changes_.push_back({&table, operation, name, version, time, reason_, std::move(data)});
}

void WriteTx::UnsettleAccountOf(const std::string& name) {
  if (settling_) return;
  const absl::string_view account = AccountOf(name);
  Unsettle(std::string(account.empty() ? name : account));
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
  const absl::Status status = connection_.Savepoint(fn);
  if (!status.ok()) {
    changes_.erase(changes_.begin() + changes, changes_.end());
    known_.clear();
  }
  return status;
}

absl::StatusOr<int64_t> WriteTx::Flush() {
  ASSIGN_OR_RETURN(const int64_t revision, AppendChanges(connection_, engine_, call_, changes_));
  changes_.clear();
  return revision;
}

// --- references ---

namespace {

// Engines bound the number of binds.
constexpr size_t kHeldAtOnce = 1000;

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

}  // namespace

const std::string* WriteTx::Held(absl::string_view name) const {
  const auto known = known_.find(name);
  return known != known_.end() && known->second.held ? &known->second.data : nullptr;
}

absl::Status WriteTx::Hold(const ResourceTable& table, const std::vector<std::string>& names,
                           Holding holding,
                           absl::FunctionRef<void(absl::string_view name)> on_found) {
  const char* lock = holding == Holding::kExclusive ? " FOR UPDATE" : " LOCK IN SHARE MODE";
  if (engine_ == sql::Engine::kSqlite) lock = "";
  for (size_t begin = 0; begin < names.size(); begin += kHeldAtOnce) {
    const size_t end = std::min(names.size(), begin + kHeldAtOnce);
    const Selection selection =
        Selection(table).WhereAnyOf("name", {names.begin() + begin, names.begin() + end});
    RETURN_IF_ERROR(connection_.Query(absl::StrCat("SELECT name, data", selection.ToSql(), lock),
                                      ToBinds(selection.binds()),
                                      [&](const sql::Row& row) -> absl::Status {
                                        const std::string name(row.Text(0));
                                        RETURN_IF_ERROR(OnRead(name, row.Text(1)));
                                        known_[name].held = true;
                                        on_found(name);
                                        return absl::OkStatus();
                                      }));
  }
  return absl::OkStatus();
}

absl::Status WriteTx::HoldAccount(absl::string_view name) {
  bool found = false;
  RETURN_IF_ERROR(Hold(ResourceTable::Of<v1::Account>(), {std::string(name)}, Holding::kExclusive,
                       [&](absl::string_view) { found = true; }));
  return found ? absl::OkStatus() : ResourceNotFound(name);
}

absl::Status WriteTx::CheckReferences(const ResourceTable& table, const Message& resource,
                                      const Message* before) {
  std::map<const ResourceTable*, std::vector<std::string>> wanted;
  if (before == nullptr) {
    const std::string name = GetString(resource, "name");
    const absl::string_view parent = ParentOf(name);
    if (!parent.empty() && Held(parent) == nullptr) {
      if (parent == AccountOf(name) && consequences_.of.contains(&table.descriptor())) {
        RETURN_IF_ERROR(HoldAccount(parent));
      } else {
        wanted[&ResourceTable::Of(*ResourceByName(parent))].emplace_back(parent);
      }
    }
  }
  for (const ResourceTable::Reference& reference : table.references()) {
    if (reference.output_only) continue;
    const FieldDescriptor& field = *reference.field->descriptor;
    absl::flat_hash_set<std::string> old_names;
    if (before != nullptr) {
      ForEachName(*before, field, [&](const std::string& name) { old_names.insert(name); });
    }
    ForEachName(resource, field, [&](const std::string& name) {
      if (old_names.contains(name) || Held(name) != nullptr) return;
      wanted[&ResourceTable::Of(*reference.target)].push_back(name);
    });
  }
  for (const auto& [target, names] : wanted) {
    RETURN_IF_ERROR(Hold(*target, names, Holding::kShared, [](absl::string_view) {}));
    for (const std::string& name : names) {
      if (Held(name) == nullptr) return ResourceNotFound(name);
    }
  }
  return absl::OkStatus();
}

absl::Status WriteTx::CheckUnused(const ResourceTable& table, const std::string& name) {
  const auto in_use = [&](const ResourceTable& user) {
    return FailedPrecondition(v1::RESOURCE_IN_USE, name,
                              absl::StrCat("It still has, or is named by, resources of type ",
                                           user.type(), ": delete or change those first"));
  };
  for (const Descriptor* descriptor : AllResources()) {
    const ResourceTable& user = ResourceTable::Of(*descriptor);
    if (ParentPattern(user.pattern()) == table.pattern()) {
      ASSIGN_OR_RETURN(const bool below, Exists(Selection(user).Under(name)));
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
      ASSIGN_OR_RETURN(const bool named, Exists(selection));
      if (named) return in_use(user);
    }
  }
  return absl::OkStatus();
}

}  // namespace perennial
