#ifndef PERENNIAL_CLIENT_CLI_REACH_PRINTER_H_
#define PERENNIAL_CLIENT_CLI_REACH_PRINTER_H_

#include <string>

#include "client/cli/cli_context.h"
#include "perennial/v1/insight_service.pb.h"

namespace perennial::cli {

// In the format that the user chose. A terminal shows shares as bars, too.
void PrintReach(const v1::ReachReport& report, CliContext& context);

// So much of a bar of ten characters; less than nothing and more than all of it are cut off.
std::string Bar(int64_t numerator, int64_t denominator);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_REACH_PRINTER_H_
