#include "client/cli/bulk_command.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/bulk_printer.h"
#include "client/cli/row_file.h"
#include "lib/api/fields.h"
#include "lib/api/filter.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

// Takes the flag off the request: for many it is the batch's.
bool TakeValidateOnly(Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
  const bool validate_only = request.GetReflection()->GetBool(request, field);
  request.GetReflection()->ClearField(&request, field);
  return validate_only;
}

std::unique_ptr<Message> Copy(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

void SetName(Message& request, const std::string& name) {
  const auto* body = FindBody(*request.GetDescriptor());
  SetText(body == nullptr ? request : *request.GetReflection()->MutableMessage(&request, body),
          "name", name);
}

// " AND stage = OUTREACH" of a request that is for those in the stage alone.
std::string StageOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("from_stage");
  if (field == nullptr || request.GetReflection()->GetEnumValue(request, field) == 0) return "";
  return absl::StrCat(" AND stage = ", request.GetReflection()->GetEnum(request, field)->name());
}

absl::StatusOr<ExitCode> RunRows(CliContext& context, const MethodDescriptor& method,
                                 std::vector<BulkRow> rows, bool validate_only) {
  std::vector<BulkResult> results;
  const absl::Status status = RunBulk(context, method, std::move(rows), validate_only, results);
  const ExitCode code = PrintBulk(context, results, validate_only);
  RETURN_IF_ERROR(status);
  return code;
}

// With what each is about, as it is now.
absl::StatusOr<ExitCode> RunRequests(CliContext& context, const MethodDescriptor& method,
                                     const Descriptor& resource,
                                     std::vector<std::unique_ptr<Message>> requests) {
  std::vector<std::string> names;
  for (const auto& request : requests) names.push_back(NameIn(*request));
  ASSIGN_OR_RETURN(const auto found, ReadAll(context, resource, names));
  bool validate_only = false;
  std::vector<BulkRow> rows;
  for (size_t i = 0; i < requests.size(); ++i) {
    BulkRow& row = rows.emplace_back();
    row.request = std::move(requests[i]);
    validate_only = TakeValidateOnly(*row.request);
    const auto before = found.find(names[i]);
    if (before == found.end()) continue;
    row.before = before->second;
    Guard(*row.before, *row.request);
  }
  return RunRows(context, method, std::move(rows), validate_only);
}

}  // namespace

void BulkSelection::AddTo(CLI::App& app) {
  app.add_option("--filter", filter_,
                 absl::StrCat("All of every account that match, such as 'labels.tier = \"gold\"'",
                              scope_.empty() ? "" : absl::StrCat("; those with ", scope_), "."));
  app.add_option("--from-file", from_file_,
                 "Those that a file names, or with - standard input: a name in each line, or CSV "
                 "with a header of name and the fields that are given for each.")
      ->type_name("FILE");
  app.add_flag("--clear-empty", clear_empty_,
               "An empty cell of the file clears its field. It leaves it as it is otherwise.");
  app.add_option("--encoding", encoding_, "Of the file, where it is not UTF-8.");
}

void BulkSelection::Check(const std::vector<std::string>& names) const {
  const int given =
      (names.empty() ? 0 : 1) + (filter_.empty() ? 0 : 1) + (from_file_.empty() ? 0 : 1);
  if (given == 0) throw CLI::RequiredError("NAME, --filter or --from-file");
  if (given > 1) throw CLI::ValidationError("NAME, --filter and --from-file", "exclude each other");
}

absl::StatusOr<std::vector<ResourcePtr>> BulkSelection::FindMatches(CliContext& context,
                                                                    const std::string& more) const {
  // By itself first, so that what is wrong with it is said to be where it stands.
  RETURN_IF_ERROR(Filter::Parse(filter_, FieldTable::Of(resource_)).status());
  std::string filter = scope_.empty() ? absl::StrCat("(", filter_, ")")
                                      : absl::StrCat(scope_, " AND (", filter_, ")");
  return ListAll(context, resource_, absl::StrCat(filter, more));
}

bool BulkCommand::IsForOne() const {
  return request_.Names().size() == 1 && !selection_.has_filter() && selection_.from_file().empty();
}

Command BulkCommand::Parse() const {
  const std::vector<std::string> names = request_.Names();
  selection_.Check(names);
  request_.CheckForSeveral();
  const std::shared_ptr<const Message> common =
      request_.MakeForSeveral(/*more=*/!selection_.from_file().empty());
  return [this, names, common]() -> absl::StatusOr<ExitCode> {
    if (!names.empty()) return RunForNames(context_, method_, resource_, *common, names);
    if (selection_.has_filter()) {
      ASSIGN_OR_RETURN(const std::vector<ResourcePtr> matches,
                       selection_.FindMatches(context_, StageOf(*common)));
      return RunForAll(context_, method_, *common, matches);
    }
    return RunForFile(context_, method_, resource_, *common, selection_);
  };
}

absl::StatusOr<ExitCode> RunForAll(CliContext& context, const MethodDescriptor& method,
                                   const Message& common,
                                   const std::vector<ResourcePtr>& resources) {
  const bool validate_only = TakeValidateOnly(*Copy(common));
  std::vector<BulkRow> rows;
  for (const ResourcePtr& resource : resources) {
    BulkRow& row = rows.emplace_back(BulkRow{Copy(common), resource});
    TakeValidateOnly(*row.request);
    SetName(*row.request, TextOf(*resource, "name"));
    Guard(*resource, *row.request);
  }
  return RunRows(context, method, std::move(rows), validate_only);
}

absl::StatusOr<ExitCode> RunForNames(CliContext& context, const MethodDescriptor& method,
                                     const Descriptor& resource, const Message& common,
                                     const std::vector<std::string>& names) {
  std::vector<std::unique_ptr<Message>> requests;
  for (const std::string& name : names) {
    requests.push_back(Copy(common));
    SetName(*requests.back(), name);
  }
  return RunRequests(context, method, resource, std::move(requests));
}

absl::StatusOr<ExitCode> RunForFile(CliContext& context, const MethodDescriptor& method,
                                    const Descriptor& resource, const Message& common,
                                    const BulkSelection& selection) {
  const RowFile file = {selection.from_file(), selection.encoding(), selection.clear_empty()};
  ASSIGN_OR_RETURN(auto requests, ReadRows(file, common, resource));
  return RunRequests(context, method, resource, std::move(requests));
}

}  // namespace perennial::cli
