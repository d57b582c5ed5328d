#include "client/cli/watch_command.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/field_text.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "lib/api/resource_name.h"
#include "lib/base/json.h"
#include "perennial/client/history_client.h"

namespace perennial::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;

constexpr char kCsvColumns[] =
    "revision change_time actor operation resource_name method reason changed_fields";

struct WatchFlags {
  std::vector<std::string> accounts;
  std::vector<std::string> types;
  std::vector<std::string> owners;
  std::string filter;
  std::string from;
  bool exclude_own = false;
  int64_t limit = 0;
  bool show_resume_token = false;
};

v1::WatchRequest ToRequest(const WatchFlags& flags) {
  v1::WatchRequest request;
  request.set_resume_token(flags.from);
  for (const std::string& account : flags.accounts) request.add_accounts(account);
  for (const std::string& type : flags.types) request.add_resource_types(type);
  for (const std::string& owner : flags.owners) request.add_owners(owner);
  request.set_filter(flags.filter);
  request.set_exclude_own(flags.exclude_own);
  request.set_include_previous(true);
  return request;
}

const Message& In(const v1::Resource& resource) {
  const auto* kind = v1::Resource::GetReflection()->GetOneofFieldDescriptor(
      resource, v1::Resource::descriptor()->oneof_decl(0));
  if (kind == nullptr) return resource;
  return v1::Resource::GetReflection()->GetMessage(resource, kind);
}

// "stage: OUTREACH -> ADOPTION_REVIEW, owner: jo -> ada". What has no text of its own is named
// only.
std::string WhatChanged(const Change& change) {
  std::vector<std::string> parts;
  const Message& before = In(change.previous_resource());
  const Message& after = In(change.resource());
  for (const std::string& name : change.changed_fields().paths()) {
    const FieldDescriptor* field = after.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || IsStructured(*field)) {
      parts.push_back(name);
      continue;
    }
    const std::string old_text = DisplayText(before, *field);
    parts.push_back(absl::StrCat(name, ": ", old_text.empty() ? "" : absl::StrCat(old_text, " "),
                                 "-> ", DisplayText(after, *field)));
  }
  return absl::StrJoin(parts, ", ");
}

void PrintLine(const Change& change, CliContext& context) {
  const auto text = [&change](const char* field) {
    return DisplayText(change, *Change::descriptor()->FindFieldByName(field));
  };
  context.out << text("change_time") << "  " << change.actor() << "  " << text("operation") << "  "
              << change.resource_name();
  const std::string what = WhatChanged(change);
  if (!what.empty()) context.out << "  " << what;
  if (!change.reason().empty()) context.out << "  (" << change.reason() << ")";
  context.out << '\n';
}

// One line each, so that tools read them as they come.
void PrintJsonLine(const Change& change, CliContext& context) {
  context.out << ToJson(change) << '\n';
}

void PrintCsvLine(const Change& change, const Columns& columns, CliContext& context) {
  std::vector<std::string> cells;
  for (const Column& column : columns) cells.push_back(FieldText(change, column));
  PrintCsvRow(context, std::move(cells));
}

absl::StatusOr<ExitCode> Follow(const WatchFlags& flags, CliContext& context) {
  const client::HistoryClient history(context.connection(), context.call_options());
  client::Watcher watcher = history.Watch(ToRequest(flags));
  const Columns columns = *FindColumns(*Change::descriptor(), kCsvColumns);
  if (context.format == Format::kCsv) {
    std::vector<std::string> names;
    for (const Column& column : columns) names.push_back(column.path);
    PrintCsvHeader(context, names);
    context.out << std::flush;
  }
  int64_t left = flags.limit;
  while (true) {
    auto response = watcher.Next();
    if (!response.ok()) return response.status();
    for (const Change& change : response->changes()) {
      if (context.format == Format::kTable) PrintLine(change, context);
      if (context.format == Format::kJson) PrintJsonLine(change, context);
      if (context.format == Format::kCsv) PrintCsvLine(change, columns, context);
      if (flags.limit > 0 && --left == 0) return kOk;
    }
    // Who reads it may have gone.
    if (!context.out.flush()) return kOk;
    if (flags.show_resume_token) PrintResumeToken(context, response->resume_token());
  }
}

}  // namespace

void AddWatchCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(app, "watch",
                                 "Prints what changes as it happens, until Ctrl-C. Goes on by "
                                 "itself where the connection breaks.",
                                 "--type=Opportunity --account=accounts/acme");
  const auto flags = std::make_shared<WatchFlags>();
  auto* account = command->add_option("--account", flags->accounts,
                                      "Changes of this account and what is below it.");
  auto* type = command->add_option("--type", flags->types, "Changes of this type of resource.");
  command->add_option("--owner", flags->owners, "Changes of what this person owns or owned.");
  command->add_option("--filter", flags->filter, "As for the command changes.");
  command->add_option(
      "--from", flags->from,
      "Begins behind this token instead of now: of a list, of changes or of a watch "
      "with --show-resume-token.");
  command->add_flag("--show-resume-token", flags->show_resume_token, kShowResumeToken);
  command->add_flag("--exclude-own", flags->exclude_own, "Leaves out what you do yourself.");
  command->add_option("--limit", flags->limit, "Ends after so many changes.")->check(CheckCount);
  context.completions[account] = {{}, "accounts/{account}"};
  Completion types;
  for (const auto* resource : AllResources()) types.choices.push_back(resource->name());
  context.completions[type] = types;
  command->callback([flags, &context] {
    context.command = [flags, &context] { return Follow(*flags, context); };
  });
}

}  // namespace perennial::cli
