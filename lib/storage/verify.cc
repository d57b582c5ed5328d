#include "lib/storage/verify.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/message.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/history.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/seal.h"
#include "lib/storage/sql/check_pages.h"
#include "lib/storage/sql/damage.h"
#include "lib/storage/tx/external_ids.h"
#include "lib/storage/tx/search_words.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using v1::Change;

namespace {

constexpr int kRowsAtOnce = 200;

class Verifier {
 public:
  Verifier(sql::Database& database, const VerifyListener& listener)
      : database_(database), listener_(listener) {}

  absl::StatusOr<Verified> Run() {
    std::vector<std::string> tables = {"changes"};
    for (const Descriptor* type : AllResources())
      tables.push_back(ResourceTable::Of(*type).table());
    RETURN_IF_ERROR(sql::CheckPages(database_, tables, [this](absl::string_view problem) {
      Damage("database", absl::StrCat("the engine says: ", problem));
    }));
    RETURN_IF_ERROR(CheckRevisions());
    RETURN_IF_ERROR(FoldHistory());
    for (const Descriptor* type : AllResources()) {
      RETURN_IF_ERROR(CheckTable(ResourceTable::Of(*type)));
    }
    RETURN_IF_ERROR(CheckExternalIds());
    for (const Descriptor* type : AllResources()) {
      RETURN_IF_ERROR(CheckSearchWords(ResourceTable::Of(*type)));
    }
    RETURN_IF_ERROR(CheckImportedRows());
    return verified_;
  }

 private:
  // The last change of a resource that was seen.
  struct Latest {
    std::string name;
    int64_t version = 0;
    int64_t revision = 0;
    std::string operation;
    std::string type;
    bool whole = true;  // its checksum fits
  };

  void Damage(absl::string_view name, absl::string_view what) {
    ++verified_.damages;
    listener_.on_damage(name, what);
  }

  // A damage that a Read has met: told at its end.
  void Find(absl::string_view name, absl::string_view what) {
    found_.emplace_back(std::string(name), std::string(what));
  }

  // Runs `fn` in one snapshot; false where it met damage. Where the connection is lost `fn` runs
  // again: it begins anew, and what its first run has found is forgotten.
  absl::StatusOr<bool> Read(absl::FunctionRef<absl::Status(sql::Connection&)> fn) {
    const absl::Status status =
        database_.Read(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          found_.clear();
          return fn(connection);
        });
    for (const auto& [name, what] : found_) Damage(name, what);
    if (sql::IsDamage(status)) return false;
    RETURN_IF_ERROR(status);
    return true;
  }

  absl::Status CheckRevisions() {
    int64_t missing = 0;
    ASSIGN_OR_RETURN(
        const bool read, Read([&](sql::Connection& connection) {
          missing = 0;
          return connection.Query(
              "SELECT COUNT(*), MIN(revision), MAX(revision) FROM changes WHERE revision > 0", {},
              [&](const sql::Row& row) {
                if (row.Integer(0) > 0)
                  missing = row.Integer(2) - row.Integer(1) + 1 - row.Integer(0);
                return absl::OkStatus();
              });
        }));
    if (!read) Damage("changes", "their revisions cannot be read");
    if (missing > 0) Damage("changes", absl::StrCat(missing, " of them are missing"));
    return absl::OkStatus();
  }

  // All changes of all resources, in the order of their names and versions.
  absl::Status FoldHistory() {
    Latest from;
    for (int rows = kRowsAtOnce; rows == kRowsAtOnce;) {
      Latest latest;
      ASSIGN_OR_RETURN(
          const bool read, Read([&](sql::Connection& connection) -> absl::Status {
            latest = from;
            ASSIGN_OR_RETURN(std::vector<Latest> changes, ReadChanges(from, connection));
            rows = static_cast<int>(changes.size());
            for (Latest& change : changes) {
              RETURN_IF_ERROR(TakeChange(latest, change, connection));
              latest = std::move(change);
            }
            return rows == kRowsAtOnce ? absl::OkStatus() : CheckThere(latest, connection);
          }));
      if (!read) {
        Damage("changes", absl::StrCat("those after ", from.name, " cannot be read"));
        return absl::OkStatus();
      }
      from = std::move(latest);
      verified_.changes += rows;
      listener_.on_progress("changes", verified_.changes);
    }
    return absl::OkStatus();
  }

