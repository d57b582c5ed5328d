#ifndef PERENNIAL_CLIENT_CLI_GATE_HINTS_H_
#define PERENNIAL_CLIENT_CLI_GATE_HINTS_H_

// What would open a gate, as commands.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/cli/cli_context.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {

// A name as people may write it: "acme/2025".
std::string ShortName(absl::string_view name);

// The command line that records what the criterion asks for; what only the person knows is in
// capitals, such as CONTACT.
std::string CommandFor(const v1::GateReport::CriterionResult& criterion,
                       const v1::Opportunity& opportunity);

std::vector<v1::GateReport::CriterionResult> UnmetOf(const v1::GateReport& report);

// Each criterion on a line, and below it the command.
void PrintUnmet(const std::vector<v1::GateReport::CriterionResult>& unmet,
                const v1::Opportunity& opportunity, std::ostream& out);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_GATE_HINTS_H_
