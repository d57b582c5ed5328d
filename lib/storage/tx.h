#ifndef PERENNIAL_LIB_STORAGE_TX_H_
#define PERENNIAL_LIB_STORAGE_TX_H_

// What a handler reads and writes through. Only a WriteTx can write, and it
// appends a change to the history for everything it writes.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "lib/base/status.h"
#include "lib/storage/call.h"
#include "lib/storage/history.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/selection.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/summary_cache.h"
#include "lib/storage/tx/change_log.h"
#include "lib/storage/tx/identity_map.h"
#include "lib/storage/tx/row_locks.h"

namespace perennial {

struct TxTime {
  // What rules go by.
  absl::Time now;
  // What the history has for what is written now: the same, or later where the clock of a server
  // was ahead, so that its times ascend.
  absl::Time in_history;
};

class ReadTx {
 public:
  // `summaries` may be null: then they are read each time. `summaries_read` is what its BeginRead
  // answered before the transaction began.
  ReadTx(sql::Connection& connection, const Call& call, const TxTime& time,
         SummaryCache* summaries = nullptr, uint64_t summaries_read = 0)
      : connection_(connection),
        call_(call),
        now_(time.now),
        history_time_(time.in_history),
        summaries_(summaries),
        summaries_read_(summaries_read) {}
  virtual ~ReadTx() = default;
  ReadTx(const ReadTx&) = delete;
  ReadTx& operator=(const ReadTx&) = delete;

  // One instant for the whole transaction.
  absl::Time now() const { return now_; }
  // As of it, the history has all that is there now.
  absl::Time history_time() const { return history_time_; }
  absl::CivilDay today() const { return absl::ToCivilDay(now_, absl::UTCTimeZone()); }
  const Call& call() const { return call_; }

  // NOT_FOUND.
  template <class T>
  absl::StatusOr<T> Get(absl::string_view name) {
    T resource;
    RETURN_IF_ERROR(GetInto(ResourceTable::Of<T>(), name, resource));
    return resource;
  }

  // NOT_FOUND; ABORTED where `etag` is not empty and not the current one.
  template <class T>
  absl::StatusOr<T> Get(absl::string_view name, absl::string_view etag) {
    ASSIGN_OR_RETURN(T resource, Get<T>(name));
    RETURN_IF_ERROR(CheckEtag(etag, name, resource.etag()));
    return resource;
  }

  template <class T>
  absl::StatusOr<std::vector<T>> Select(const Selection& selection) {
    std::vector<T> resources;
    RETURN_IF_ERROR(SelectData(
        selection, [&](absl::string_view data) { return Parse(data, resources.emplace_back()); }));
    return resources;
  }

  // The first one selected, if there is one.
  template <class T>
  absl::StatusOr<std::optional<T>> SelectFirst(Selection selection) {
    ASSIGN_OR_RETURN(std::vector<T> resources, Select<T>(selection.Limit(1)));
    if (resources.empty()) return std::optional<T>();
    return std::optional<T>(std::move(resources.front()));
  }

  // Every one of `names`, in their order. NOT_FOUND.
  template <class T>
  absl::StatusOr<std::vector<T>> GetAll(const std::vector<std::string>& names) {
    ASSIGN_OR_RETURN(std::vector<T> found, Select<T>(From<T>().WhereAnyOf("name", names)));
    std::map<absl::string_view, const T*> by_name;
    for (const T& resource : found) by_name[resource.name()] = &resource;
    std::vector<T> resources;
    for (const std::string& name : names) {
      if (by_name.count(name) == 0) return NotFound(name);
      resources.push_back(*by_name[name]);
    }
    return resources;
  }

  // The distinct values that a text field has in what is selected.
  absl::StatusOr<std::vector<std::string>> SelectDistinct(absl::string_view field,
                                                          const Selection& selection);
  absl::StatusOr<bool> Exists(Selection selection);
  // How many are selected, without a limit; `up_to` where there are more.
  absl::StatusOr<int64_t> Count(const Selection& selection, int64_t up_to);