  // Those that come next.
  absl::StatusOr<std::vector<Latest>> ReadChanges(const Latest& from, sql::Connection& connection) {
    std::vector<Latest> changes;
    RETURN_IF_ERROR(connection.Query(
        absl::StrCat("SELECT resource_name, version, revision, operation, resource_type, data, "
                     "change_time, actor, method, reason, request_id, account "
                     "FROM changes WHERE resource_name >= ? AND (resource_name > ? OR "
                     "version > ?) ORDER BY resource_name, version LIMIT ",
                     kRowsAtOnce),
        {from.name, from.name, from.version}, [&](const sql::Row& row) {
          Latest change;
          change.name = std::string(row.Text(0));
          change.version = row.Integer(1);
          change.revision = row.Integer(2);
          change.operation = std::string(row.Text(3));
          change.type = std::string(row.Text(4));
          // A text of a row is there until the next one is asked for.
          const std::string actor(row.Text(7)), method(row.Text(8)), reason(row.Text(9));
          const std::string request_id(row.Text(10));
          const std::string beside =
              BesideChange({row.Integer(6), change.operation, actor, method, reason, request_id});
          change.whole = UnsealBeside(change.name, row.Text(5), beside).ok() &&
                         row.Text(11) == OwnAccount(change.name);
          changes.push_back(std::move(change));
          return absl::OkStatus();
        }));
    return changes;
  }

  absl::Status TakeChange(const Latest& before, const Latest& change, sql::Connection& connection) {
    if (!change.whole) {
      Find(change.name, absl::StrCat("its version ", change.version, " is not what was written"));
    }
    const bool first = before.name != change.name;
    if (first) RETURN_IF_ERROR(CheckThere(before, connection));
    const bool there = !first && before.operation != Change::Operation_Name(Change::DELETED);
    const bool begins = change.operation == Change::Operation_Name(Change::CREATED);
    if (there == begins) {
      Find(change.name, absl::StrCat("a change is missing before its version ", change.version));
    }
    const bool numbered = before.revision > 0 && change.revision > 0;
    if (!first && numbered && before.revision >= change.revision) {
      Find(change.name, absl::StrCat("its version ", change.version, " comes too early"));
    }
    return absl::OkStatus();
  }

  // The row of a resource whose last change this is.
  absl::Status CheckThere(const Latest& latest, sql::Connection& connection) {
    if (latest.name.empty()) return absl::OkStatus();
    const Descriptor* type = ResourceByType(latest.type);
    if (type == nullptr) {
      Find(latest.name, absl::StrCat("its changes are of an unknown type, ", latest.type));
      return absl::OkStatus();
    }
    bool there = false;
    const absl::Status status = connection.Query(
        absl::StrCat("SELECT name FROM ", ResourceTable::Of(*type).table(), " WHERE name = ?"),
        {latest.name}, [&](const sql::Row&) {
          there = true;
          return absl::OkStatus();
        });
    // CheckTable names what cannot be read.
    if (sql::IsDamage(status)) return absl::OkStatus();
    RETURN_IF_ERROR(status);
    const bool deleted = latest.operation == Change::Operation_Name(Change::DELETED);
    if (there && deleted) Find(latest.name, "it is there, though it was deleted");
    if (!there && !deleted) Find(latest.name, "it is missing");
    return absl::OkStatus();
  }

