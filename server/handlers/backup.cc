#include "server/handlers/backup.h"

#include <memory>

#include "perennial/v1/admin_service.pb.h"

namespace perennial {

void RegisterBackup(Registry& registry, BackupStreams& backups) {
  registry.Stream<v1::BackupRequest, v1::BackupResponse>(
      "AdminService.Backup",
      [&backups](const v1::BackupRequest&, const Call&, ResponseWriter& writer)
          -> absl::StatusOr<std::unique_ptr<ResponseStream>> { return backups.Open(writer); });
}

}  // namespace perennial