  // The stored form, for answers and lists. NOT_FOUND.
  using OnData = absl::FunctionRef<absl::Status(absl::string_view data)>;
  virtual absl::Status GetData(const ResourceTable& table, absl::string_view name, OnData on_data);
  // As it was at `time`: NOT_FOUND where it was not there then.
  absl::Status GetDataAsOf(absl::string_view name, absl::Time time, OnData on_data) {
    return ReadAsOf(connection_, name, time, on_data);
  }
  absl::Status SelectData(const Selection& selection, OnData on_data);
  using OnNamedData =
      absl::FunctionRef<absl::Status(absl::string_view name, absl::string_view data)>;
  absl::Status SelectNamedData(const Selection& selection, OnNamedData on_data);
  // The same with the summaries of their accounts, as of the same moment; of a type that has them.
  // Where the rows are sorted, the accounts of all of them are read, unless the selection joins.
  absl::Status SelectDataWithSummaries(const Selection& selection, OnData on_data);
  absl::Status GetDataWithSummary(const ResourceTable& table, absl::string_view name,
                                  OnData on_data);
  // Those of the accounts that are there, in any order, with few queries.
  absl::Status GetAccounts(const std::vector<std::string>& names, OnNamedData on_account);
  absl::Status GetInto(const ResourceTable& table, absl::string_view name,
                       google::protobuf::Message& resource);

  // For lib/storage only: handlers speak in resources.
  sql::Connection& connection() { return connection_; }
  SummaryCache* summaries() const { return summaries_; }
  uint64_t summaries_read() const { return summaries_read_; }

  static absl::Status CheckEtag(absl::string_view expected, absl::string_view name,
                                absl::string_view current);

 protected:
  static absl::Status Parse(absl::string_view data, google::protobuf::Message& resource);
  static absl::Status NotFound(absl::string_view name);
  // Sees what was read, to know later what a write changes.
  virtual absl::Status OnRead(absl::string_view, absl::string_view) { return absl::OkStatus(); }
  // What a row has in it, where that cannot have changed since it was read; null otherwise.
  virtual const std::string* Held(absl::string_view) const { return nullptr; }

  sql::Connection& connection_;
  const Call& call_;
  const absl::Time now_;

 private:
  const absl::Time history_time_;
  SummaryCache* const summaries_;
  const uint64_t summaries_read_;
};

class WriteTx;

// What follows, in the same transaction, from what was written about an account.
struct Consequences {
  // The resources that have consequences where they are created or deleted, and the fields (by
  // their columns) that have some where they change.
  absl::flat_hash_map<const google::protobuf::Descriptor*, absl::flat_hash_set<std::string>> of;
  // Brings what is worked out about these accounts into step; some may be deleted by now. What it
  // writes has no consequences itself.
  std::function<absl::Status(const std::vector<std::string>& accounts, WriteTx& tx)> follow;
};

class WriteTx : public ReadTx {
 public:
  // `facts` and `consequences` outlive the transaction; `wanted` all its runs: see RowLocks.
  WriteTx(sql::Connection& connection, const sql::Facts& facts, const Call& call,
          const TxTime& time, const Consequences& consequences, std::set<std::string>& wanted)
      : ReadTx(connection, call, time),
        facts_(facts),
        consequences_(consequences),
        locks_(connection, facts, known_, wanted),
        reason_(call.reason) {}

  // Holds the accounts that earlier runs came upon. The store calls it first.
  absl::Status Begin() { return locks_.HoldWanted(); }

  // Holds the account that the resource is or is below, first: see RowLocks.
  absl::Status GetData(const ResourceTable& table, absl::string_view name, OnData on_data) override;

  // Why this is written, for the history: what the call says, until something else is set.
  void set_reason(absl::string_view reason) { reason_ = std::string(reason); }
  const std::string& reason() const { return reason_; }

