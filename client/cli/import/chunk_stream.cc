#include "client/cli/import/chunk_stream.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "perennial/client/errors.h"

namespace perennial::cli {

using v1::ImportRequest;
using v1::ImportResponse;

namespace {

constexpr int kMaxAttempts = 5;

bool Passes(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) ||
         absl::IsResourceExhausted(status);
}

}  // namespace

ChunkStream::~ChunkStream() {
  if (stream_ == nullptr) return;
  stream_->WritesDone();
  stream_->Finish().IgnoreError();
}

absl::StatusOr<ImportResponse> ChunkStream::Send(const ImportRequest& chunk) {
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

}  // namespace perennial::cli
