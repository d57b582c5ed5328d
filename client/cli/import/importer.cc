#include "client/cli/import/importer.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/import/chunk_stream.h"
#include "client/cli/import/import_row.h"
#include "client/cli/import/known_rows.h"
#include "client/cli/import/row_order.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "perennial/v1/error_reason.pb.h"

namespace perennial::cli {

using v1::ImportRequest;
using v1::ImportResponse;
using v1::ImportRow;

namespace {

using Rows = std::vector<ImportRow>;

// While the server writes one chunk it takes in the others.
constexpr size_t kStreams = 3;
// Servers bound the size of a message.
constexpr size_t kMaxChunkBytes = 1 << 20;
// They take 4 MiB unless they are told otherwise; the rest is for what goes with the row.
constexpr size_t kMaxRowBytes = 15 << 18;

Rows SortByName(Rows rows) {
  std::vector<std::pair<std::string, size_t>> order;
  order.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) order.emplace_back(NameOf(rows[i]), i);
  std::sort(order.begin(), order.end());
  Rows sorted;
  sorted.reserve(rows.size());
  for (const auto& [name, index] : order) sorted.push_back(std::move(rows[index]));
  return sorted;
}

// Rejects those rows that `reason` says a text about.
template <class Reason>
void RejectSome(Rows& rows, SentRows& sent, const Reason& reason) {
  const auto is_rejected = [&](const ImportRow& row) {
    std::string why = reason(row);
    if (why.empty()) return false;
    sent.rejected.push_back({row.source(), row.line(), NameOf(row), std::move(why)});
    return true;
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_rejected), rows.end());
}

// What no message can hold would take all other rows with it.
void RejectTooLarge(Rows& rows, SentRows& sent) {
  RejectSome(rows, sent, [](const ImportRow& row) -> std::string {
    const size_t size = row.ByteSizeLong();
    if (size <= kMaxRowBytes) return "";
    return absl::StrCat("the row is of ", size, " bytes: at most ", kMaxRowBytes, " can be sent");
  });
}

std::deque<ImportRequest> Split(Rows rows, const SendOptions& options) {
  std::deque<ImportRequest> chunks;
  size_t bytes = 0;
  for (ImportRow& row : rows) {
    const size_t size = row.ByteSizeLong();
    if (chunks.empty() || chunks.back().rows_size() == options.chunk_size ||
        bytes + size > kMaxChunkBytes) {
      ImportRequest& chunk = chunks.emplace_back();
      chunk.set_validate_only(options.dry_run);
      chunk.set_origin(options.origin);
      chunk.set_on_conflict(options.on_conflict);
      chunk.set_run(options.run);
      chunk.set_reason(options.reason);
      bytes = 0;
    }
    bytes += size;
    *chunks.back().add_rows() = std::move(row);
  }
  return chunks;
}

// In so many threads, this one among them.
template <class Function>
void RunInThreads(size_t count, const Function& function) {
  std::vector<std::thread> others;
  for (size_t i = 1; i < count; ++i) others.emplace_back(function);
  function();
  for (std::thread& thread : others) thread.join();
}

std::string Describe(const v1::RowError& error) {
  std::vector<std::string> parts;
  for (const v1::RowError::Violation& violation : error.violations()) {
    parts.push_back(absl::StrCat(violation.subject(), " ", violation.description()));
  }
  return parts.empty() ? error.message() : absl::StrJoin(parts, "; ");
}

}  // namespace

// What the threads share that send the chunks of a file.
struct Importer::Work {
  absl::Mutex mutex;
  std::deque<ImportRequest> chunks ABSL_GUARDED_BY(mutex);
  int64_t answered ABSL_GUARDED_BY(mutex) = 0;
  absl::Status status ABSL_GUARDED_BY(mutex);
  SentRows& sent ABSL_GUARDED_BY(mutex);

