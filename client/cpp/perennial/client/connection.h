#ifndef PERENNIAL_CLIENT_CONNECTION_H_
#define PERENNIAL_CLIENT_CONNECTION_H_

// The one interface through which every call goes. A test that mocks it mocks
// the server.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "perennial/client/options.h"

namespace perennial::client {

// A call with many messages in both directions. One thread may write while
// another reads. Must be finished before it is destroyed.
class Stream {
 public:
  virtual ~Stream() = default;

  // False once the stream broke: Finish says why.
  virtual bool Write(const google::protobuf::Message& request) = 0;
  // Says that no more will be written.
  virtual bool WritesDone() = 0;
  // False when nothing more will come: Finish says whether all is well.
  virtual bool Read(google::protobuf::Message& response) = 0;
  // Waits for the end. What was not read is dropped.
  virtual absl::Status Finish() = 0;
  // Breaks the stream off, from any thread: what waits in the functions above returns.
  virtual void Cancel() = 0;
};

// Thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;

  // What calls have where neither the client nor the call says otherwise.
  virtual CallOptions options() const { return {}; }

  // One attempt of a unary call, by `options` alone. Errors of the API carry
  // their details: see errors.h.
  virtual absl::Status Call(const google::protobuf::MethodDescriptor& method,
                            const google::protobuf::Message& request,
                            google::protobuf::Message& response, const CallOptions& options) = 0;

  // Never null. A call that cannot be made is told by Stream::Finish.
  virtual std::unique_ptr<Stream> StartStream(const google::protobuf::MethodDescriptor& method,
                                              const CallOptions& options) = 0;
};

// A connection to the server at `target`, such as "127.0.0.1:50051", that is made when it is first
// needed and again whenever it breaks. Of several servers of one database, parted by commas, it is
// to the first that answers; their names are looked up once (IPv4).
std::shared_ptr<Connection> Connect(const std::string& target, ConnectionOptions options = {});

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_CONNECTION_H_
