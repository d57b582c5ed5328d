#include "client/cli/reassign_command.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/bulk.h"
#include "client/cli/bulk_command.h"
#include "client/cli/bulk_printer.h"
#include "client/cli/method_command.h"
#include "client/cli/row_file.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

struct Reassign {
  BulkSelection selection{*v1::Account::descriptor(), ""};
  std::vector<std::string> names;
  std::string owner;
  std::string reason;
  bool dry_run = false;
};

// Who has an account, and who gets it.
struct Owners {
  std::string before;
  std::string after;
};
using OwnersByAccount = std::map<std::string, Owners>;

v1::UpdateAccountRequest UpdateFor(const Reassign& reassign, const std::string& name) {
  v1::UpdateAccountRequest update;
  update.set_reason(reassign.reason);
  update.mutable_account()->set_name(name);
  update.mutable_account()->set_owner(reassign.owner);
  update.mutable_update_mask()->add_paths("owner");
  return update;
}

BulkRow RowFor(const google::protobuf::Message& request, ResourcePtr before) {
  BulkRow row;
  row.request.reset(request.New());
  row.request->CopyFrom(request);
  row.before = std::move(before);
  if (row.before != nullptr) Guard(*row.before, *row.request);
  return row;
}

using Requests = std::vector<std::unique_ptr<google::protobuf::Message>>;

