#include "client/cli/list_command.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::MethodDescriptor;

constexpr int kItemsField = 1;  // of every list's response
constexpr int64_t kMaxPageSize = 1000;

std::unique_ptr<Message> FirstRequest(const Message& request, int64_t limit) {
  std::unique_ptr<Message> first(request.New());
  first->CopyFrom(request);
  const auto* page_size = first->GetDescriptor()->FindFieldByName("page_size");
  if (first->GetReflection()->GetInt32(*first, page_size) == 0) {
    const int64_t size = limit == 0 ? kMaxPageSize : std::min(limit, kMaxPageSize);
    first->GetReflection()->SetInt32(first.get(), page_size, static_cast<int32_t>(size));
  }
  return first;
}

// Of the rows shown, and those on all pages as the first one has it.
void TellTotalSize(CliContext& context, int64_t shown, const Message& page) {
  const auto& type = *page.GetDescriptor();
  const auto& reflection = *page.GetReflection();
  const bool exceeded = reflection.GetBool(page, type.FindFieldByName("total_size_exceeded"));
  context.err << shown << " of " << (exceeded ? "more than " : "")
              << reflection.GetInt32(page, type.FindFieldByName("total_size")) << '\n';
}

}  // namespace

const FieldDescriptor* ItemsField(const MethodDescriptor& method) {
  return method.output_type()->FindFieldByNumber(kItemsField);
}

const Descriptor& ItemType(const MethodDescriptor& method) {
  return *ItemsField(method)->message_type();
}

const MethodDescriptor* ListMethodOf(const std::string& pattern) {
  for (const auto* resource : AllResources()) {
    if (PatternOf(*resource) != pattern) continue;
    const auto* file = resource->file();
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        const auto* method = file->service(i)->method(j);
        if (absl::StartsWith(method->name(), "List") && &ItemType(*method) == resource) {
          return method;
        }
      }
    }
  }
  return nullptr;
}

void AddListFlags(CLI::App& app, const Descriptor& item, ListOptions& options) {
  app.add_option("--limit", options.limit, "The most rows to show; 0 shows all of them.")
      ->capture_default_str()
      ->check(CheckCount);
  const auto set_columns = [&item, &options](const CLI::results_t& results) {
    const auto columns = FindColumns(item, results[0]);
    if (!columns.ok())
      throw CLI::ValidationError("--columns", std::string(columns.status().message()));
    options.columns = *columns;
    options.csv_columns = true;
    return true;
  };
  app.add_option("--columns", CLI::callback_t(set_columns),
                 "The columns of the table or CSV, parted by commas.")
      ->type_name("TEXT,...");
  app.add_flag("--show-resume-token", options.show_resume_token, kShowResumeToken);
}

std::string CheckCount(const std::string& text) {
  int64_t count;
  return absl::SimpleAtoi(text, &count) && count >= 0 ? "" : "expected a whole number, 0 or more";
}

void PrintResumeToken(CliContext& context, const std::string& token) {
  context.err << "resume_token: " << token << std::endl;
}

absl::StatusOr<ExitCode> PrintList(CliContext& context, const MethodDescriptor& method,
                                   const Message& request, const ListOptions& options) {
  const std::unique_ptr<Message> next = FirstRequest(request, options.limit);
  const std::unique_ptr<Message> page(
      MessageFactory::generated_factory()->GetPrototype(method.output_type())->New());
  const auto* items = ItemsField(method);
  const auto* next_token = method.output_type()->FindFieldByName("next_page_token");
  const auto* resume = method.output_type()->FindFieldByName("resume_token");
  const auto* token = method.input_type()->FindFieldByName("page_token");
  const auto* with_total = method.input_type()->FindFieldByName("include_total_size");
  const auto printer =
      MakeListPrinter(context, ItemType(method), options.columns, options.csv_columns);

  const int64_t most = options.limit == 0 ? INT64_MAX : options.limit;
  int64_t left = most;
  bool more = true;
  std::string resume_token;
  std::unique_ptr<Message> total;
  while (more && left > 0) {
    RETURN_IF_ERROR(context.Call(method, *next, *page));
    const auto& reflection = *page->GetReflection();
    // Of the first page: what changed since is among what a watch from there shows.
    if (resume_token.empty() && resume != nullptr) {
      resume_token = reflection.GetString(*page, resume);
    }
    if (with_total != nullptr && next->GetReflection()->GetBool(*next, with_total)) {
      total.reset(page->New());
      total->CopyFrom(*page);
      // The other pages need not count again.
      next->GetReflection()->ClearField(next.get(), with_total);
    }
    const int size = reflection.FieldSize(*page, items);
    for (int i = 0; i < size && left > 0; ++i, --left) {
      printer->Add(reflection.GetRepeatedMessage(*page, items, i));
    }
    const std::string next_page = reflection.GetString(*page, next_token);
    next->GetReflection()->SetString(next.get(), token, next_page);
    more = !next_page.empty();
  }
  printer->Finish();
  if (total != nullptr) TellTotalSize(context, most - left, *total);
  if (options.show_resume_token) PrintResumeToken(context, resume_token);
  if (more) context.err << "there is more: --limit=0 shows all\n";
  return kOk;
}

}  // namespace perennial::cli
