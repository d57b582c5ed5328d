#include "client/cli/method_command.h"

#include <cassert>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/bulk_command.h"
#include "client/cli/comments.h"
#include "client/cli/list_command.h"
#include "client/cli/method_request.h"
#include "client/cli/resources.h"
#include "google/protobuf/empty.pb.h"
#include "lib/api/fields.h"
#include "lib/api/resource_name.h"
#include "lib/api/search_text.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

class MethodCommand {
 public:
  MethodCommand(const MethodDescriptor& method, const CommandGroup& group,
                const MethodCommandSpec& spec, CliContext& context)
      : method_(method),
        filter_(method.input_type()->FindFieldByName("filter")),
        is_list_(absl::StartsWith(method.name(), "List")),
        timeout_(spec.timeout),
        run_(spec.run),
        context_(context),
        request_(method, group.resource != nullptr ? std::string(PatternOf(*group.resource)) : "",
                 context) {
    list_options_.columns = group.columns;
    if (FindBatchMethod(method) == nullptr) return;
    bulk_ = std::make_unique<BulkCommand>(method, *group.resource, spec.scope, request_, context);
  }

  void AddTo(CLI::App& app) {
    request_.AddTo(app, /*several=*/bulk_ != nullptr);
    if (bulk_ != nullptr) bulk_->AddTo(app);
    if (!is_list_) return;
    AddListFlags(app, ItemType(method_), list_options_);
    if (filter_ == nullptr || FieldTable::Of(ItemType(method_)).Find("search") == nullptr) return;
    app.add_option("--search", search_,
                   "Only those whose texts have words that begin so, in whatever case and Unicode "
                   "form; the best matches first unless ordered otherwise.")
        ->check([](const std::string& text) { return CheckSearch(SearchWords(text)); });
  }

  // What the command line asks for. Throws where it is wrong.
  Command Parse(const std::shared_ptr<const MethodCommand>& self) const {
    if (bulk_ != nullptr && !bulk_->IsForOne()) return bulk_->Parse();
    const std::shared_ptr<Message> request = request_.Make();
    if (!search_.empty()) AddSearch(*request);
    return [self, request] { return self->Run(*request); };
  }

 private:
  absl::StatusOr<ExitCode> Run(const Message& request) const {
    if (run_ != nullptr) return run_(context_, request);
    if (is_list_) return PrintList(context_, method_, request, list_options_);
    const std::unique_ptr<Message> response = NewMessage(*method_.output_type());
    RETURN_IF_ERROR(context_.Call(method_, request, *response, timeout_));
    if (method_.output_type() == google::protobuf::Empty::descriptor() &&
        context_.format == Format::kTable) {
      context_.out << "done: " << request_.Names()[0] << '\n';
    } else {
      PrintMessage(context_, *response);
    }
    const auto* validate_only = request.GetDescriptor()->FindFieldByName("validate_only");
    if (validate_only != nullptr && request.GetReflection()->GetBool(request, validate_only)) {
      context_.err << "nothing was written: this only checked\n";
    }
    return kOk;
  }

  void AddSearch(Message& request) const {
    const std::string filter = request.GetReflection()->GetString(request, filter_);
    const std::string search = absl::StrCat(
        "search:\"", absl::StrReplaceAll(search_, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
    request.GetReflection()->SetString(
        &request, filter_, filter.empty() ? search : absl::StrCat("(", filter, ") ", search));
  }

  const MethodDescriptor& method_;
  const google::protobuf::FieldDescriptor* const filter_;
  const bool is_list_;
  const std::optional<absl::Duration> timeout_;
  const MethodRun run_;
  CliContext& context_;
  MethodRequest request_;
  std::unique_ptr<BulkCommand> bulk_;  // of a method that several may be asked of at once
  ListOptions list_options_;
  std::string search_;
};

std::string Describe(const MethodDescriptor& method) {
  // The protos leave out what the names of standard methods say.
  constexpr std::pair<absl::string_view, absl::string_view> kStandard[] = {
      {"List", "Lists those that match a filter. "},
      {"Get", "Shows one. "},
      {"Create", "Creates one. "},
      {"Update", "Changes the fields that are given. "},
      {"Delete", "Deletes one. "},
  };
  const std::string comment = CommentOf(method);
  for (const auto& [prefix, description] : kStandard) {
    if (absl::StartsWith(method.name(), prefix)) return absl::StrCat(description, comment);
  }
  return comment;
}

}  // namespace

const MethodDescriptor& FindMethod(absl::string_view name) {
  const auto* method =
      DescriptorPool::generated_pool()->FindMethodByName(absl::StrCat("perennial.v1.", name));
  assert(method != nullptr);
  return *method;
}

CLI::App* AddCommand(CLI::App& app, absl::string_view verb, const std::string& description,
                     absl::string_view example) {
  const std::vector<std::string> names = absl::StrSplit(verb, '|');
  CLI::App* command = app.add_subcommand(names[0], description);
  for (size_t i = 1; i < names.size(); ++i) command->alias(names[i]);
  const std::string group = app.get_parent() != nullptr ? app.get_name() + " " : "";
  command->footer(absl::StrCat("Example:\n  perennial ", group, names[0], " ", example));
  return command;
}

void AddMethodCommand(CLI::App& app, const CommandGroup& group, const MethodCommandSpec& spec,
                      CliContext& context) {
  const MethodDescriptor& method = FindMethod(spec.method);
  CLI::App* command_app = AddCommand(app, spec.verb, Describe(method), spec.example);
  const auto command = std::make_shared<MethodCommand>(method, group, spec, context);
  command->AddTo(*command_app);
  command_app->callback([command, &context] { context.command = command->Parse(command); });
}

}  // namespace perennial::cli
