#ifndef PERENNIAL_CLIENT_ADMIN_CLIENT_H_
#define PERENNIAL_CLIENT_ADMIN_CLIENT_H_

#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "perennial/client/service_client.h"
#include "perennial/v1/admin_service.pb.h"

namespace perennial::client {

// Streams a backup to whoever takes its bytes.
class BackupMethod : public Method {
 public:
  BackupMethod(ServiceClient& client, absl::string_view name)
      : Method(client, name, v1::BackupRequest::descriptor(), v1::BackupResponse::descriptor()) {}

  // Tells `on_info` what the backup is, then hands its bytes to `on_data`, piece by piece; an error
  // from either ends it. Answers once all of it has come, of the size and with the SHA-256 that the
  // server says: DATA_LOSS where they are others. Not attempted again.
  absl::StatusOr<v1::BackupSummary> operator()(
      const v1::BackupRequest& request,
      absl::FunctionRef<absl::Status(const v1::BackupInfo&)> on_info,
      absl::FunctionRef<absl::Status(absl::string_view)> on_data,
      const CallOptions& options = {}) const;
};

// Calls AdminService: what those who operate the server need.
class AdminClient : public ServiceClient {
 public:
  explicit AdminClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.AdminService", std::move(connection), std::move(options)) {}

  const BackupMethod Backup{*this, "Backup"};
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_ADMIN_CLIENT_H_
