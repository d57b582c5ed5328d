#include "client/cli/find_renewal.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/find_name.h"
#include "client/cli/read_by_name.h"
#include "lib/api/resource_name.h"
#include "lib/base/reason.h"
#include "lib/base/status.h"
#include "perennial/client/account_client.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

constexpr char kAccounts[] = "accounts/";

absl::StatusOr<v1::Opportunity> OfAccount(const std::string& account, const std::string& written,
                                          const client::PipelineClient& pipeline) {
  v1::ListOpportunitiesRequest request;
  request.set_parent(account);
  request.set_order_by("close_time desc");
  ASSIGN_OR_RETURN(const std::vector<v1::Opportunity> all,
                   ReadAll(pipeline.ListOpportunities, request));
  std::vector<v1::Opportunity> open;
  std::copy_if(all.begin(), all.end(), std::back_inserter(open),
               [](const v1::Opportunity& each) { return each.outcome() == v1::Opportunity::OPEN; });
  if (open.size() == 1) return open.front();
  if (open.size() > 1) {
    std::vector<Candidate> candidates;
    for (const v1::Opportunity& each : open) candidates.push_back(CandidateOf(each));
    return AmbiguousName(written, candidates);
  }
  if (!all.empty()) return all.front();
  return MakeError(absl::StatusCode::kNotFound, v1::RESOURCE_NOT_FOUND,
                   absl::StrCat(account, " has no renewal"));
}

absl::StatusOr<v1::Opportunity> ByName(const std::string& name,
                                       const client::PipelineClient& pipeline) {
  v1::GetOpportunityRequest request;
  request.set_name(name);
  return pipeline.GetOpportunity(request);
}

}  // namespace

absl::StatusOr<v1::Opportunity> FindRenewal(const std::string& written, CliContext& context) {
  const client::PipelineClient pipeline(context.connection(), context.call_options());
  const bool is_account = absl::StartsWith(written, kAccounts) && AccountOf(written).empty();
  if (is_account) return OfAccount(written, written, pipeline);
  if (absl::StrContains(written, '/')) return ByName(written, pipeline);
  // The id of an account, else something of the renewal's own name, in which the account's is, too.
  const std::string account = absl::StrCat(kAccounts, written);
  if (MatchesPattern(account, "accounts/{account}")) {
    absl::StatusOr<v1::Opportunity> found = OfAccount(account, written, pipeline);
    if (found.status().code() != absl::StatusCode::kNotFound) return found;
    // Where there is that account, no other is meant.
    const client::AccountClient accounts(context.connection(), context.call_options());
    v1::GetAccountRequest request;
    request.set_name(account);
    if (accounts.GetAccount(request).ok()) return found;
  }
  return ByName(written, pipeline);
}

}  // namespace perennial::cli
