#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/api/errors.h"
#include "lib/api/text.h"
#include "lib/api/validate.h"
#include "lib/base/ids.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/import_memory.h"
#include "lib/storage/store.h"
#include "perennial/v1/import_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/workflows/import/import_rows.h"

namespace perennial {

using v1::ImportRequest;
using v1::ImportResponse;
using v1::ImportRow;

namespace {

constexpr int kMaxRows = 1000;
constexpr int kMaxEarlierRows = 10000;
constexpr int kMaxOrigin = 100;

using Rows = std::vector<PreparedRow>;

Rows Prepare(const google::protobuf::RepeatedPtrField<ImportRow>& given) {
  Rows rows;
  rows.reserve(static_cast<size_t>(given.size()));
  absl::flat_hash_set<std::string> names;
  for (const ImportRow& row : given) {
    PreparedRow& prepared = rows.emplace_back(PrepareRow(row));
    if (prepared.problem.ok() && !names.insert(prepared.name).second) {
      prepared.problem = InvalidField(absl::StrCat(KindOf(prepared.resource), ".name"),
                                      "must stand once only in a chunk");
    }
  }
  return rows;
}

void Count(RowOutcome outcome, ImportResponse::Counts& counts) {
  switch (outcome) {
    case RowOutcome::kCreated:
      return counts.set_created(counts.created() + 1);
    case RowOutcome::kUpdated:
      return counts.set_updated(counts.updated() + 1);
    case RowOutcome::kSkipped:
      return counts.set_skipped(counts.skipped() + 1);
  }
}

// Those of earlier chunks are in as far as they were good.
absl::Status WriteEarlier(const ImportRequest& request, WriteTx& tx) {
  if (request.earlier_rows().empty()) return absl::OkStatus();
  Rows rows = Prepare(request.earlier_rows());
  RowWriter writer(request, tx);
  RETURN_IF_ERROR(writer.Load(rows));
  for (const PreparedRow& row : rows) {
    if (!row.problem.ok()) continue;
    const absl::Status status = tx.Try([&] { return writer.Write(row).status(); });
    if (!status.ok() && ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) return status;
  }
  return writer.Remember();
}

// A fault of ours at one row is told of that row, and the others go on.
absl::Status FaultAt(const PreparedRow& row, const absl::Status& fault) {
  const std::string id = NewId(absl::Now());
  LogLine(Severity::kError, "import_row",
          {{"error_id", id}, {"resource_name", row.name}, {"error", fault.ToString()}});
  return ServerFault(id);
}

// Writes the rows without problems and adds the problems that show only then. `news` becomes the
// number of rows from which something follows: a write, or a conflict, or what is remembered.
absl::Status WriteRows(const ImportRequest& request, Rows& rows, ImportResponse& response,
                       int64_t& news, WriteTx& tx) {
  RowWriter writer(request, tx);
  RETURN_IF_ERROR(writer.Load(rows));
  news = 0;
  for (PreparedRow& row : rows) {
    if (!row.problem.ok()) continue;
    const size_t before = writer.news();
    const absl::StatusOr<RowOutcome> outcome = writer.Write(row);
    if (outcome.ok()) {
      Count(*outcome, *response.mutable_counts());
      if (*outcome != RowOutcome::kSkipped || writer.news() > before) ++news;
    } else if (ReasonOf(outcome.status()) != v1::ERROR_REASON_UNSPECIFIED) {
      row.problem = outcome.status();
    } else if (absl::IsInternal(outcome.status())) {
      row.problem = FaultAt(row, outcome.status());
    } else {
      // A conflict or a lost connection is of the whole transaction, not of the row.
      return outcome.status();
    }
  }
  for (const ImportResponse::Conflict& conflict : writer.conflicts()) {
    *response.add_conflicts() = conflict;
  }
  return writer.Remember();
}

void Reject(const Rows& rows, ImportResponse& response) {
  for (const PreparedRow& row : rows) {
    if (row.problem.ok()) continue;
    ImportResponse::RejectedRow& rejected = *response.add_rejected_rows();
    rejected.set_source(row.row->source());
    rejected.set_line(row.row->line());
    rejected.set_resource_name(NameOf(row.row->resource()));
    *rejected.mutable_error() = ToRowError(row.problem);
  }
  response.mutable_counts()->set_rejected(response.rejected_rows_size());
}

// The rows that are good wait until the others are, too.
void HoldBack(int64_t news, ImportResponse& response) {
  ImportResponse::Counts& counts = *response.mutable_counts();
  response.set_held_back(news);
  counts.set_skipped(counts.skipped() + counts.created() + counts.updated() - news);
  counts.clear_created();
  counts.clear_updated();
  response.clear_conflicts();
}

// Which of the rows have been said already.
absl::StatusOr<ImportResponse> FindKnown(const ImportRequest& request, const Call& call,
                                         Store& store) {
  std::vector<std::string> names;
  for (const ImportRow& row : request.rows()) names.push_back(row.name());
  ImportResponse response;
  RETURN_IF_ERROR(store.ReadByQuery(call, [&](ReadTx& tx) -> absl::Status {
    response.Clear();
    absl::flat_hash_map<std::string, uint64_t> digests;
    RETURN_IF_ERROR(ReadDigests(
        request.origin(), names, tx,
        [&](absl::string_view name, uint64_t digest) { digests.emplace(name, digest); }));
    for (int i = 0; i < request.rows_size(); ++i) {
      const auto digest = digests.find(request.rows(i).name());
      const bool is_known = digest != digests.end() && digest->second != 0 &&
                            digest->second == request.rows(i).digest();
      if (!is_known) response.add_unknown_rows(i);
    }
    response.mutable_counts()->set_skipped(request.rows_size() - response.unknown_rows_size());
    return absl::OkStatus();
  }));
  return response;
}

absl::Status CheckRequest(const ImportRequest& request) {
  if (request.rows_size() > kMaxRows) {
    return InvalidField("rows", absl::StrCat("must have at most ", kMaxRows, " elements, has ",
                                             request.rows_size()));
  }
  if (CountCharacters(request.origin()).value_or(kMaxOrigin + 1) > kMaxOrigin) {
    return InvalidField("origin", absl::StrCat("must have at most ", kMaxOrigin,
                                               " characters, none of them a control character"));
  }
  if (request.earlier_rows_size() > kMaxEarlierRows) {
    return InvalidField("earlier_rows",
                        absl::StrCat("must have at most ", kMaxEarlierRows, " elements"));
  }
  ImportRequest of_run;
  of_run.set_run(request.run());
  RETURN_IF_ERROR(ValidateRequest(of_run));
  if (!request.earlier_rows().empty() && !request.validate_only()) {
    return InvalidField("earlier_rows", "must be empty unless validate_only is set");
  }
  return absl::OkStatus();
}

bool OnlyAsks(const ImportRequest& request) {
  return !request.rows().empty() &&
         std::all_of(request.rows().begin(), request.rows().end(), [](const ImportRow& row) {
           return !row.has_resource() && row.digest() != 0 && !row.name().empty();
         });
}

absl::StatusOr<ImportResponse> Import(const ImportRequest& request, Call call, Store& store) {
  RETURN_IF_ERROR(CheckRequest(request));
  call.run = request.run();
  if (OnlyAsks(request)) return FindKnown(request, call, store);
  Rows prepared = Prepare(request.rows());
  ImportResponse response;
  const absl::Status status = store.Apply(call, [&](WriteTx& tx) -> absl::Status {
    response.Clear();
    // An attempt leaves its traces in them; the next one, which is rare, begins anew.
    Rows rows = prepared.empty() ? Prepare(request.rows()) : std::exchange(prepared, {});
    RETURN_IF_ERROR(WriteEarlier(request, tx));
    int64_t news = 0;
    RETURN_IF_ERROR(WriteRows(request, rows, response, news, tx));
    Reject(rows, response);
    if (response.rejected_rows().empty()) return absl::OkStatus();
    HoldBack(news, response);
    return absl::FailedPreconditionError("rows are rejected");
  });
  if (!status.ok() && response.rejected_rows().empty()) return status;
  return response;
}

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Run<ImportRequest, ImportResponse>(
      "ImportService.Import", [backend](const ImportRequest& request, const Call& call) {
        return Import(request, call, backend.store);
      });
});

}  // namespace
}  // namespace perennial
