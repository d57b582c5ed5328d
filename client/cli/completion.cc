#include "client/cli/completion.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/list_command.h"
#include "client/cli/method_command.h"
#include "lib/api/resource_name.h"
#include "perennial/client/call.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

// The user is typing: names that take longer are not worth it.
constexpr absl::Duration kNamesTimeout = absl::Milliseconds(300);
constexpr int kMostNames = 50;

constexpr char kBashScript[] =
    R"sh(# perennial's completion for bash: eval "$(perennial completion bash)"
_perennial() {
  local IFS=$'\n'
  COMPREPLY=($(perennial __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ ${COMPREPLY[0]} == *[=/] ]] && compopt -o nospace
}
complete -F _perennial perennial
)sh";

constexpr char kZshScript[] = R"sh(#compdef perennial
# perennial's completion for zsh: eval "$(perennial completion zsh)"
_perennial() {
  local -a candidates unfinished
  candidates=(${(f)"$(perennial __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  unfinished=(${(M)candidates:#*[=/]})
  candidates=(${candidates:#*[=/]})
  compadd -Q -S '' -a unfinished
  compadd -Q -a candidates
}
compdef _perennial perennial
)sh";

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor& type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

std::vector<std::string> StartingWith(const std::vector<std::string>& candidates,
                                      const std::string& prefix) {
  std::vector<std::string> matches;
  for (const std::string& candidate : candidates) {
    if (absl::StartsWithIgnoreCase(candidate, prefix)) matches.push_back(candidate);
  }
  return matches;
}

// The names of the resources of `pattern` under `parent` that start with `prefix`; none where the
// server does not answer quickly.
std::vector<std::string> FetchNames(const std::string& pattern, const std::string& parent,
                                    const std::string& prefix, CliContext& context) {
  const MethodDescriptor* method = ListMethodOf(pattern);
  if (method == nullptr) return {};
  const auto request = NewMessage(*method->input_type());
  const auto response = NewMessage(*method->output_type());
  const auto& type = *request->GetDescriptor();
  const auto& set = *request->GetReflection();
  if (const auto* field = type.FindFieldByName("parent")) {
    set.SetString(request.get(), field, parent);
  }
  set.SetInt32(request.get(), type.FindFieldByName("page_size"), kMostNames);
  set.SetString(request.get(), type.FindFieldByName("filter"),
                absl::StrCat("name = \"", prefix, "*\""));
  client::CallOptions options = context.call_options();
  options.timeout = kNamesTimeout;
  options.retry = client::RetryPolicy{1, {}, {}};
  const absl::Status status =
      client::CallWithRetries(*context.connection(), *method, *request, *response, options);
  std::vector<std::string> names;
  if (!status.ok()) return names;
  const auto* items = ItemsField(*method);
  const auto* name = ItemType(*method).FindFieldByName("name");
  for (int i = 0; i < response->GetReflection()->FieldSize(*response, items); ++i) {
    const Message& item = response->GetReflection()->GetRepeatedMessage(*response, items, i);
    names.push_back(item.GetReflection()->GetString(item, name));
  }
  return names;
}

// Completes a name segment by segment: collections from the pattern, ids from the server.
std::vector<std::string> CompleteName(const std::string& pattern, const std::string& prefix,
                                      CliContext& context) {
  const std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  const std::vector<std::string> typed = absl::StrSplit(prefix, '/');
  const size_t depth = typed.size();
  if (depth > segments.size()) return {};
  const std::string parent = absl::StrJoin(typed.begin(), typed.end() - 1, "/");
  if (depth % 2 == 1) {
    const std::string collection =
        absl::StrCat(parent, parent.empty() ? "" : "/", segments[depth - 1], "/");
    return StartingWith({collection}, prefix);
  }
  const std::string level = absl::StrJoin(segments.begin(), segments.begin() + depth, "/");
  std::vector<std::string> names =
      FetchNames(level, std::string(ParentOf(absl::StrCat(parent, "/-"))), prefix, context);
  if (depth < segments.size()) {
    for (std::string& name : names) absl::StrAppend(&name, "/", segments[depth], "/");
  }
  return names;
}

// What an argument may become. Of several parted by commas it is the last.
std::vector<std::string> CompleteValue(const CLI::Option* option, const std::string& typed,
                                       CliContext& context) {
  const auto completion = context.completions.find(option);
  if (completion == context.completions.end()) return {};
  const size_t comma = typed.rfind(',');
  const std::string before = comma == std::string::npos ? "" : typed.substr(0, comma + 1);
  const std::string last = typed.substr(before.size());
  std::vector<std::string> values = StartingWith(completion->second.choices, last);
  if (!completion->second.pattern.empty()) {
    values = CompleteName(completion->second.pattern, last, context);
  }
  for (std::string& value : values) value.insert(0, before);
  return values;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// By its flag "--name"; null if there is none.
const CLI::Option* FindFlag(const CLI::App& app, const std::string& flag) {
  for (const CLI::App* each = &app; each != nullptr; each = each->get_parent()) {
    if (const CLI::Option* option = each->get_option_no_throw(flag)) return option;
  }
  return nullptr;
}

std::vector<std::string> Flags(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::App* each = &app; each != nullptr; each = each->get_parent()) {
    for (const CLI::Option* option : each->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        flags.push_back(absl::StrCat("--", name, TakesValue(*option) ? "=" : ""));
      }
    }
  }
  return flags;
}

std::vector<const CLI::App*> Subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

// Where the words of a command line have led to.
struct Place {
  const CLI::App* app;
  const CLI::Option* flag = nullptr;  // whose value comes next
  size_t positionals = 0;
};

void Follow(const std::string& word, Place& place, CliContext& context) {
  // Shells that take "=" for a word of its own part "--flag=value" into three.
  if (word == "=") return;
  if (place.flag != nullptr) {
    if (place.flag->check_lname("server")) context.server = word;
    place.flag = nullptr;
    return;
  }
  if (absl::StartsWith(word, "--")) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
    const CLI::Option* flag = FindFlag(*place.app, parts.first);
    if (flag == nullptr || !TakesValue(*flag)) return;
    place.flag = flag;
    if (absl::StrContains(word, '=')) Follow(parts.second, place, context);
    return;
  }
  for (const CLI::App* subcommand : Subcommands(*place.app)) {
    if (!subcommand->check_name(word)) continue;
    place.app = subcommand;
    return;
  }
  ++place.positionals;
}

std::vector<std::string> CompleteAt(const Place& place, const std::string& typed,
                                    CliContext& context) {
  if (place.flag != nullptr) return CompleteValue(place.flag, typed == "=" ? "" : typed, context);
  if (absl::StartsWith(typed, "-")) {
    const size_t equals = typed.find('=');
    if (equals == std::string::npos) return StartingWith(Flags(*place.app), typed);
    const std::string flag = typed.substr(0, equals);
    std::vector<std::string> values =
        CompleteValue(FindFlag(*place.app, flag), typed.substr(equals + 1), context);
    for (std::string& value : values) value.insert(0, flag + "=");
    return values;
  }
  std::vector<std::string> names;
  for (const CLI::App* subcommand : Subcommands(*place.app)) {
    names.push_back(subcommand->get_name());
  }
  if (!names.empty()) return StartingWith(names, typed);
  size_t index = 0;
  for (const CLI::Option* option : place.app->get_options()) {
    if (!option->get_positional()) continue;
    const bool takes_all = option->get_items_expected_max() > 1;
    if (index++ == place.positionals || takes_all) return CompleteValue(option, typed, context);
  }
  return {};
}

}  // namespace