  // Writes a new resource and answers it with its times and etag. Its name is
  // set. ALREADY_EXISTS; NOT_FOUND where its parent or what it refers to does not exist.
  template <class T>
  absl::StatusOr<T> Create(T resource) {
    RETURN_IF_ERROR(CreateMessage(resource));
    return resource;
  }

  // Writes a resource that was read in this transaction and changed; its etag
  // is the one it was read with. A resource that did not change is not written.
  template <class T>
  absl::StatusOr<T> Update(T resource) {
    RETURN_IF_ERROR(UpdateMessage(resource));
    return resource;
  }

  // FAILED_PRECONDITION (RESOURCE_IN_USE) while other resources are below it or refer to it.
  template <class T>
  absl::Status Delete(const T& resource) {
    return DeleteMessage(resource);
  }

  // A new name below a parent, with `id` or one made by the server.
  template <class T>
  std::string NewName(absl::string_view parent, absl::string_view id) {
    return MakeName(ResourceTable::Of<T>(), parent, id);
  }

  // Reads those of `names` that exist, with few queries, and holds them: getting them, or writing
  // what refers to them, asks the database no more. Answers their names to `on_found`. Several
  // accounts that are going to be written, or written below, are held so, alone and at once.
  absl::Status Hold(const ResourceTable& table, const std::vector<std::string>& names,
                    Holding holding, absl::FunctionRef<void(absl::string_view name)> on_found);

  // Holds the accounts of several resources, alone and at once: before a transaction writes below
  // more than one, as another may do so in another order.
  absl::Status HoldAccountsOf(const std::vector<std::string>& names) {
    return locks_.HoldAccountsOf(names);
  }
  template <class T>
  absl::Status HoldAccountsOf(const std::vector<T>& resources) {
    std::vector<std::string> names;
    for (const T& resource : resources) names.push_back(resource.name());
    return HoldAccountsOf(names);
  }

  // Reads the account and holds it alone. NOT_FOUND.
  absl::Status HoldAccount(absl::string_view name);

  // Runs `fn`; where it fails, what it wrote is taken back and the transaction goes on, with what
  // it has read and holds.
  absl::Status Try(absl::FunctionRef<absl::Status()> fn);

  absl::Status CreateMessage(google::protobuf::Message& resource);
  absl::Status UpdateMessage(google::protobuf::Message& resource);
  absl::Status DeleteMessage(const google::protobuf::Message& resource);

  // What is worked out about the account is brought into step though nothing is written about it:
  // because time has passed.
  void Unsettle(std::string account) { unsettled_accounts_.insert(std::move(account)); }

  // Carries out the consequences of what was written so far. The store calls it before COMMIT;
  // whoever answers what was written calls it before, and then Refresh. Not within Try.
  absl::Status Settle();
  // Where the message is a resource that was written here, it becomes what was written last.
  absl::Status Refresh(google::protobuf::Message& message) const;

  // The accounts whose summaries were written here.
  const std::vector<std::string>& written_summaries() const { return written_summaries_; }

  // Writes the changes that have gathered, and answers as AppendChanges does. The store calls it
  // before COMMIT.
  absl::StatusOr<int64_t> Flush();

 private:
  std::string MakeName(const ResourceTable& table, absl::string_view parent, absl::string_view id);
  absl::Status OnRead(absl::string_view name, absl::string_view data) override;
  const std::string* Held(absl::string_view name) const override;
  // For the history, with the summary of its account as it is now.
  absl::Status Record(const ResourceTable& table, v1::Change::Operation operation,
                      const std::string& name, int64_t version, absl::Time time, std::string data);
  // To be settled, unless this is a consequence itself.
  void UnsettleAccountOf(const std::string& name);
  bool HasConsequences(const ResourceTable& table,
                       const std::vector<size_t>& changed_columns) const;

  const sql::Facts& facts_;
  const Consequences& consequences_;
  IdentityMap known_;
  RowLocks locks_;
  ChangeLog changes_;
  std::set<std::string> unsettled_accounts_;
  bool settling_ = false;
  std::vector<std::string> written_summaries_;
  std::string reason_;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_H_
