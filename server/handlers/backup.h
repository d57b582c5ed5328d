#ifndef PERENNIAL_SERVER_HANDLERS_BACKUP_H_
#define PERENNIAL_SERVER_HANDLERS_BACKUP_H_

#include "server/jobs/backup_streams.h"
#include "server/methods/registry.h"

namespace perennial {

// AdminService.Backup, which only a server has that keeps its backups: `backups` outlives the
// registry.
void RegisterBackup(Registry& registry, BackupStreams& backups);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_HANDLERS_BACKUP_H_
