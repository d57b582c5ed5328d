#ifndef PERENNIAL_SERVER_METHODS_RESPONSE_STREAM_H_
#define PERENNIAL_SERVER_METHODS_RESPONSE_STREAM_H_

// How a method that streams its responses meets the layer that sends them: the
// stream says what comes next, the writer when there is room for it. No
// function here blocks.

#include <string>

#include "absl/status/status.h"

namespace perennial {

// Where the serialized responses of one call go.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;

  // One at a time: the next only after ResponseStream::OnWritten.
  virtual void Write(std::string response) = 0;

  // Nothing more is waited for: the Write under way fails, as far as it has not left. End has still
  // to follow.
  virtual void Cancel() = 0;

  // Ends the call. Once, not while a Write is under way, and nothing after it: the writer may
  // be gone when this returns.
  virtual void End(const absl::Status& status) = 0;
};

// What a method streams. Its functions may be called by different threads at once.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;

  // From here on the writer may be used. Called once, unless OnCancelled came first.
  virtual void Start() = 0;

  // The last Write has left; where not `ok`, nobody reads any more, and End has to follow.
  virtual void OnWritten(bool ok) = 0;

  // Nobody reads any more: End has to follow. May come at any time, and more than once.
  virtual void OnCancelled() = 0;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_RESPONSE_STREAM_H_
