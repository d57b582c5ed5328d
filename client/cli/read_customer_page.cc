#include "client/cli/customer_page.h"
#include "client/cli/read_by_name.h"
#include "lib/base/status.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/client/subscription_client.h"

namespace perennial::cli {
namespace {

constexpr int kTouches = 5;

// What the list answers of the account.
template <class Request, class Response, class Item>
absl::Status Read(const client::ListMethod<Request, Response, Item>& list,
                  const std::string& account, const char* filter, const char* order_by,
                  std::vector<Item>& items) {
  Request request;
  request.set_parent(account);
  request.set_filter(filter);
  request.set_order_by(order_by);
  ASSIGN_OR_RETURN(items, ReadAll(list, request));
  return absl::OkStatus();
}

absl::Status ReadTouches(const client::EngagementClient& engagement, CustomerPage& page) {
  v1::ListTouchesRequest request;
  request.set_parent(page.account.name());
  request.set_order_by("touch_time desc");
  request.set_page_size(kTouches);
  ASSIGN_OR_RETURN(const auto response, engagement.ListTouches.Page(request));
  page.touches.assign(response.touches().begin(), response.touches().end());
  return absl::OkStatus();
}

absl::Status ReadGates(const client::PipelineClient& pipeline, CustomerPage& page) {
  for (const v1::Opportunity& renewal : page.renewals) {
    v1::CheckGateRequest request;
    request.set_name(renewal.name());
    ASSIGN_OR_RETURN(page.gates.emplace_back(), pipeline.CheckGate(request));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CustomerPage> ReadCustomerPage(const std::string& written, CliContext& context) {
  const auto& connection = context.connection();
  const client::CallOptions options = context.call_options();
  const client::AccountClient accounts(connection, options);
  const client::SubscriptionClient subscriptions(connection, options);
  const client::PipelineClient pipeline(connection, options);
  const client::EngagementClient engagement(connection, options);
  CustomerPage page;
  v1::GetAccountRequest request;
  request.set_name(written);
  ASSIGN_OR_RETURN(page.account, accounts.GetAccount(request));
  const std::string& name = page.account.name();
  RETURN_IF_ERROR(AtOnce(
      [&] { return Read(accounts.ListContacts, name, "state = ACTIVE", "", page.contacts); },
      [&] {
        return Read(subscriptions.ListSubscriptions, name, "state = ACTIVE OR state = PAST_DUE",
                    "term_end_date", page.subscriptions);
      },
      [&]() -> absl::Status {
        RETURN_IF_ERROR(Read(pipeline.ListOpportunities, name, "outcome = OPEN", "renewal_date",
                             page.renewals));
        return ReadGates(pipeline, page);
      },
      [&] {
        return Read(engagement.ListFeedback, name, "state != ANSWERED", "due_time", page.feedback);
      },
      [&] { return ReadTouches(engagement, page); },
      [&] { return Read(engagement.ListTasks, name, "state = OPEN", "due_date", page.tasks); }));
  return page;
}

}  // namespace perennial::cli
