#ifndef PERENNIAL_CLIENT_CLI_FIND_RENEWAL_H_
#define PERENNIAL_CLIENT_CLI_FIND_RENEWAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {

// The renewal that somebody means by its name, or by that of its account, as NamingConnection has
// names: the one that is open there, or the one that was closed last where none is. AmbiguousName
// where several are open.
absl::StatusOr<v1::Opportunity> FindRenewal(const std::string& written, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_FIND_RENEWAL_H_
