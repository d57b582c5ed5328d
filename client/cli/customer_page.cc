#include "client/cli/customer_page.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/field_text.h"
#include "client/cli/gate_hints.h"
#include "client/cli/text_table.h"
#include "client/cli/worklist.h"
#include "lib/api/resource_name.h"

namespace perennial::cli {
namespace {

// Of output that goes to no terminal.
constexpr size_t kWidth = 100;
constexpr char kIndent[] = "  ";

std::string Joined(const std::vector<std::string>& texts, const char* separator = ", ") {
  std::vector<std::string> there;
  std::copy_if(texts.begin(), texts.end(), std::back_inserter(there),
               [](const std::string& text) { return !text.empty(); });
  return absl::StrJoin(there, separator);
}

class PagePrinter {
 public:
  PagePrinter(const CustomerPage& page, CliContext& context)
      : page_(page), out_(context.out), width_(context.width == 0 ? kWidth : context.width) {
    for (const v1::Contact& contact : page.contacts) {
      people_[contact.name()] = contact.display_name();
    }
  }

  void Print() {
    Head();
    People();
    Subscriptions();
    for (size_t i = 0; i < page_.renewals.size(); ++i) Renewal(page_.renewals[i], page_.gates[i]);
    Feedback();
    Touches();
    Tasks();
  }

 private:
  // A table without a header, for lines that wrap.
  void Lines(const std::vector<std::vector<std::string>>& rows) {
    if (rows.empty()) return;
    std::vector<TextTable::Column> columns(rows.front().size());
    TextTable table(columns, TextTable::Overflow::kWrap);
    for (const auto& row : rows) table.AddRow(row);
    std::ostringstream text;
    table.Print(text, width_, kIndent);
    // Behind the line of the header, which is empty.
    out_ << text.str().substr(text.str().find('\n') + 1);
  }

  void Heading(const char* text) { out_ << '\n' << text << '\n'; }

  std::string NameOf(const std::string& contact) const {
    const auto known = people_.find(contact);
    return known != people_.end() ? known->second : std::string(IdOf(contact));
  }

  void Head() {
    const v1::Account& account = page_.account;
    out_ << account.display_name() << "  ("
         << Joined({account.segment(), account.industry(), account.country(),
                    account.owner().empty() ? "" : absl::StrCat("owner ", account.owner()),
                    account.name()})
         << ")\n";
    const v1::RelationshipStanding& standing = account.standing();
    if (standing.state() == v1::RelationshipStanding::STATE_UNSPECIFIED) return;
    std::vector<std::vector<std::string>> rows = {
        {absl::StrCat("standing ", v1::RelationshipStanding::State_Name(standing.state())),
         absl::StrCat("silent since ", DisplayText(standing, "silent_since"))}};
    for (const auto& reason : standing.reasons()) rows.push_back({"", reason.description()});
    Lines(rows);
    if (!account.note().empty()) Lines({{account.note()}});
  }

  void People() {
    Heading("PEOPLE");
    std::vector<std::vector<std::string>> rows;
    for (const v1::Contact& contact : page_.contacts) {
      rows.push_back({PersonOf(contact),
                      Joined({DisplayText(contact, "roles"), DisplayText(contact, "stance")}),
                      Joined({contact.phone(), contact.email()}),
                      Joined({contact.do_not_contact() ? "DO NOT CONTACT" : "",
                              contact.verified() ? "verified" : "not verified"})});
    }
    if (rows.empty()) rows.push_back({"nobody is known"});
    Lines(rows);
  }

  void Subscriptions() {
    if (page_.subscriptions.empty()) return;
    Heading("SUBSCRIPTIONS");
    std::vector<std::vector<std::string>> rows;
    for (const v1::Subscription& each : page_.subscriptions) {
      rows.push_back({std::string(IdOf(each.product())), DisplayText(each, "arr"),
                      each.seats() == 0 ? "" : absl::StrCat(each.seats(), " seats"),
                      absl::StrCat("until ", DisplayText(each, "term_end_date")),
                      Joined({each.auto_renew() ? "renews by itself" : "",
                              each.state() == v1::Subscription::PAST_DUE ? "PAST_DUE" : ""})});
    }
    Lines(rows);
  }

  void Renewal(const v1::Opportunity& renewal, const v1::GateReport& gate) {
    out_ << "\nRENEWAL of " << DisplayText(renewal, "renewal_date") << ", "
         << DisplayText(renewal, "arr") << ", " << DisplayText(renewal, "stage") << "  ("
         << ShortName(renewal.name()) << ")\n";
    std::vector<std::vector<std::string>> rows;
    if (!renewal.next_step().empty()) {
      rows.push_back(
          {"next step", Joined({renewal.next_step(), DisplayText(renewal, "next_step_date")})});
    }
    for (const auto& unmet : UnmetOf(gate)) rows.push_back({"unmet", unmet.description()});
    if (gate.met()) rows.push_back({"gate", "all that it asks for is there"});
    for (const auto& risk : renewal.risks()) rows.push_back({"risk", risk.description()});
    if (!renewal.owner_risk_note().empty()) {
      rows.push_back({"risk", absl::StrCat(renewal.owner_risk_note(), " (", renewal.owner(), ")")});
    }
    Lines(rows);
  }

  void Feedback() {
    if (page_.feedback.empty()) return;
    Heading("FEEDBACK THAT WAITS FOR US");
    std::vector<std::vector<std::string>> rows;
    for (const v1::Feedback& each : page_.feedback) {
      const std::string promised =
          each.decision() == v1::Feedback::DECISION_UNSPECIFIED
              ? std::string()
              : Joined({DisplayText(each, "decision"), each.decision_reason()}, ": ");
      rows.push_back({DisplayText(each, "type"), DisplayText(each, "state"),
                      Joined({absl::StrCat("\"", each.text(), "\""), NameOf(each.contact())}),
                      promised});
    }
    Lines(rows);
  }

  void Touches() {
    Heading("LAST TOUCHES");
    std::vector<std::vector<std::string>> rows;
    for (const v1::Touch& touch : page_.touches) {
      std::vector<std::string> people;
      for (const std::string& contact : touch.contacts()) people.push_back(NameOf(contact));
      rows.push_back({DisplayText(touch, "touch_time"),
                      Joined({DisplayText(touch, "channel"), DisplayText(touch, "direction")}, " "),
                      DisplayText(touch, "disposition"), DisplayText(touch, "intent"),
                      Joined({Joined(people), touch.summary()}, ": ")});
    }
    if (rows.empty()) rows.push_back({"none yet"});
    Lines(rows);
  }

  void Tasks() {
    if (page_.tasks.empty()) return;
    Heading("TO DO");
    std::vector<std::vector<std::string>> rows;
    for (const v1::Task& task : page_.tasks) {
      rows.push_back({DisplayText(task, "due_date"), task.title(),
                      Joined({DisplayText(task, "channel"), NameOf(task.contact())}, " "),
                      task.assignee()});
    }
    Lines(rows);
  }

  const CustomerPage& page_;
  std::ostream& out_;
  const size_t width_;
  std::map<std::string, std::string> people_;
};

}  // namespace

void PrintCustomerPage(const CustomerPage& page, CliContext& context) {
  PagePrinter(page, context).Print();
}

}  // namespace perennial::cli
