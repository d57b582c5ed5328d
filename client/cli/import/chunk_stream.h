#ifndef PERENNIAL_CLIENT_CLI_IMPORT_CHUNK_STREAM_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_CHUNK_STREAM_H_

#include <memory>

#include "absl/status/statusor.h"
#include "perennial/client/import_client.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// A stream of chunks, one at a time, begun anew after errors that pass: what was written of a chunk
// that is sent again is found unchanged.
class ChunkStream {
 public:
  explicit ChunkStream(const client::ImportClient& client) : client_(client) {}
  ChunkStream(const ChunkStream&) = delete;
  ChunkStream& operator=(const ChunkStream&) = delete;
  ~ChunkStream();

  absl::StatusOr<v1::ImportResponse> Send(const v1::ImportRequest& chunk);

 private:
  using Stream = client::TypedStream<v1::ImportRequest, v1::ImportResponse>;

  const client::ImportClient& client_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_CHUNK_STREAM_H_