std::vector<std::string> Complete(const CLI::App& app, const std::vector<std::string>& words,
                                  CliContext& context) {
  if (words.empty()) return {};
  Place place = {&app};
  for (size_t i = 0; i + 1 < words.size(); ++i) Follow(words[i], place, context);
  return CompleteAt(place, words.back(), context);
}

void AddCompletionCommands(CLI::App& app, CliContext& context) {
  CLI::App* print = AddCommand(app, "completion",
                               "Prints the script that completes commands in a shell: bash or zsh.",
                               "bash  # in ~/.bashrc: eval \"$(perennial completion bash)\"");
  const auto shell = std::make_shared<std::string>();
  CLI::Option* shell_option = print->add_option("SHELL", *shell, "bash or zsh.");
  shell_option->required()->check(CLI::IsMember({"bash", "zsh"}));
  context.completions[shell_option] = {{"bash", "zsh"}, ""};
  print->callback([shell, &context] {
    context.command = [shell, &context] {
      context.out << (*shell == "bash" ? kBashScript : kZshScript);
      return kOk;
    };
  });

  CLI::App* complete = app.add_subcommand("__complete")->group("");
  const auto words = std::make_shared<std::vector<std::string>>();
  complete->add_option("WORD", *words);
  complete->callback([words, &app, &context] {
    context.command = [words, &app, &context] {
      for (const std::string& candidate : Complete(app, *words, context)) {
        context.out << candidate << '\n';
      }
      return kOk;
    };
  });
}

}  // namespace perennial::cli
