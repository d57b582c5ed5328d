#include "server/rpc/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include "lib/base/log.h"

namespace perennial {
namespace {

thread_local std::string* messages = nullptr;

void LogForGrpc(gpr_log_func_args* args) {
  const Severity severity =
      args->severity == GPR_LOG_SEVERITY_ERROR ? Severity::kError : Severity::kInfo;
  LogLine(severity, "grpc", {{"error", args->message}});
}

void LogForProtobuf(google::protobuf::LogLevel level, const char* /*file*/, int /*line*/,
                    const std::string& message) {
  if (messages != nullptr) {
    *messages = message;
  } else {
    const bool is_error = level >= google::protobuf::LOGLEVEL_ERROR;
    LogLine(is_error ? Severity::kError : Severity::kWarning, "protobuf", {{"error", message}});
  }
}

}  // namespace

void LogForLibraries() {
  gpr_set_log_function(LogForGrpc);
  google::protobuf::SetLogHandler(LogForProtobuf);
}

LibraryMessages::LibraryMessages(std::string& text) { messages = &text; }

LibraryMessages::~LibraryMessages() { messages = nullptr; }

}  // namespace perennial
