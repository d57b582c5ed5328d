#include "client/cli/worklist.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/field_text.h"
#include "client/cli/read_by_name.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

constexpr char kEveryAccount[] = "accounts/-";
constexpr char kDecides[] =
    "state = ACTIVE AND do_not_contact = false AND (roles:CHAMPION OR roles:DECISION_MAKER OR "
    "roles:ECONOMIC_BUYER OR roles:EXECUTIVE_SPONSOR)";

absl::StatusOr<std::vector<v1::Task>> ReadTasks(const std::string& owner,
                                                v1::ListTasksRequest::Due due, int limit,
                                                CliContext& context) {
  const client::EngagementClient engagement(context.connection(), context.call_options());
  v1::ListTasksRequest request;
  request.set_parent(kEveryAccount);
  request.set_due(due);
  request.set_filter(absl::StrCat("state = OPEN AND (", IsOwner("assignee", owner), ")"));
  request.set_order_by("due_date");
  if (limit == 0) return ReadAll(engagement.ListTasks, request);
  request.set_page_size(std::min(limit, 1000));
  ASSIGN_OR_RETURN(const v1::ListTasksResponse page, engagement.ListTasks.Page(request));
  return std::vector<v1::Task>(page.tasks().begin(), page.tasks().end());
}

// One for each account: whoever looks after it within the customer before others.
absl::StatusOr<std::map<std::string, v1::Contact>> ReadDeciders(
    const std::set<std::string>& accounts, const client::AccountClient& client) {
  std::map<std::string, v1::Contact> deciders;
  for (const std::string& filter : AnyOf("account", accounts)) {
    v1::ListContactsRequest request;
    request.set_parent(kEveryAccount);
    request.set_filter(absl::StrCat(kDecides, " AND (", filter, ")"));
    ASSIGN_OR_RETURN(const std::vector<v1::Contact> contacts,
                     ReadAll(client.ListContacts, request));
    for (const v1::Contact& contact : contacts) {
      v1::Contact& decider = deciders[std::string(AccountOf(contact.name()))];
      const auto is_champion = [](const v1::Contact& each) {
        return std::find(each.roles().begin(), each.roles().end(), v1::Contact::CHAMPION) !=
               each.roles().end();
      };
      if (decider.name().empty() || (is_champion(contact) && !is_champion(decider))) {
        decider = contact;
      }
    }
  }
  return deciders;
}

struct Around {
  std::set<std::string> account_names, contact_names, opportunity_names, without_contact;
  std::map<std::string, v1::Account> accounts;
  std::map<std::string, v1::Contact> contacts, deciders;
  std::map<std::string, v1::Opportunity> opportunities;
};

absl::Status Read(Around& around, CliContext& context) {
  const client::AccountClient accounts(context.connection(), context.call_options());
  const client::PipelineClient pipeline(context.connection(), context.call_options());
  const auto read = [](auto& into, auto found) {
    RETURN_IF_ERROR(found.status());
    into = *std::move(found);
    return absl::OkStatus();
  };
  return AtOnce(
      [&] {
        return read(around.accounts, ReadByName(accounts.ListAccounts, v1::ListAccountsRequest(),
                                                around.account_names));
      },
      [&] {
        v1::ListContactsRequest request;
        request.set_parent(kEveryAccount);
        return read(around.contacts,
                    ReadByName(accounts.ListContacts, request, around.contact_names));
      },
      [&] { return read(around.deciders, ReadDeciders(around.without_contact, accounts)); },
      [&] {
        v1::ListOpportunitiesRequest request;
        request.set_parent(kEveryAccount);
        return read(around.opportunities,
                    ReadByName(pipeline.ListOpportunities, request, around.opportunity_names));
      });
}

}  // namespace

std::string IsOwner(const std::string& field, const std::string& owner) {
  const std::string is = absl::StrCat(field, " = ", Quoted(owner));
  if (absl::StrContains(owner, '@') || owner.empty()) return is;
  return absl::StrCat(is, " OR ", field, " = ", Quoted(absl::StrCat(owner, "@*")));
}

absl::StatusOr<std::vector<WorkItem>> ReadWorklist(const std::string& owner,
                                                   v1::ListTasksRequest::Due due, int limit,
                                                   CliContext& context) {
  ASSIGN_OR_RETURN(std::vector<v1::Task> tasks, ReadTasks(owner, due, limit, context));
  Around around;
  for (const v1::Task& task : tasks) {
    around.account_names.emplace(AccountOf(task.name()));
    if (!task.opportunity().empty()) around.opportunity_names.insert(task.opportunity());
    if (task.contact().empty()) {
      around.without_contact.emplace(AccountOf(task.name()));
    } else {
      around.contact_names.insert(task.contact());
    }
  }
  RETURN_IF_ERROR(Read(around, context));
  std::vector<WorkItem> items;
  for (v1::Task& task : tasks) {
    const std::string account(AccountOf(task.name()));
    WorkItem item;
    item.account = around.accounts[account];
    item.opportunity = around.opportunities[task.opportunity()];
    item.contact =
        task.contact().empty() ? around.deciders[account] : around.contacts[task.contact()];
    item.task = std::move(task);
    items.push_back(std::move(item));
  }
  return items;
}

std::string AddressOf(const v1::Contact& contact, v1::Channel channel) {
  std::vector<std::string> addresses = {contact.phone(), contact.email()};
  for (const std::string& phone : contact.other_phones()) addresses.push_back(phone);
  for (const std::string& email : contact.other_emails()) addresses.push_back(email);
  const bool by_mail = channel == v1::EMAIL;
  std::stable_partition(addresses.begin(), addresses.end(), [by_mail](const std::string& address) {
    return absl::StrContains(address, '@') == by_mail;
  });
  const auto first = std::find_if(addresses.begin(), addresses.end(),
                                  [](const std::string& address) { return !address.empty(); });
  return first == addresses.end() ? "" : *first;
}

std::string PersonOf(const v1::Contact& contact) {
  return absl::StrCat(contact.display_name(), contact.title().empty() ? "" : ", ", contact.title());
}

std::string WhyOf(const WorkItem& item) {
  std::vector<std::string> parts = {v1::Task::Kind_Name(item.task.kind())};
  if (!item.opportunity.name().empty()) {
    parts[0] += absl::StrCat(" for the renewal of ", DisplayText(item.opportunity, "renewal_date"));
    parts.push_back(DisplayText(item.opportunity, "arr"));
    if (item.opportunity.risk_level() > v1::Opportunity::LOW) {
      parts.push_back(
          absl::StrCat("risk ", v1::Opportunity::RiskLevel_Name(item.opportunity.risk_level())));
    }
  }
  if (!item.task.note().empty()) parts.push_back(item.task.note());
  return absl::StrJoin(parts, ", ");
}

std::string WayOf(const WorkItem& item) {
  const v1::Channel channel = item.task.channel() != v1::CHANNEL_UNSPECIFIED
                                  ? item.task.channel()
                                  : item.contact.preferred_channel();
  const std::string address = AddressOf(item.contact, channel);
  if (channel == v1::CHANNEL_UNSPECIFIED) return address;
  return absl::StrCat(v1::Channel_Name(channel), address.empty() ? "" : " ", address);
}

}  // namespace perennial::cli
