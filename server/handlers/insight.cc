#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/domain/reach.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/list_start.h"
#include "lib/storage/reach.h"
#include "perennial/v1/insight_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"

namespace perennial {

using v1::Opportunity;
using v1::RenewalSelection;

namespace {

constexpr int kMostMonths = 120;

// A filter over T; what is wrong with it is said of the request's field.
template <class T>
absl::StatusOr<Filter> ParseFilter(const std::string& text, const char* field) {
  absl::StatusOr<Filter> filter = Filter::Parse(text, ResourceTable::Of<T>().fields());
  if (filter.ok()) return filter;
  std::vector<FieldViolation> violations = ViolationsOf(filter.status());
  for (FieldViolation& violation : violations) violation.field = field;
  return InvalidFields(std::move(violations), v1::INVALID_FILTER);
}

absl::StatusOr<ReachQuery> ToQuery(const RenewalSelection& renewals) {
  ReachQuery query;
  query.start = ToCivilDay(renewals.start_date());
  query.end = ToCivilDay(renewals.end_date());
  if (query.end < query.start) {
    return InvalidField("renewals.end_date", "must not be before the start date");
  }
  if (query.end > AddMonths(query.start, kMostMonths)) {
    return InvalidField("renewals.end_date", "must be within ten years of the start date");
  }
  const bool by_label =
      renewals.slice_by() == v1::LABEL || renewals.slice_by() == v1::ACCOUNT_LABEL;
  if (by_label != !renewals.label().empty()) {
    return InvalidField("renewals.label",
                        "must be set where slice_by is LABEL or ACCOUNT_LABEL, and only then");
  }
  ASSIGN_OR_RETURN(query.filter, ParseFilter<Opportunity>(renewals.filter(), "renewals.filter"));
  ASSIGN_OR_RETURN(query.account_filter,
                   ParseFilter<v1::Account>(renewals.account_filter(), "renewals.account_filter"));
  query.slice_by = renewals.slice_by();
  return query;
}

// What is there now is read where no time is given: that is faster.
template <class Request>
absl::Status ReadAccounts(const Request& request, const ReachQuery& query, ReadTx& tx,
                          OnReachAccount on_account) {
  if (!request.has_as_of_time()) return ReadReach(query, tx, on_account);
  if (ToTime(request.as_of_time()) > tx.history_time()) {
    return InvalidField("as_of_time", "must not be in the future");
  }
  return ReadPastReach(query, ToTime(request.as_of_time()), tx, on_account);
}

template <class Request>
absl::Time AsOf(const Request& request, const ReadTx& tx) {
  return request.has_as_of_time() ? ToTime(request.as_of_time()) : tx.now();
}

absl::StatusOr<v1::ReachReport> GetReachReport(const v1::GetReachReportRequest& request,
                                               ReadTx& tx) {
  ASSIGN_OR_RETURN(const ReachQuery query, ToQuery(request.renewals()));
  ReachCounter counter(request.renewals(), AsOf(request, tx));
  RETURN_IF_ERROR(
      ReadAccounts(request, query, tx, [&](const ReachAccount& account) -> absl::StatusOr<bool> {
        RETURN_IF_ERROR(counter.Add(account));
        return true;
      }));
  return counter.ToReport();
}

// Collects the opportunities behind a figure, up to one more than a page has.
class Collector {
 public:
  Collector(const v1::ListReachOpportunitiesRequest& request, const PageRequest& page,
            absl::Time as_of)
      : request_(request), page_(page), as_of_(as_of) {
    if (!page.last.empty()) last_ = std::get<std::string>(page.last.front());
  }

  // Where the page starts: the figures are of whole accounts.
  std::string first_account() const { return std::string(AccountOf(last_)); }

  // Whether there is room for more.
  bool Take(const ReachAccount& account) {
    DueRenewals renewals;
    for (const DueRenewal& renewal : account.due) {
      if (IsInSlice(renewal, account.account)) renewals.push_back(&renewal);
    }
    const AccountReach reach = ReachBefore(renewals, account);
    for (const DueRenewal* renewal : renewals) {
      if (room_.is_full()) break;
      if (renewal->opportunity.name() <= last_) continue;
      if (!IsBehind(request_.figure(), ReachOf(*renewal, account, as_of_), reach)) continue;
      Opportunity opportunity = renewal->opportunity;
      SetSummary(account.account, opportunity);
      if (room_.Take(opportunity.ByteSizeLong())) opportunities_.push_back(std::move(opportunity));
    }
    return !room_.is_full();
  }

  void Answer(v1::ListReachOpportunitiesResponse& response) {
    if (room_.is_full()) {
      response.set_next_page_token(MakePageToken(page_, {opportunities_.back().name()}));
    }
    for (Opportunity& opportunity : opportunities_) {
      *response.add_opportunities() = std::move(opportunity);
    }
  }

 private:
  bool IsInSlice(const DueRenewal& renewal, const v1::Account& account) const {
    if (!request_.has_slice()) return true;
    const std::vector<std::string> slices = SlicesOf(request_.renewals(), renewal, account);
    return std::find(slices.begin(), slices.end(), request_.slice()) != slices.end();
  }

  const v1::ListReachOpportunitiesRequest& request_;
  const PageRequest& page_;
  const absl::Time as_of_;
  std::string last_;  // of the page before
  PageRoom room_{page_};
  std::vector<Opportunity> opportunities_;
};

absl::StatusOr<v1::ListReachOpportunitiesResponse> ListReachOpportunities(
    const v1::ListReachOpportunitiesRequest& request, ReadTx& tx) {
  ASSIGN_OR_RETURN(const ListStart start, StartList(request, {FieldKind::kText}, tx));
  ASSIGN_OR_RETURN(ReachQuery query, ToQuery(request.renewals()));
  if (request.has_slice() && query.slice_by == v1::SLICE_BY_UNSPECIFIED) {
    return InvalidField("slice", "must not be set where renewals.slice_by is not");
  }
  v1::ListReachOpportunitiesResponse response;
  response.set_resume_token(start.resume_token);
  Collector collector(request, start.page, AsOf(request, tx));
  query.from_account = collector.first_account();
  query.with_accounts = true;
  RETURN_IF_ERROR(
      ReadAccounts(request, query, tx, [&](const ReachAccount& account) -> absl::StatusOr<bool> {
        return collector.Take(account);
      }));
  collector.Answer(response);
  return response;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Read("InsightService.GetReachReport", GetReachReport);
  registry.Read("InsightService.ListReachOpportunities", ListReachOpportunities);
});

}  // namespace
}  // namespace perennial
