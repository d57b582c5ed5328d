#ifndef PERENNIAL_CLIENT_CLI_RENEWAL_STEPS_H_
#define PERENNIAL_CLIENT_CLI_RENEWAL_STEPS_H_

// A renewal from what was agreed to the new term, step by step: an offer is made, sent and
// accepted, the stages are passed whose gates are open, and the renewal is closed. What was done
// before is not done again, so that it may be run twice, and by two at once.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {

struct RenewalTerms {
  v1::Money arr;       // as the offer that stands has it where it has no currency
  int32_t months = 0;  // the same where 0
  std::string by;      // of whom accepts
  std::string override_reason;
  bool dry_run = false;
};

class RenewalSteps {
 public:
  struct Step {
    std::string action;  // "accept-offer"
    std::string text;    // what was done, or would be
  };

  RenewalSteps(v1::Opportunity renewal, RenewalTerms terms, CliContext& context);

  // Goes as far as the gates allow: `renewal` is closed then, or `unmet` says what is missing.
  // Errors come after the steps that were done.
  absl::Status Run();

  const std::vector<Step>& steps() const { return steps_; }
  const v1::Opportunity& renewal() const { return renewal_; }
  const std::vector<v1::GateReport::CriterionResult>& unmet() const { return unmet_; }

 private:
  absl::Status FindOffer();
  absl::Status FindContact();
  absl::Status Create();
  absl::Status Send();
  absl::Status Accept();
  absl::Status PassGates();
  absl::Status Advance();
  absl::Status Close();
  absl::StatusOr<std::vector<v1::GateReport::CriterionResult>> Unmet();
  bool HasTheseTerms(const v1::Offer& offer) const;
  void Tell(const char* action, const std::string& done, const std::string& would);

  v1::Opportunity renewal_;
  RenewalTerms terms_;
  CliContext& context_;
  const client::PipelineClient pipeline_;
  std::vector<v1::Offer> offers_;
  v1::Offer offer_;      // that these terms are in; has no name where a dry run would make it
  v1::Contact contact_;  // who accepts
  std::vector<Step> steps_;
  std::vector<v1::GateReport::CriterionResult> unmet_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_RENEWAL_STEPS_H_
