#ifndef PERENNIAL_CLIENT_CLI_CUSTOMER_PAGE_H_
#define PERENNIAL_CLIENT_CLI_CUSTOMER_PAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial::cli {

// All that is good to know of a customer before a call.
struct CustomerPage {
  v1::Account account;
  std::vector<v1::Contact> contacts;            // who are there
  std::vector<v1::Subscription> subscriptions;  // in force, the first to end first
  std::vector<v1::Opportunity> renewals;        // open, the first to be due first
  std::vector<v1::GateReport> gates;            // one of each of these
  std::vector<v1::Feedback> feedback;           // not answered yet
  std::vector<v1::Touch> touches;               // the last five, the latest first
  std::vector<v1::Task> tasks;                  // open, the first to be due first
};

// `written` is a name as NamingConnection has them. Three rounds of calls.
absl::StatusOr<CustomerPage> ReadCustomerPage(const std::string& written, CliContext& context);

void PrintCustomerPage(const CustomerPage& page, CliContext& context);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_CUSTOMER_PAGE_H_
