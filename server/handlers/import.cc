#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
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

// What is wrong with each row.
using Problems = std::vector<absl::Status>;

// The rows of a request, prepared, and what is wrong with them by themselves.
struct Chunk {
  std::vector<v1::Resource> rows;
  Problems problems;
};

Chunk Prepare(const ImportRequest& request) {
  Chunk chunk;
  absl::flat_hash_set<std::string> names;
  for (const ImportRow& row : request.rows()) {
    v1::Resource& resource = chunk.rows.emplace_back(row.resource());
    absl::Status& problem = chunk.problems.emplace_back(PrepareRow(resource));
    if (problem.ok() && !names.insert(NameOf(resource)).second) {
      problem =
          InvalidField(absl::StrCat(KindOf(resource), ".name"), "must stand once only in a chunk");
    }
  }
  return chunk;
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

// Writes the rows without problems and adds the problems that show only then.
absl::Status WriteRows(WriteTx& tx, const std::vector<v1::Resource>& rows, Problems& problems,
                       ImportResponse::Counts& counts) {
  RowWriter writer(tx);
  RETURN_IF_ERROR(writer.Load(rows, problems));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!problems[i].ok()) continue;
    const absl::StatusOr<RowOutcome> outcome = writer.Write(rows[i]);
    if (outcome.ok()) {
      Count(*outcome, counts);
    } else if (ReasonOf(outcome.status()) != v1::ERROR_REASON_UNSPECIFIED) {
      problems[i] = outcome.status();
    } else {
      // A conflict or a lost connection is of the whole transaction, not of the row.
      return outcome.status();
    }
  }
  return absl::OkStatus();
}

void Reject(const ImportRequest& request, const Problems& problems, ImportResponse& response) {
  for (int i = 0; i < request.rows_size(); ++i) {
    if (problems[i].ok()) continue;
    ImportResponse::RejectedRow& rejected = *response.add_rejected_rows();
    rejected.set_source(request.rows(i).source());
    rejected.set_line(request.rows(i).line());
    rejected.set_resource_name(NameOf(request.rows(i).resource()));
    *rejected.mutable_error() = ToRowError(problems[i]);
  }
  response.mutable_counts()->set_rejected(response.rejected_rows_size());
}

// The rows that are good wait until the others are, too.
void HoldBack(ImportResponse& response) {
  ImportResponse::Counts& counts = *response.mutable_counts();
  response.set_held_back(counts.created() + counts.updated());
  counts.clear_created();
  counts.clear_updated();
}

absl::StatusOr<ImportResponse> Import(const ImportRequest& request, const Call& call,
                                      Store& store) {
  if (request.rows_size() > kMaxRows) {
    return InvalidField("rows", absl::StrCat("must have at most ", kMaxRows, " elements, has ",
                                             request.rows_size()));
  }
  const Chunk chunk = Prepare(request);
  ImportResponse response;
  const absl::Status status = store.Apply(call, [&](WriteTx& tx) -> absl::Status {
    response.Clear();
    Problems problems = chunk.problems;
    RETURN_IF_ERROR(WriteRows(tx, chunk.rows, problems, *response.mutable_counts()));
    Reject(request, problems, response);
    if (response.rejected_rows().empty()) return absl::OkStatus();
    HoldBack(response);
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
