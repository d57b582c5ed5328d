#include "client/cli/find_command.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/field_text.h"
#include "client/cli/find_name.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/read_by_name.h"
#include "client/cli/text_table.h"
#include "lib/api/resource_name.h"
#include "lib/api/search_text.h"
#include "lib/base/status.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/pipeline_client.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Message;

struct Hit {
  std::string type;
  Candidate who;
  std::string about;
  int rank = 0;  // from the likeliest on
};

struct Find {
  std::vector<std::string> words;
  int64_t limit = 20;
};

// How well the text fits the name; the last rank is of other texts, such as notes.
int RankOf(const Candidate& who, const std::string& text) {
  const std::string folded = FoldMarks(text);
  const std::string display_name = FoldMarks(who.display_name);
  const std::string id(IdOf(who.name));
  int rank = 4;
  if (display_name == folded || id == folded) {
    rank = 0;
  } else if (absl::StartsWith(display_name, folded) || absl::StartsWith(id, folded)) {
    rank = 1;
  } else if (absl::StrContains(display_name, absl::StrCat(" ", folded))) {
    rank = 2;
  } else if (absl::StrContains(display_name, folded) || absl::StrContains(id, folded)) {
    rank = 3;
  }
  // What is over comes behind all that is not.
  return who.live ? rank : rank + 5;
}

std::string AboutOf(const Message& resource, const std::vector<const char*>& fields) {
  std::vector<std::string> parts;
  for (const char* field : fields) {
    std::string text = DisplayText(resource, field);
    if (!text.empty()) parts.push_back(std::move(text));
  }
  return absl::StrJoin(parts, ", ");
}

class Search {
 public:
  Search(const Find& find, CliContext& context)
      : text_(absl::StrJoin(find.words, " ")),
        limit_(find.limit == 0 ? 1000 : static_cast<int32_t>(std::min<int64_t>(find.limit, 1000))),
        accounts_(context.connection(), context.call_options()),
        pipeline_(context.connection(), context.call_options()),
        engagement_(context.connection(), context.call_options()) {}

  absl::StatusOr<std::vector<Hit>> Run() const {
    std::vector<Hit> accounts, contacts, renewals, tasks;
    RETURN_IF_ERROR(AtOnce(
        [&] {
          return Add(accounts_.ListAccounts, {"segment", "country", "owner"}, accounts);
        },
        [&] {
          return Add(accounts_.ListContacts, {"title", "phone", "email"}, contacts);
        },
        [&] {
          return Add(pipeline_.ListOpportunities,
                     {"stage", "outcome", "renewal_date", "arr", "risk_level"}, renewals);
        },
        [&] {
          return Add(engagement_.ListTasks, {"state", "due_date", "assignee"}, tasks);
        }));
    std::vector<Hit> hits;
    for (auto* found : {&accounts, &contacts, &renewals, &tasks}) {
      std::move(found->begin(), found->end(), std::back_inserter(hits));
    }
    std::stable_sort(hits.begin(), hits.end(),
                     [](const Hit& a, const Hit& b) { return a.rank < b.rank; });
    if (hits.size() > static_cast<size_t>(limit_)) hits.resize(static_cast<size_t>(limit_));
    return hits;
  }

 private:
  template <class Request, class Response, class Item>
  absl::Status Add(const client::ListMethod<Request, Response, Item>& list,
                   const std::vector<const char*>& about, std::vector<Hit>& hits) const {
    Request request;
    const auto* parent = Request::descriptor()->FindFieldByName("parent");
    if (parent != nullptr) request.GetReflection()->SetString(&request, parent, "accounts/-");
    request.set_filter(absl::StrCat("search:", Quoted(text_)));
    request.set_page_size(limit_);
    ASSIGN_OR_RETURN(const Response page, list.Page(request));
    const auto* items = Response::descriptor()->FindFieldByNumber(1);
    for (int i = 0; i < page.GetReflection()->FieldSize(page, items); ++i) {
      const Message& item = page.GetReflection()->GetRepeatedMessage(page, items, i);
      const Candidate who = CandidateOf(item);
      hits.push_back({Item::descriptor()->name(), who, AboutOf(item, about), RankOf(who, text_)});
    }
    return absl::OkStatus();
  }

  const std::string text_;
  const int32_t limit_;
  const client::AccountClient accounts_;
  const client::PipelineClient pipeline_;
  const client::EngagementClient engagement_;
};

void PrintHits(const std::vector<Hit>& hits, CliContext& context) {
  if (context.format == Format::kJson) {
    const char* separator = "[\n";
    for (const Hit& hit : hits) {
      context.out << std::exchange(separator, ",\n") << "  {\"type\": " << JsonString(hit.type)
                  << ", \"displayName\": " << JsonString(hit.who.display_name)
                  << ", \"about\": " << JsonString(hit.about)
                  << ", \"name\": " << JsonString(hit.who.name) << "}";
    }
    context.out << (hits.empty() ? "[]\n" : "\n]\n");
    return;
  }
  if (context.format == Format::kCsv) {
    PrintCsvHeader(context, {"type", "display_name", "about", "name"});
    for (const Hit& hit : hits) {
      PrintCsvRow(context, {hit.type, hit.who.display_name, hit.about, hit.who.name});
    }
    return;
  }
  TextTable table({{"WHAT"}, {"NAME"}, {"ABOUT"}, {"RESOURCE"}}, TextTable::Overflow::kWrap);
  for (const Hit& hit : hits) {
    table.AddRow({hit.type, hit.who.display_name, hit.about, hit.who.name});
  }
  if (!table.empty()) table.Print(context.out, context.width);
}

absl::StatusOr<ExitCode> Show(const Find& find, CliContext& context) {
  ASSIGN_OR_RETURN(const std::vector<Hit> hits, Search(find, context).Run());
  PrintHits(hits, context);
  if (hits.empty() && context.format == Format::kTable) context.err << "nothing found\n";
  if (find.limit != 0 && hits.size() >= static_cast<size_t>(find.limit)) {
    context.err << "there may be more: say more, or --limit=100\n";
  }
  return kOk;
}

}  // namespace

void AddFindCommand(CLI::App& app, CliContext& context) {
  CLI::App* command = AddCommand(app, "find",
                                 "Customers, people, renewals and tasks in whose texts all of the "
                                 "words are, in whatever case: "
                                 "the likeliest first, and what is over last.",
                                 "jane acme");
  const auto find = std::make_shared<Find>();
  command->add_option("TEXT", find->words, "The words, or parts of them.")
      ->required()
      ->check([](const std::string& text) { return CheckSearch(SearchWords(text)); });
  command->add_option("--limit", find->limit, "The most rows to show; 0 shows up to 1000.")
      ->capture_default_str()
      ->check(CheckCount);
  command->callback(
      [find, &context] { context.command = [find, &context] { return Show(*find, context); }; });
}

}  // namespace perennial::cli
