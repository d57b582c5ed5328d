#include "client/cli/touch_log_command.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/field_option.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/touch_log.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/client/account_client.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/engagement_client.h"

namespace perennial::cli {
namespace {

constexpr char kExamples[] = R"(acme called jane, gave benchmark figures
  perennial touches log acme mailed jane doe "sent the renewal offer" ask no-reply yesterday
  perennial touches log acme jane called us: "worried about price" competitor Zephyr 3d 14:30
  perennial touches log acme met with "Jane Doe" and bob, asked about budgets, does call-jane)";

std::string Footer() {
  return absl::StrCat(R"(Words, in any order:
)",
                      TouchWords(), R"(
  names       behind the verb, "with" or "to", "and" between them: an id, an email, or a part of the
              name. Before the verb, or where it goes on with "us", they began (inbound).
  summary     a text in quotes, or what is behind "about", "gave", "asked" or "answered" up to a comma.
  when        today, yesterday, monday (the last one), 3d (so many days ago), 2025-01-31; 14:30. In
              UTC, by the server's clock; now where not said, and noon of a day without a time.
  competitor NAME, does TASK (done by this touch; as often as needed): an id, or a part of the title.
Without such a word, who was called, met or chatted with talked; a mail or letter from us has no
reply yet; and it is a check-in from our side, a response from theirs.

Example:
  perennial touches log )",
                      kExamples);
}

struct TouchLog {
  std::string account;
  std::vector<std::string> words;
  v1::CreateTouchRequest request;  // but its touch and tasks
};

absl::StatusOr<std::vector<v1::Contact>> ReadContacts(const std::string& account,
                                                      CliContext& context) {
  const client::AccountClient accounts(context.connection(), context.call_options());
  v1::ListContactsRequest request;
  request.set_parent(account);
  request.set_filter("state = ACTIVE");
  request.set_page_size(1000);
  std::vector<v1::Contact> contacts;
  for (absl::StatusOr<v1::Contact>& contact : accounts.ListContacts(request)) {
    RETURN_IF_ERROR(contact.status());
    contacts.push_back(*std::move(contact));
  }
  return contacts;
}

absl::Status AddContacts(const TouchLine& line, const std::string& account, CliContext& context,
                         v1::Touch& touch) {
  if (line.contacts.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::Contact> contacts, ReadContacts(account, context));
  for (const std::string& written : line.contacts) {
    ASSIGN_OR_RETURN(*touch.add_contacts(), FindContact(written, contacts));
  }
  return absl::OkStatus();
}

absl::Status AddTime(const TouchLine& line, CliContext& context, v1::Touch& touch) {
  if (line.day.empty() && line.time.empty()) return absl::OkStatus();
  const client::ClockClient clock(context.connection(), context.call_options());
  ASSIGN_OR_RETURN(const v1::ClockTime now, clock.GetTime({}));
  const std::optional<absl::Time> time = TimeOf(line, ToTime(now.time()));
  if (time.has_value()) *touch.mutable_touch_time() = ToTimestamp(*time);
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> Log(const TouchLog& log, const TouchLine& line, CliContext& context) {
  v1::CreateTouchRequest request = log.request;
  request.set_parent(log.account);
  *request.mutable_touch() = line.touch;
  RETURN_IF_ERROR(AddContacts(line, request.parent(), context, *request.mutable_touch()));
  RETURN_IF_ERROR(AddTime(line, context, *request.mutable_touch()));
  for (const std::string& task : line.tasks) request.add_completed_tasks(task);
  const client::EngagementClient engagement(context.connection(), context.call_options());
  ASSIGN_OR_RETURN(const v1::Touch touch, engagement.CreateTouch(request));
  PrintMessage(context, touch);
  if (request.validate_only()) context.err << "nothing was written: this only checked\n";
  return kOk;
}

}  // namespace

void AddTouchLogCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "log",
      "Records a touch from a line of what you remember, and shows what was understood. A word "
      "that is not understood is an error: nothing is guessed.",
      kExamples);
  command->footer(Footer());
  const auto log = std::make_shared<TouchLog>();
  const auto& type = *v1::CreateTouchRequest::descriptor();
  auto* account = command->add_option("ACCOUNT", log->account,
                                      "Such as acme, accounts/acme or a part of the display name.");
  account->required();
  command->add_option("WORDS", log->words, "What you remember: see below.")->required();
  context.completions[account] = {{}, "accounts/{account}"};
  const auto& validate_only = *type.FindFieldByName("validate_only");
  const auto& request_id = *type.FindFieldByName("request_id");
  const auto* dry_run =
      AddFieldOption(*command, "--validate-only,--dry-run", validate_only, context);
  const auto* id = AddFieldOption(*command, "--request-id", request_id, context);
  command->callback([=, &validate_only, &request_id, &context] {
    SetFromOption(*dry_run, validate_only, log->request);
    SetFromOption(*id, request_id, log->request);
    const absl::StatusOr<TouchLine> line = ParseTouchLine(log->words);
    if (!line.ok()) throw CLI::ValidationError(std::string(line.status().message()));
    context.command = [=, line = *line, &context] { return Log(*log, line, context); };
  });
}

}  // namespace perennial::cli
