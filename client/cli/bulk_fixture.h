#ifndef PERENNIAL_CLIENT_CLI_BULK_FIXTURE_H_
#define PERENNIAL_CLIENT_CLI_BULK_FIXTURE_H_

// Command lines against a fake server that keeps a few renewals: what they become, what is printed.

#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/run_fixture.h"
#include "lib/api/errors.h"
#include "lib/api/field_mask.h"
#include "lib/api/fields.h"
#include "lib/api/filter.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {

// The name of the renewal.
inline std::string Renewal(absl::string_view id) {
  return absl::StrCat("accounts/acme/opportunities/", id);
}

class BulkTest : public RunTest {
 protected:
  BulkTest() {
    Add("one", v1::Opportunity::OUTREACH);
    Add("two", v1::Opportunity::RENEWAL);
    connection_->On<v1::ListOpportunitiesRequest, v1::ListOpportunitiesResponse>(
        "ListOpportunities",
        [this](const v1::ListOpportunitiesRequest& request) { return List(request); });
    connection_->On<v1::BatchUpdateOpportunitiesRequest, v1::BatchOpportunitiesResponse>(
        "BatchUpdateOpportunities", [this](const v1::BatchUpdateOpportunitiesRequest& batch) {
          v1::BatchOpportunitiesResponse response;
          for (const auto& request : batch.requests()) {
            SetResult(request.opportunity().name(), Update(request, batch.validate_only()),
                      *response.add_results());
          }
          return response;
        });
  }

  v1::Opportunity& Add(const std::string& id, v1::Opportunity::Stage stage) {
    v1::Opportunity& renewal = renewals_[Renewal(id)];
    renewal.set_name(Renewal(id));
    renewal.set_display_name(absl::StrCat("Acme ", id));
    renewal.set_stage(stage);
    renewal.set_outcome(v1::Opportunity::OPEN);
    renewal.set_owner("jane");
    *renewal.mutable_arr() = Usd(50000);
    *renewal.mutable_forecast_arr() = Usd(1250);
    (*renewal.mutable_labels())["tier"] = "silver";
    renewal.mutable_next_step_date()->set_year(2025);
    renewal.mutable_next_step_date()->set_month(3);
    renewal.mutable_next_step_date()->set_day(31);
    renewal.set_etag("1");
    return renewal;
  }

  static void SetResult(const std::string& name, const absl::StatusOr<v1::Opportunity>& outcome,
                        v1::BatchOpportunitiesResponse::Result& result) {
    result.set_name(name);
    if (outcome.ok()) {
      *result.mutable_opportunity() = *outcome;
    } else {
      *result.mutable_error() = ToRowError(outcome.status());
    }
  }

  absl::StatusOr<v1::ListOpportunitiesResponse> List(
      const v1::ListOpportunitiesRequest& request) const {
    ASSIGN_OR_RETURN(
        const Filter filter,
        Filter::Parse(request.filter(), FieldTable::Of(*v1::Opportunity::descriptor())));
    v1::ListOpportunitiesResponse response;
    for (const auto& [name, renewal] : renewals_) {
      if (filter.Matches(renewal)) *response.add_opportunities() = renewal;
    }
    return response;
  }

  absl::StatusOr<v1::Opportunity> Update(const v1::UpdateOpportunityRequest& request,
                                         bool validate_only) {
    const auto found = renewals_.find(request.opportunity().name());
    if (found == renewals_.end()) return ResourceNotFound(request.opportunity().name());
    v1::Opportunity updated = found->second;
    if (!request.opportunity().etag().empty() && request.opportunity().etag() != updated.etag()) {
      return EtagMismatch(updated.name(), updated.etag());
    }
    RETURN_IF_ERROR(ApplyMask(request.update_mask(), request.opportunity(), updated));
    updated.set_etag(absl::StrCat(updated.etag(), "+"));
    if (!validate_only) found->second = updated;
    return updated;
  }

  // The path of a file with this content.
  std::string File(const std::string& content) {
    const std::string path = absl::StrCat(testing::TempDir(), "bulk_", NewRequestId(), ".csv");
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  const v1::Opportunity& Get(const std::string& id) { return renewals_.at(Renewal(id)); }

  std::map<std::string, v1::Opportunity> renewals_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_BULK_FIXTURE_H_
