#include "client/cli/import/importer.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/cli/import/identities.h"
#include "client/cli/import/import_row.h"
#include "client/cli/import/row_order.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "perennial/client/errors.h"
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
constexpr int kMaxAttempts = 5;
// Rows that are asked for at once whether they were said before.
constexpr size_t kAskedAtOnce = 1000;

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
      bytes = 0;
    }
    bytes += size;
    *chunks.back().add_rows() = std::move(row);
  }
  return chunks;
}

std::string Describe(const v1::RowError& error) {
  std::vector<std::string> parts;
  for (const v1::RowError::Violation& violation : error.violations()) {
    parts.push_back(absl::StrCat(violation.subject(), " ", violation.description()));
  }
  return parts.empty() ? error.message() : absl::StrJoin(parts, "; ");
}

// The chunk may be sent again: what was written of it is then found unchanged.
bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) ||
         absl::IsResourceExhausted(status);
}

// A stream of chunks, one at a time, begun anew after errors that pass.
class ChunkStream {
 public:
  explicit ChunkStream(const client::ImportClient& client) : client_(client) {}
  ChunkStream(const ChunkStream&) = delete;
  ChunkStream& operator=(const ChunkStream&) = delete;
  ~ChunkStream() {
    if (stream_ == nullptr) return;
    stream_->WritesDone();
    stream_->Finish().IgnoreError();
  }

  absl::StatusOr<ImportResponse> Send(const ImportRequest& chunk) {
    for (int attempt = 1;; ++attempt) {
      if (stream_ == nullptr) stream_ = std::make_unique<Stream>(client_.Import());
      ImportResponse response;
      if (stream_->Write(chunk) && stream_->Read(response)) return response;
      absl::Status status = stream_->Finish();
      stream_.reset();
      if (status.ok()) status = absl::UnavailableError("the server ended the stream");
      if (attempt == kMaxAttempts || !Passes(status)) return status;
      absl::SleepFor(client::RetryDelayOf(status).value_or(absl::Milliseconds(100) * attempt));
    }
  }

 private:
  using Stream = client::TypedStream<ImportRequest, ImportResponse>;

  const client::ImportClient& client_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace

// Which rows were said before: asked by several threads, each of some rows at a time.
class Importer::Asking {
 public:
  Asking(const client::ImportClient& client, const SendOptions& options, Rows& rows)
      : client_(client), options_(options), rows_(rows), known_(rows.size(), 0) {
    // What is to be taken in any case has to be looked at.
    is_over_ = options.on_conflict == ImportRequest::TAKE;
  }

  // In each thread.
  void Run() {
    ChunkStream stream(client_);
    while (const std::optional<size_t> begin = Take()) {
      const size_t end = std::min(rows_.size(), *begin + kAskedAtOnce);
      for (size_t i = *begin; i < end; ++i) SetDigest(rows_[i]);
      if (IsOver()) continue;
      const absl::Status status = Ask(*begin, end, stream);
      absl::MutexLock lock(&mutex_);
      status_.Update(status);
    }
  }

  // Once all threads have ended: how many are known, which are taken out.
  absl::StatusOr<int64_t> DropKnown() {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(status_);
    size_t left = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (known_[i] == 0 && left++ != i) rows_[left - 1] = std::move(rows_[i]);
    }
    const auto known = static_cast<int64_t>(rows_.size() - left);
    rows_.resize(left);
    return known;
  }

 private:
  std::optional<size_t> Take() {
    absl::MutexLock lock(&mutex_);
    if (next_ >= rows_.size() || !status_.ok()) return std::nullopt;
    return std::exchange(next_, next_ + kAskedAtOnce);
  }

  bool IsOver() {
    absl::MutexLock lock(&mutex_);
    return is_over_;
  }

  absl::Status Ask(size_t begin, size_t end, ChunkStream& stream) {
    ImportRequest request;
    request.set_origin(options_.origin);
    for (size_t i = begin; i < end; ++i) {
      ImportRow& row = *request.add_rows();
      row.set_name(NameOf(rows_[i]));
      row.set_digest(rows_[i].digest());
    }
    ASSIGN_OR_RETURN(const ImportResponse response, stream.Send(request));
    std::fill(&known_[begin], &known_[begin] + (end - begin), 1);
    for (const int index : response.unknown_rows()) known_[begin + static_cast<size_t>(index)] = 0;
    // A file that was never here before is not asked for row by row.
    absl::MutexLock lock(&mutex_);
    is_over_ |= static_cast<size_t>(response.unknown_rows_size()) == end - begin;
    return absl::OkStatus();
  }

  const client::ImportClient& client_;
  const SendOptions& options_;
  Rows& rows_;
  std::vector<char> known_;  // each thread has its own rows, and theirs of these
  absl::Mutex mutex_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_over_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

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

namespace {

// In so many threads, this one among them.
template <class Function>
void RunInThreads(size_t count, const Function& function) {
  std::vector<std::thread> others;
  for (size_t i = 1; i < count; ++i) others.emplace_back(function);
  function();
  for (std::thread& thread : others) thread.join();
}

}  // namespace

absl::Status Importer::Send(Rows rows, bool in_order, SentRows& sent) {
  Asking asking(client_, options_, rows);
  RunInThreads(std::min(kStreams, rows.size() / kAskedAtOnce + 1), [&] { asking.Run(); });
  ASSIGN_OR_RETURN(const int64_t known, asking.DropKnown());
  sent.unchanged += known;
  RejectBelowUnclear(rows, sent);
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
  const auto is_below = [&](const ImportRow& row) {
    const std::string name = NameOf(row);
    for (absl::string_view above = ParentOf(name); !above.empty(); above = ParentOf(above)) {
      if (!unclear_.contains(above)) continue;
      sent.rejected.push_back(
          {row.source(), row.line(), name,
           absl::StrCat("is below ", above, ", of which it is not clear who is meant")});
      return true;
    }
    return false;
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_below), rows.end());
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
