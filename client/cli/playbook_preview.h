#ifndef PERENNIAL_CLIENT_CLI_PLAYBOOK_PREVIEW_H_
#define PERENNIAL_CLIENT_CLI_PLAYBOOK_PREVIEW_H_

#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// What a change of a playbook would do to the open renewals that follow it: a line for each that is
// hit, and how many there are. Takes a PreviewPlaybookRequest.
absl::StatusOr<ExitCode> PreviewPlaybook(CliContext& context,
                                         const google::protobuf::Message& request);

// Changes a playbook; with validate_only it checks the change and previews it. Takes an
// UpdatePlaybookRequest.
absl::StatusOr<ExitCode> UpdatePlaybook(CliContext& context,
                                        const google::protobuf::Message& request);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_PLAYBOOK_PREVIEW_H_
