#include "client/cli/show_command.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/customer_page.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

template <class Message>
void PrintList(const char* key, const std::vector<Message>& messages, std::ostream& out) {
  out << ",\n  \"" << key << "\": [";
  const char* separator = "\n";
  for (const Message& message : messages) {
    out << std::exchange(separator, ",\n") << "    " << JsonText(message, "    ");
  }
  out << (messages.empty() ? "]" : "\n  ]");
}

void PrintJson(const CustomerPage& page, std::ostream& out) {
  out << "{\n  \"account\": " << JsonText(page.account, "  ");
  PrintList("contacts", page.contacts, out);
  PrintList("subscriptions", page.subscriptions, out);
  PrintList("renewals", page.renewals, out);
  PrintList("gates", page.gates, out);
  PrintList("feedback", page.feedback, out);
  PrintList("touches", page.touches, out);
  PrintList("tasks", page.tasks, out);
  out << "\n}\n";
}

absl::StatusOr<ExitCode> Show(const std::string& written, CliContext& context) {
  ASSIGN_OR_RETURN(const CustomerPage page, ReadCustomerPage(written, context));
  switch (context.format) {
    case Format::kJson:
      PrintJson(page, context.out);
      break;
    case Format::kCsv:
      // A page has many tables: CSV is of what they are about.
      PrintMessage(context, page.account);
      break;
    case Format::kTable:
      PrintCustomerPage(page, context);
  }
  return kOk;
}

}  // namespace

void AddShowCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(
      app, "show",
      "One page on a customer, for before a call: how things stand and why, the people, what they "
      "have and until when, what their renewals lack, what they told us and wait for, the last "
      "touches, and what is to be done. CSV is of the account alone.",
      "acme");
  const auto written = std::make_shared<std::string>();
  auto* account = command->add_option("CUSTOMER", *written,
                                      "Such as acme, accounts/acme or a part of the display name.");
  account->required();
  context.completions[account] = {{}, "accounts/{account}"};
  command->callback([written, &context] {
    context.command = [written, &context] { return Show(*written, context); };
  });
}

}  // namespace perennial::cli
