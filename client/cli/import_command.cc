#include "client/cli/import_command.h"

namespace perennial::cli {

void AddImportCommand(CLI::App&, CliContext&) {}

}  // namespace perennial::cli
