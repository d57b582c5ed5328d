#ifndef PERENNIAL_CLIENT_CLI_IMPORT_REJECTS_FILE_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_REJECTS_FILE_H_

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/import/csv.h"
#include "client/cli/import/file_rows.h"

namespace perennial::cli {

// The rows that an import rejected, as CSV.
class RejectsFile {
 public:
  using Tables = std::map<std::string, const CsvTable*>;  // by their sources

  // Before anything is imported, so that no row is lost that cannot be written later.
  // FAILED_PRECONDITION where it is one of the files that are read; as errors.h has it where it
  // cannot be written.
  static absl::StatusOr<RejectsFile> Open(const std::string& path,
                                          const std::vector<std::string>& read);

  // All rows as they were, behind what is wrong with them: the rows of one file can be mended
  // there, and imported by the same mapping. Once, at the end; fails as errors.h has it.
  absl::Status Write(const std::vector<RejectedRow>& rejected, const Tables& tables);

 private:
  RejectsFile(const std::string& path, std::ofstream file) : path_(path), file_(std::move(file)) {}

  std::string path_;
  std::ofstream file_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_REJECTS_FILE_H_
