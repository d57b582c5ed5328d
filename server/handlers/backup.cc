#include <memory>

#include "perennial/v1/admin_service.pb.h"
#include "server/handlers/handlers.h"

namespace perennial {
namespace {

const Handlers handlers([](Registry& registry, const Backend& backend) {
  registry.Stream<v1::BackupRequest, v1::BackupResponse>(
      "AdminService.Backup",
      [backend](const v1::BackupRequest&, const Call&,
                ResponseWriter& writer) -> absl::StatusOr<std::unique_ptr<ResponseStream>> {
        return backend.backups.Open(writer);
      });
});

}  // namespace
}  // namespace perennial
