#ifndef PERENNIAL_SERVER_RPC_LIBRARY_LOG_H_
#define PERENNIAL_SERVER_RPC_LIBRARY_LOG_H_

#include <string>

namespace perennial {

// From here on what gRPC and libprotobuf say by themselves becomes lines of the log.
void LogForLibraries();

// What libprotobuf says on this thread during the object's life goes to `text`, and is no line of
// its own: a caller's bytes must not make lines beside that of the call. Does not nest.
class LibraryMessages {
 public:
  explicit LibraryMessages(std::string& text);
  LibraryMessages(const LibraryMessages&) = delete;
  LibraryMessages& operator=(const LibraryMessages&) = delete;
  ~LibraryMessages();
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_RPC_LIBRARY_LOG_H_