  absl::Status CheckTable(const ResourceTable& table) {
    std::string last;
    int64_t checked = 0;
    for (size_t rows = kRowsAtOnce; rows == kRowsAtOnce;) {
      std::vector<std::string> names;
      ASSIGN_OR_RETURN(const bool read, Read([&](sql::Connection& connection) {
                         names.clear();
                         return connection.Query(
                             absl::StrCat("SELECT name FROM ", table.table(),
                                          " WHERE name > ? ORDER BY name LIMIT ", kRowsAtOnce),
                             {last}, [&](const sql::Row& row) {
                               names.emplace_back(row.Text(0));
                               return absl::OkStatus();
                             });
                       }));
      if (!read) {
        Damage(table.table(), absl::StrCat("what comes after ", last, " cannot be read"));
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(CheckRows(table, names));
      rows = names.size();
      checked += static_cast<int64_t>(rows);
      if (rows > 0) last = names.back();
      listener_.on_progress(table.table(), checked);
    }
    verified_.resources += checked;
    return absl::OkStatus();
  }

  absl::Status CheckRows(const ResourceTable& table, const std::vector<std::string>& names) {
    ASSIGN_OR_RETURN(const bool read, Read([&](sql::Connection& connection) {
                       for (const std::string& name : names) {
                         const absl::Status status = CheckRow(table, name, connection);
                         if (sql::IsDamage(status)) {
                           Find(name, "it cannot be read");
                         } else {
                           RETURN_IF_ERROR(status);
                         }
                       }
                       return absl::OkStatus();
                     }));
    static_cast<void>(read);
    return absl::OkStatus();
  }

  absl::Status CheckRow(const ResourceTable& table, const std::string& name,
                        sql::Connection& connection) {
    const std::vector<std::string>& columns = table.fields().columns();
    std::string data, wrong, search_text;
    int64_t version = 0;
    bool found = false;
    RETURN_IF_ERROR(connection.Query(
        absl::StrCat("SELECT data, version, ", absl::StrJoin(columns, ", "),
                     columns.empty() ? "" : ", ", "create_time, update_time FROM ", table.table(),
                     " WHERE name = ?"),
        {name}, [&](const sql::Row& row) {
          found = true;
          data = std::string(row.Text(0));
          version = row.Integer(1);
          const int last = static_cast<int>(columns.size()) + 1;
          if (table.fields().has_indexed_search()) search_text = std::string(row.Text(last));
          const auto unsealed = Unseal(name, data);
          wrong = unsealed.ok() ? WrongColumns(table, name, std::string(*unsealed), row)
                                : "its checksum does not fit";
          return absl::OkStatus();
        }));
    // Deleted meanwhile, or only its key is there.
    if (!found) return absl::OkStatus();
    if (!wrong.empty()) Find(name, wrong);
    bool changed = false;
    RETURN_IF_ERROR(connection.Query(
        "SELECT version, data FROM changes WHERE resource_name = ? ORDER BY version DESC LIMIT 1",
        {name}, [&](const sql::Row& row) {
          changed = true;
          const auto last = Unseal(name, row.Text(1));
          const auto unsealed = Unseal(name, data);
          if (row.Integer(0) != version || !last.ok() || !unsealed.ok() ||
              WithoutSummary(table.fields().summary(), *last) != *unsealed) {
            Find(name, "it is not what its last change says");
          }
          return absl::OkStatus();
        }));
    if (!changed) Find(name, "its changes are missing");
    if (!wrong.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(CheckIdentity(table, name, data, connection));
    ASSIGN_OR_RETURN(const auto missing, MissingWords(table, name, search_text, connection));
    for (const std::string& word : missing) {
      Find(name, absl::StrCat("a search for its word \"", word, "\" does not find it"));
    }
    return absl::OkStatus();
  }

  // Filters and imports find a resource by its external ids.
  absl::Status CheckIdentity(const ResourceTable& table, const std::string& name,
                             const std::string& data, sql::Connection& connection) {
    for (const ExternalId& id : IdsIn(table, name, data)) {
      bool leads_here = false;
      RETURN_IF_ERROR(FindByExternalIds(
          table, {id}, connection,
          [&](const ExternalId&, const std::string& found) { leads_here = found == name; }));
      if (!leads_here) {
        Find(name, absl::StrCat("its external id ", id.first, " \"", id.second,
                                "\" does not lead to it"));
      }
    }
    return absl::OkStatus();
  }

  // None where the data makes no sense: that is told of the row.
  static std::vector<ExternalId> IdsIn(const ResourceTable& table, absl::string_view name,
                                       absl::string_view data) {
    if (table.identity() == nullptr) return {};
    const std::unique_ptr<Message> message(
        MessageFactory::generated_factory()->GetPrototype(&table.descriptor())->New());
    const auto unsealed = Unseal(name, data);
    const bool parsed = unsealed.ok() && message->ParseFromString(std::string(*unsealed));
    return parsed ? ExternalIdsOf(table, *message) : std::vector<ExternalId>();
  }

  // Where each external id leads there is a resource that has it.
  absl::Status CheckExternalIds() {
    std::vector<std::string> last = {"", "", ""};
    int64_t checked = 0;
    for (int rows = kRowsAtOnce; rows == kRowsAtOnce;) {
      std::vector<std::string> next;
      ASSIGN_OR_RETURN(const bool read, Read([&](sql::Connection& connection) {
                         next = last;
                         rows = 0;
                         return CheckExternalIdsAfter(next, rows, connection);
                       }));
      if (!read) {
        Damage("external_ids",
               absl::StrCat("those after ", absl::StrJoin(last, " "), " cannot be read"));
        return absl::OkStatus();
      }
      last = std::move(next);
      checked += rows;
      listener_.on_progress("external_ids", checked);
    }
    return absl::OkStatus();
  }

  absl::Status CheckExternalIdsAfter(std::vector<std::string>& last, int& rows,
                                     sql::Connection& connection) {
    std::vector<std::vector<std::string>> ids;
    RETURN_IF_ERROR(connection.Query(
        absl::StrCat("SELECT resource_type, system_key, external_id, name FROM external_ids WHERE "
                     "resource_type >= ? AND (resource_type > ? OR system_key > ? OR (system_key = "
                     "? AND external_id > ?)) ORDER BY resource_type, system_key, external_id "
                     "LIMIT ",
                     kRowsAtOnce),
        {last[0], last[0], last[1], last[1], last[2]}, [&](const sql::Row& row) {
          std::vector<std::string>& id = ids.emplace_back();
          for (int i = 0; i < 4; ++i) id.emplace_back(row.Text(i));
          return absl::OkStatus();
        }));
    for (const std::vector<std::string>& id : ids) {
      ASSIGN_OR_RETURN(const bool is_had, HasExternalId(id[0], {id[1], id[2]}, id[3], connection));
      if (is_had) continue;
      Find("external_ids", absl::StrCat(id[0], " ", id[1], " \"", id[2], "\" leads to ", id[3],
                                        ", which has no such id"));
    }
    rows = static_cast<int>(ids.size());
    if (rows > 0) last.assign(ids.back().begin(), ids.back().begin() + 3);
    return absl::OkStatus();
  }

  // Where each word of searches leads there is a resource that has it.
  absl::Status CheckSearchWords(const ResourceTable& table) {
    SearchWord last;
    int64_t checked = 0;
    for (int rows = kRowsAtOnce; rows == kRowsAtOnce;) {
      SearchWord next;
      ASSIGN_OR_RETURN(const bool read, Read([&](sql::Connection& connection) -> absl::Status {
                         next = last;
                         const auto find = [this](const SearchWord& word) {
                           Find("search_words",
                                absl::StrCat("\"", word.word, "\" leads to ", word.name,
                                             ", which has no such word"));
                         };
                         return CheckWordsAfter(next, rows, table, kRowsAtOnce, connection, find);
                       }));
      if (!read) Damage("search_words", absl::StrCat("those after ", last.word, " are unreadable"));
      if (!read) return absl::OkStatus();
      last = std::move(next);
      checked += rows;
      listener_.on_progress("search_words", checked);
    }
    return absl::OkStatus();
  }

  // What imports said last.
  absl::Status CheckImportedRows() {
    std::pair<std::string, std::string> last;  // name and origin
    int64_t checked = 0;
    for (int rows = kRowsAtOnce; rows == kRowsAtOnce;) {
      std::pair<std::string, std::string> next;
      ASSIGN_OR_RETURN(
          const bool read, Read([&](sql::Connection& connection) {
            next = last;
            rows = 0;
            return connection.Query(
                absl::StrCat("SELECT name, origin, said FROM import_rows WHERE name >= ? AND (name "
                             "> ? OR origin > ?) ORDER BY name, origin LIMIT ",
                             kRowsAtOnce),
                {last.first, last.first, last.second}, [&](const sql::Row& row) {
                  ++rows;
                  next = {std::string(row.Text(0)), std::string(row.Text(1))};
                  if (!Unseal(next.first, row.Text(2), Sealed::kOther).ok()) {
                    Find(next.first, absl::StrCat("the checksum of what an import from \"",
                                                  next.second, "\" said of it does not fit"));
                  }
                  return absl::OkStatus();
                });
          }));
      if (!read) {
        Damage("import_rows", absl::StrCat("those after ", last.first, " cannot be read"));
        return absl::OkStatus();
      }
      last = std::move(next);
      checked += rows;
      listener_.on_progress("import_rows", checked);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> HasExternalId(const std::string& type_name, const ExternalId& id,
                                     const std::string& name, sql::Connection& connection) {
    const Descriptor* type = ResourceByType(type_name);
    if (type == nullptr) return false;
    const ResourceTable& table = ResourceTable::Of(*type);
    bool is_had = false;
    const absl::Status status = connection.Query(table.select(), {name}, [&](const sql::Row& row) {
      const std::vector<ExternalId> ids = IdsIn(table, name, row.Text(0));
      is_had = std::find(ids.begin(), ids.end(), id) != ids.end();
      return absl::OkStatus();
    });
    // CheckTable names what cannot be read.
    if (sql::IsDamage(status)) return true;
    RETURN_IF_ERROR(status);
    return is_had;
  }

  static int64_t MicrosOf(const Message& message, const char* field) {
    const auto& time = message.GetReflection()->GetMessage(
        message, message.GetDescriptor()->FindFieldByName(field));
    return absl::ToUnixMicros(ToTime(static_cast<const google::protobuf::Timestamp&>(time)));
  }

  // What the columns should be follows from the message.
  static std::string WrongColumns(const ResourceTable& table, const std::string& name,
                                  const std::string& data, const sql::Row& row) {
    const std::unique_ptr<Message> message(
        MessageFactory::generated_factory()->GetPrototype(&table.descriptor())->New());
    if (!message->ParseFromString(data)) return "what is stored of it makes no sense";
    const auto* field = table.descriptor().FindFieldByName("name");
    if (message->GetReflection()->GetString(*message, field) != name) {
      return "what is stored there has another name";
    }
    std::vector<FieldValue> values;
    table.fields().Values(*message, values);
    std::vector<std::string> wrong;
    int column_of_time = static_cast<int>(values.size()) + 2;
    for (const char* time : {"create_time", "update_time"}) {
      if (row.Integer(column_of_time++) != MicrosOf(*message, time)) wrong.emplace_back(time);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      const int column = static_cast<int>(i) + 2;
      const bool same = std::holds_alternative<int64_t>(values[i])
                            ? row.Integer(column) == std::get<int64_t>(values[i])
                        : std::holds_alternative<double>(values[i])
                            ? row.Real(column) == std::get<double>(values[i])
                            : row.Text(column) == std::get<std::string>(values[i]);
      if (!same) wrong.push_back(table.fields().columns()[i]);
    }
    if (wrong.empty()) return "";
    return absl::StrCat("columns differ from what is stored of it: ", absl::StrJoin(wrong, ", "));
  }

  sql::Database& database_;
  const VerifyListener& listener_;
  std::vector<std::pair<std::string, std::string>> found_;  // names, and what is wrong
  Verified verified_;
};

}  // namespace

absl::StatusOr<Verified> Verify(sql::Database& database, const VerifyListener& listener) {
  return Verifier(database, listener).Run();
}

}  // namespace perennial
