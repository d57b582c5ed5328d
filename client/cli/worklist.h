#ifndef PERENNIAL_CLIENT_CLI_WORKLIST_H_
#define PERENNIAL_CLIENT_CLI_WORKLIST_H_

// What somebody is to do, with all that they need to know to do it.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/cli_context.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {

struct WorkItem {
  v1::Task task;
  v1::Account account;
  // Whom it is for. Where the task names nobody, somebody of the account who decides, if anybody
  // does who may be contacted.
  v1::Contact contact;
  v1::Opportunity opportunity;  // which it serves; has no name where it serves none
};

// The open tasks of `owner`, due first, `limit` at most; 0 is no limit. A name without a domain,
// such as that of a login, is also whoever has it before the @ of an e-mail address. Four calls at
// most for 40 tasks, however many accounts they are of.
absl::StatusOr<std::vector<WorkItem>> ReadWorklist(const std::string& owner,
                                                   v1::ListTasksRequest::Due due, int limit,
                                                   CliContext& context);

// `assignee = "jo" OR assignee = "jo@*"`, of whatever field.
std::string IsOwner(const std::string& field, const std::string& owner);

// The number or address by which the person is reached over the channel, else another; empty where
// there is none.
std::string AddressOf(const v1::Contact& contact, v1::Channel channel);
// "Jane Doe, Head of IT".
std::string PersonOf(const v1::Contact& contact);
// "CADENCE for the renewal of 2025-06-30, USD 12,000.00, risk HIGH", and the task's note.
std::string WhyOf(const WorkItem& item);

// "PHONE +49 30 1234", or the e-mail address alone.
std::string WayOf(const WorkItem& item);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_WORKLIST_H_
