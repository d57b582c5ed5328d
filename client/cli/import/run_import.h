#ifndef PERENNIAL_CLIENT_CLI_IMPORT_RUN_IMPORT_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_RUN_IMPORT_H_

#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "perennial/client/connection.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

struct ImportOptions {
  std::string folder;
  std::string mapping;  // a file's path
  bool dry_run = false;
  bool strict = false;
  int chunk_size = 500;
  v1::ImportRequest::OnConflict on_conflict = v1::ImportRequest::KEEP;
  // Of the rejected rows so many are shown, and all are written to this file where it is given: see
  // RejectsFile.
  int rejects_shown = 20;
  std::string rejects_file;
  std::string reason;  // for the history
  // How what was written is taken back is said here; nowhere where null.
  std::ostream* notes = nullptr;
};

struct ImportSummary {
  int64_t rejected = 0;
  int64_t held_back = 0;
  int64_t conflicts = 0;
};

// Imports the CSV files of a folder as the mapping says, and writes a report to `out` and the
// progress to `progress` (null for none). Nothing is sent before the whole mapping was checked
// against the headers of all files. Answers the error that broke the import off, if one did.
absl::StatusOr<ImportSummary> RunImport(const ImportOptions& options,
                                        const std::shared_ptr<client::Connection>& connection,
                                        const client::CallOptions& call_options, std::ostream& out,
                                        std::ostream* progress);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_RUN_IMPORT_H_
