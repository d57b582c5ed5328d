#include "client/cli/import/known_rows.h"

#include <algorithm>
#include <utility>

#include "lib/base/status.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

void KnownRows::Ask() {
  ChunkStream stream(client_);
  while (const std::optional<size_t> begin = Take()) {
    const absl::Status status = Ask(*begin, std::min(rows_.size(), *begin + kAskedAtOnce), stream);
    absl::MutexLock lock(&mutex_);
    status_.Update(status);
  }
}

std::optional<size_t> KnownRows::Take() {
  absl::MutexLock lock(&mutex_);
  if (is_over_ || next_ >= rows_.size() || !status_.ok()) return std::nullopt;
  return std::exchange(next_, next_ + kAskedAtOnce);
}

absl::Status KnownRows::Ask(size_t begin, size_t end, ChunkStream& stream) {
  v1::ImportRequest request;
  request.set_origin(origin_);
  for (size_t i = begin; i < end; ++i) {
    v1::ImportRow& row = *request.add_rows();
    row.set_name(rows_[i].name);
    row.set_digest(rows_[i].digest);
  }
  ASSIGN_OR_RETURN(const v1::ImportResponse response, stream.Send(request));
  for (size_t i = begin; i < end; ++i) rows_[i].is_known = true;
  for (const int index : response.unknown_rows()) {
    rows_[begin + static_cast<size_t>(index)].is_known = false;
  }
  // A file that was never here before is not asked for row by row.
  absl::MutexLock lock(&mutex_);
  is_over_ |= static_cast<size_t>(response.unknown_rows_size()) == end - begin;
  return absl::OkStatus();
}

}  // namespace perennial::cli