// Nobody would have them.
absl::Status CheckOwners(const std::string& path, const Requests& requests) {
  for (const auto& request : requests) {
    const auto& account = dynamic_cast<const v1::UpdateAccountRequest&>(*request).account();
    if (!account.owner().empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat(path, ": column \"owner\": nobody for ",
                                                   account.name(), ", and no --owner is given"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<BulkRow>> AccountRows(const Reassign& reassign, CliContext& context) {
  std::vector<BulkRow> rows;
  if (reassign.selection.has_filter()) {
    ASSIGN_OR_RETURN(const std::vector<ResourcePtr> matches,
                     reassign.selection.FindMatches(context));
    for (const ResourcePtr& account : matches) {
      rows.push_back(RowFor(UpdateFor(reassign, TextOf(*account, "name")), account));
    }
    return rows;
  }
  Requests requests;
  for (const std::string& name : reassign.names) {
    requests.push_back(std::make_unique<v1::UpdateAccountRequest>(UpdateFor(reassign, name)));
  }
  if (!reassign.selection.from_file().empty()) {
    const RowFile file = {reassign.selection.from_file(), reassign.selection.encoding(), false};
    ASSIGN_OR_RETURN(requests, ReadRows(file, UpdateFor(reassign, ""), *v1::Account::descriptor()));
    RETURN_IF_ERROR(CheckOwners(file.path, requests));
  }
  std::vector<std::string> names;
  for (const auto& request : requests) names.push_back(NameIn(*request));
  ASSIGN_OR_RETURN(const auto found, ReadAll(context, *v1::Account::descriptor(), names));
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto before = found.find(names[i]);
    rows.push_back(RowFor(*requests[i], before == found.end() ? nullptr : before->second));
  }
  return rows;
}

OwnersByAccount OwnersIn(const std::vector<BulkRow>& rows) {
  OwnersByAccount owners;
  for (const BulkRow& row : rows) {
    const auto& update = dynamic_cast<const v1::UpdateAccountRequest&>(*row.request);
    if (row.before == nullptr) continue;
    owners[update.account().name()] = {TextOf(*row.before, "owner"), update.account().owner()};
  }
  return owners;
}

// Those below the accounts that match and that `field` says the owner of the account has.
absl::StatusOr<std::vector<ResourcePtr>> FindOwned(const google::protobuf::Descriptor& resource,
                                                   const char* field, const std::string& filter,
                                                   const OwnersByAccount& owners,
                                                   CliContext& context) {
  std::vector<std::string> prefixes;
  for (const auto& [account, unused] : owners) prefixes.push_back(absl::StrCat(account, "/*"));
  std::vector<ResourcePtr> owned;
  for (const std::string& below : FiltersFor("name", prefixes)) {
    ASSIGN_OR_RETURN(const std::vector<ResourcePtr> some,
                     ListAll(context, resource, absl::StrCat(filter, " AND (", below, ")")));
    for (const ResourcePtr& one : some) {
      const auto owner = owners.find(std::string(AccountOf(TextOf(*one, "name"))));
      if (owner != owners.end() && TextOf(*one, field) == owner->second.before) {
        owned.push_back(one);
      }
    }
  }
  return owned;
}

std::string NewOwner(const ResourcePtr& resource, const OwnersByAccount& owners) {
  return owners.at(std::string(AccountOf(TextOf(*resource, "name")))).after;
}

absl::Status ReassignRenewals(const Reassign& reassign, const OwnersByAccount& owners,
                              std::vector<BulkResult>& results, CliContext& context) {
  ASSIGN_OR_RETURN(
      const std::vector<ResourcePtr> renewals,
      FindOwned(*v1::Opportunity::descriptor(), "owner", "outcome = OPEN", owners, context));
  std::vector<BulkRow> rows;
  for (const ResourcePtr& renewal : renewals) {
    v1::UpdateOpportunityRequest update;
    update.set_reason(reassign.reason);
    update.mutable_opportunity()->set_name(TextOf(*renewal, "name"));
    update.mutable_opportunity()->set_owner(NewOwner(renewal, owners));
    update.mutable_update_mask()->add_paths("owner");
    rows.push_back(RowFor(update, renewal));
  }
  return RunBulk(context, FindMethod("PipelineService.UpdateOpportunity"), std::move(rows),
                 reassign.dry_run, results);
}

absl::Status ReassignTasks(const Reassign& reassign, const OwnersByAccount& owners,
                           std::vector<BulkResult>& results, CliContext& context) {
  ASSIGN_OR_RETURN(const std::vector<ResourcePtr> tasks,
                   FindOwned(*v1::Task::descriptor(), "assignee",
                             "NOT state = DONE AND NOT state = SKIPPED", owners, context));
  std::vector<BulkRow> rows;
  for (const ResourcePtr& task : tasks) {
    v1::UpdateTaskRequest update;
    update.set_reason(reassign.reason);
    update.mutable_task()->set_name(TextOf(*task, "name"));
    update.mutable_task()->set_assignee(NewOwner(task, owners));
    update.mutable_update_mask()->add_paths("assignee");
    rows.push_back(RowFor(update, task));
  }
  return RunBulk(context, FindMethod("EngagementService.UpdateTask"), std::move(rows),
                 reassign.dry_run, results);
}

absl::StatusOr<ExitCode> RunReassign(const Reassign& reassign, CliContext& context) {
  ASSIGN_OR_RETURN(std::vector<BulkRow> rows, AccountRows(reassign, context));
  OwnersByAccount owners = OwnersIn(rows);
  std::vector<BulkResult> results;
  absl::Status status = RunBulk(context, FindMethod("AccountService.UpdateAccount"),
                                std::move(rows), reassign.dry_run, results);
  // An account that keeps its owner keeps the rest.
  for (const BulkResult& result : results) {
    if (result.error.has_value()) owners.erase(result.name);
  }
  if (status.ok()) status = ReassignRenewals(reassign, owners, results, context);
  if (status.ok()) status = ReassignTasks(reassign, owners, results, context);
  const ExitCode code = PrintBulk(context, results, reassign.dry_run);
  RETURN_IF_ERROR(status);
  return code;
}

}  // namespace

void AddReassignCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "reassign",
      "Accounts get another owner: those that are named, match a filter, or stand in a file, where "
      "a column `owner` says who gets which. Their open renewals and their tasks that may still be "
      "done go along where they were the owner's.",
      "--filter='country = \"DE\"' --owner=ada@lumen.example --dry-run");
  const auto reassign = std::make_shared<Reassign>();
  auto* names = command->add_option("NAME", reassign->names, "Which accounts.");
  context.completions[names] = {{}, "accounts/{account}"};
  reassign->selection.AddTo(*command);
  command->add_option("--owner", reassign->owner, "Who gets them, such as an e-mail address.");
  command->add_flag("--validate-only,--dry-run", reassign->dry_run,
                    "Check everything and write nothing.");
  command->add_option("--reason", reassign->reason, "Why, for the history.");
  command->callback([reassign, &context] {
    reassign->selection.Check(reassign->names);
    reassign->names = WholeNames(reassign->names, "accounts/{account}");
    if (reassign->owner.empty() && reassign->selection.from_file().empty()) {
      throw CLI::RequiredError("--owner");
    }
    context.command = [reassign, &context] { return RunReassign(*reassign, context); };
  });
}

}  // namespace perennial::cli
