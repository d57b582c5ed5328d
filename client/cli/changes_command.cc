#include "client/cli/changes_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "lib/base/date.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial::cli {
namespace {

constexpr char kColumns[] =
    "revision change_time actor operation resource_name method reason request_id";

struct ChangesFlags {
  std::string resource;
  std::string account;
  std::string actor;
  std::string since;
  std::string until;
  std::string filter;
  std::string order_by = "revision desc";
  ListOptions list;
};

std::string Quote(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string FilterOf(const ChangesFlags& flags) {
  std::vector<std::string> terms;
  // First, so that what is wrong with it is said to be where it stands.
  if (!flags.filter.empty()) terms.push_back(absl::StrCat("(", flags.filter, ")"));
  const auto add = [&terms](absl::string_view comparison, const std::string& value) {
    if (!value.empty()) terms.push_back(absl::StrCat(comparison, " ", Quote(value)));
  };
  add("resource_name =", flags.resource);
  add("account =", flags.account);
  add("actor =", flags.actor);
  add("change_time >=", flags.since);
  add("change_time <", flags.until);
  if (terms.size() == 1 && !flags.filter.empty()) return flags.filter;
  return absl::StrJoin(terms, " AND ");
}

std::string CheckTime(const std::string& text) {
  return std::string(ParseTime(text).status().message());
}

}  // namespace

void AddChangesCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(app, "changes", "Who changed what, when and why; newest first.",
                                 "--account=accounts/acme --since=2025-01-31");
  const auto flags = std::make_shared<ChangesFlags>();
  auto* resource = command->add_option("--resource", flags->resource, "Of this resource.");
  auto* account = command->add_option("--account", flags->account, "Of anything of this account.");
  command->add_option("--actor", flags->actor, "Made by this person or program.");
  command->add_option("--since", flags->since, "From this day or time on.")->check(CheckTime);
  command->add_option("--until", flags->until, "Before this day or time.")->check(CheckTime);
  command->add_option("--filter", flags->filter,
                      "Over revision, change_time, operation, resource_name, resource_type, "
                      "account, actor, method and request_id.");
  command->add_option("--order-by", flags->order_by, "\"revision\" or \"revision desc\".")
      ->capture_default_str();
  context.completions[resource] = {{}, "accounts/{account}"};
  context.completions[account] = {{}, "accounts/{account}"};
  flags->list.columns = *FindColumns(*v1::Change::descriptor(), kColumns);
  AddListFlags(*command, *v1::Change::descriptor(), flags->list);
  command->callback([flags, &context] {
    v1::ListChangesRequest request;
    request.set_filter(FilterOf(*flags));
    request.set_order_by(flags->order_by);
    context.command = [flags, request, &context] {
      return PrintList(context, FindMethod("HistoryService.ListChanges"), request, flags->list);
    };
  });
}

}  // namespace perennial::cli