  std::optional<ImportRequest> Take() {
    absl::MutexLock lock(&mutex);
    if (chunks.empty() || !status.ok()) return std::nullopt;
    ImportRequest chunk = std::move(chunks.front());
    chunks.pop_front();
    return chunk;
  }
};

absl::Status Importer::FindKnown(std::vector<RowKey>& rows) const {
  // What is to be taken in any case has to be looked at.
  if (options_.on_conflict == ImportRequest::TAKE) return absl::OkStatus();
  KnownRows known(client_, options_.origin, rows);
  RunInThreads(std::min(kStreams, rows.size() / KnownRows::kAskedAtOnce + 1), [&] { known.Ask(); });
  return known.status();
}

absl::Status Importer::Send(Rows rows, bool in_order, SentRows& sent) {
  RejectBelowUnclear(rows, sent);
  RejectTooLarge(rows, sent);
  rows = in_order ? BehindWhatTheyReferTo(std::move(rows)) : SortByName(std::move(rows));
  Work work{{}, Split(std::move(rows), options_), 0, absl::OkStatus(), sent};
  // What a dry run finds depends on what it found before.
  const bool one_at_a_time = in_order || options_.dry_run;
  RunInThreads(one_at_a_time ? 1 : std::min(kStreams, work.chunks.size()),
               [&] { SendChunks(work); });
  absl::MutexLock lock(&work.mutex);
  return work.status;
}

void Importer::RejectBelowUnclear(Rows& rows, SentRows& sent) const {
  if (unclear_.empty()) return;
  RejectSome(rows, sent, [&](const ImportRow& row) -> std::string {
    const std::string name = NameOf(row);
    for (absl::string_view above = ParentOf(name); !above.empty(); above = ParentOf(above)) {
      if (!unclear_.contains(above)) continue;
      return absl::StrCat("is below ", above, ", of which it is not clear who is meant");
    }
    return "";
  });
}

void Importer::SendChunks(Work& work) {
  ChunkStream stream(client_);
  while (std::optional<ImportRequest> chunk = work.Take()) {
    const int size = chunk->rows_size();
    if (options_.dry_run) planned_.AddTo(*chunk);
    while (chunk->rows_size() > 0) {
      const absl::StatusOr<ImportResponse> response = stream.Send(*chunk);
      absl::MutexLock lock(&work.mutex);
      if (!response.ok()) {
        work.status.Update(response.status());
        return;
      }
      Settle(*response, *chunk, work.sent);
    }
    absl::MutexLock lock(&work.mutex);
    work.answered += size;
    options_.on_progress(work.answered);
  }
}

void Importer::Settle(const ImportResponse& response, ImportRequest& chunk, SentRows& sent) {
  absl::flat_hash_set<std::string> rejected;
  for (const ImportResponse::RejectedRow& row : response.rejected_rows()) {
    rejected.insert(row.resource_name());
    if (row.error().reason() == v1::ErrorReason_Name(v1::IDENTITY_UNCLEAR)) {
      unclear_.insert(row.resource_name());
    }
    sent.rejected.push_back({row.source(), row.line(), row.resource_name(), Describe(row.error())});
  }
  if (response.held_back() > 0 && !options_.strict) {
    auto& rows = *chunk.mutable_rows();
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [&](const ImportRow& row) { return rejected.contains(NameOf(row)); }),
               rows.end());
    return;
  }
  sent.created += response.counts().created();
  sent.updated += response.counts().updated();
  sent.unchanged += response.counts().skipped();
  sent.held_back += response.held_back();
  for (const ImportResponse::Conflict& conflict : response.conflicts()) {
    sent.conflicts.push_back(conflict);
  }
  if (options_.dry_run && response.held_back() == 0) {
    for (ImportRow& row : *chunk.mutable_rows()) {
      if (!rejected.contains(NameOf(row))) planned_.Add(std::move(row));
    }
  }
  chunk.clear_rows();
}

}  // namespace perennial::cli
