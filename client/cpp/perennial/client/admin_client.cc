#include "perennial/client/admin_client.h"

#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/sha256.h"
#include "lib/base/status.h"

namespace perennial::client {
namespace {

// Reads up to the summary. An error is the receiver's own; what the stream says of its end comes
// after it.
absl::Status ReadParts(Stream& stream,
                       absl::FunctionRef<absl::Status(const v1::BackupInfo&)> on_info,
                       absl::FunctionRef<absl::Status(absl::string_view)> on_data,
                       std::optional<v1::BackupSummary>& summary) {
  Sha256 hash;
  int64_t size = 0;
  v1::BackupResponse response;
  while (!summary.has_value() && stream.Read(response)) {
    if (response.has_info()) RETURN_IF_ERROR(on_info(response.info()));
    if (response.part_case() == v1::BackupResponse::kData) {
      size += static_cast<int64_t>(response.data().size());
      hash.Update(response.data());
      RETURN_IF_ERROR(on_data(response.data()));
    }
    if (response.has_summary()) summary = response.summary();
  }
  if (!summary.has_value()) return absl::OkStatus();
  if (summary->size_bytes() == size && summary->sha256() == hash.Finish()) return absl::OkStatus();
  return absl::DataLossError("the backup did not arrive as the server sent it");
}

}  // namespace

absl::StatusOr<v1::BackupSummary> BackupMethod::operator()(
    const v1::BackupRequest& request,
    absl::FunctionRef<absl::Status(const v1::BackupInfo&)> on_info,
    absl::FunctionRef<absl::Status(absl::string_view)> on_data, const CallOptions& options) const {
  CallOptions call = Complete(options);
  call.timeout.reset();  // it takes what it takes
  const std::unique_ptr<Stream> stream = connection()->StartStream(descriptor(), call);
  std::optional<v1::BackupSummary> summary;
  absl::Status status;
  if (stream->Write(request) && stream->WritesDone()) {
    status = ReadParts(*stream, on_info, on_data, summary);
  }
  if (!status.ok()) stream->Cancel();
  const absl::Status end = stream->Finish();
  if (!status.ok()) return status;
  if (!end.ok()) return end;
  if (!summary.has_value()) return absl::UnavailableError("the server ended the backup early");
  return *summary;
}

}  // namespace perennial::client
