#include "lib/storage/import_memory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/status.h"
#include "lib/storage/seal.h"

namespace perennial {
namespace {

// Each session keeps its statements, with room for their binds: not one for every number of rows.
constexpr size_t kReadAtOnce = 128;
constexpr size_t kWrittenAtOnce[] = {32, 4, 1};

// `(?, ?)` and the like, `count` times.
std::string Places(absl::string_view place, size_t count) {
  std::string places(place);
  for (size_t i = 1; i < count; ++i) absl::StrAppend(&places, ", ", place);
  return places;
}

// Runs a query of some of the names at a time, which `condition` ends with the column of; the last
// one fills up what is left of a statement.
absl::Status QueryByNames(absl::string_view select, absl::string_view condition,
                          const std::vector<std::string>& names, std::vector<sql::Bind> first_binds,
                          sql::Connection& connection,
                          absl::FunctionRef<absl::Status(const sql::Row&)> on_row) {
  for (size_t begin = 0; begin < names.size(); begin += kReadAtOnce) {
    const size_t left = names.size() - begin;
    const size_t places = left == 1 ? 1 : left <= kReadAtOnce / 8 ? kReadAtOnce / 8 : kReadAtOnce;
    std::vector<sql::Bind> binds = first_binds;
    for (size_t i = 0; i < places; ++i) binds.push_back(names[begin + std::min(i, left - 1)]);
    RETURN_IF_ERROR(connection.Query(absl::StrCat(select, " FROM import_rows WHERE ", condition,
                                                  " IN (", Places("?", places), ")"),
                                     binds, on_row));
  }
  return absl::OkStatus();
}

absl::Status Insert(const std::string& origin, const ImportedRow* rows, size_t count,
                    sql::Connection& connection) {
  std::vector<sql::Bind> binds;
  std::vector<std::string> sealed;
  sealed.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    sealed.push_back(Seal(rows[i].name, rows[i].said));
    binds.insert(binds.end(),
                 {rows[i].name, origin, rows[i].target, rows[i].identity_text,
                  static_cast<int64_t>(rows[i].digest), sql::Bind::Bytes(sealed.back())});
  }
  const auto inserted = connection.Execute(
      absl::StrCat(
          "INSERT INTO import_rows (name, origin, target, identity_text, digest, said) VALUES ",
          Places("(?, ?, ?, ?, ?, ?)", count)),
      binds);
  if (absl::IsAlreadyExists(inserted.status())) return absl::AbortedError("imported meanwhile");
  return inserted.status();
}

using OnImportedRow = absl::FunctionRef<absl::Status(const std::string& origin, ImportedRow row)>;

absl::Status ReadRowsBy(absl::string_view column, const std::vector<std::string>& names, ReadTx& tx,
                        OnImportedRow on_row) {
  return QueryByNames("SELECT name, origin, target, identity_text, digest, said", column, names, {},
                      tx.connection(), [&](const sql::Row& row) {
                        ImportedRow imported;
                        imported.name = std::string(row.Text(0));
                        const std::string origin(row.Text(1));
                        imported.target = std::string(row.Text(2));
                        imported.identity_text = std::string(row.Text(3));
                        imported.digest = static_cast<uint64_t>(row.Integer(4));
                        const auto said = Unseal(imported.name, row.Text(5), Sealed::kOther);
                        imported.is_damaged = !said.ok();
                        if (said.ok()) imported.said = std::string(*said);
                        return on_row(origin, std::move(imported));
                      });
}

}  // namespace

absl::Status ReadImportedRows(const std::vector<std::string>& names, ReadTx& tx,
                              OnImportedRow on_row) {
  return ReadRowsBy("name", names, tx, on_row);
}

absl::Status ReadRowsThatMean(const std::vector<std::string>& resources, ReadTx& tx,
                              OnImportedRow on_row) {
  // A row that names its resource itself may mean another by now.
  RETURN_IF_ERROR(ReadRowsBy("name", resources, tx,
                             [&](const std::string& origin, ImportedRow row) -> absl::Status {
                               if (!row.target.empty()) return absl::OkStatus();
                               return on_row(origin, std::move(row));
                             }));
  return ReadRowsBy("target", resources, tx, on_row);
}

absl::Status ReadDigests(const std::string& origin, const std::vector<std::string>& names,
                         ReadTx& tx,
                         absl::FunctionRef<void(absl::string_view name, uint64_t digest)> on_row) {
  return QueryByNames("SELECT name, digest", "origin = ? AND name", names, {origin},
                      tx.connection(), [&](const sql::Row& row) {
                        on_row(row.Text(0), static_cast<uint64_t>(row.Integer(1)));
                        return absl::OkStatus();
                      });
}

absl::Status FindResources(
    const ResourceTable& table, const std::vector<ExternalId>& ids, ReadTx& tx,
    absl::FunctionRef<void(const ExternalId& id, const std::string& name)> on_found) {
  return FindByExternalIds(table, ids, tx.connection(), on_found);
}

absl::Status RedirectImportedRows(const std::string& name, const std::string& target,
                                  const std::string& said, WriteTx& tx) {
  sql::Connection& connection = tx.connection();
  RETURN_IF_ERROR(
      connection.Execute("UPDATE import_rows SET target = ? WHERE name = ?", {target, name})
          .status());
  RETURN_IF_ERROR(
      connection
          .Execute("DELETE FROM import_rows WHERE name = ? AND origin = ?", {name, kMergedOrigin})
          .status());
  ImportedRow merged;
  merged.name = name;
  merged.target = target;
  merged.said = said;
  return Insert(kMergedOrigin, &merged, 1, connection);
}

absl::Status EndRedirection(const std::string& name, WriteTx& tx) {
  ASSIGN_OR_RETURN(const int64_t merged,
                   tx.connection().Execute("DELETE FROM import_rows WHERE name = ? AND origin = ?",
                                           {name, kMergedOrigin}));
  if (merged == 0) return absl::OkStatus();
  return tx.connection()
      .Execute("UPDATE import_rows SET target = '' WHERE name = ?", {name})
      .status();
}

absl::Status WriteImportedRows(const std::string& origin, const std::vector<ImportedRow>& added,
                               const std::vector<ImportedRow>& changed, WriteTx& tx) {
  size_t begin = 0;
  for (const size_t count : kWrittenAtOnce) {
    for (; begin + count <= added.size(); begin += count) {
      RETURN_IF_ERROR(Insert(origin, &added[begin], count, tx.connection()));
    }
  }
  for (const ImportedRow& row : changed) {
    const std::string sealed = Seal(row.name, row.said);
    RETURN_IF_ERROR(
        tx.connection()
            .Execute("UPDATE import_rows SET target = ?, identity_text = ?, digest = ?, said = ? "
                     "WHERE name = ? AND origin = ?",
                     {row.target, row.identity_text, static_cast<int64_t>(row.digest),
                      sql::Bind::Bytes(sealed), row.name, origin})
            .status());
  }
  return absl::OkStatus();
}

absl::Status ForgetImportedRow(const std::string& name, const std::string& origin, WriteTx& tx) {
  return tx.connection()
      .Execute("DELETE FROM import_rows WHERE name = ? AND origin = ?", {name, origin})
      .status();
}

}  // namespace perennial
