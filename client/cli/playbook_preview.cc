#include "client/cli/playbook_preview.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/cli/method_command.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "lib/base/status.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::cli {
namespace {

using Effect = v1::PreviewPlaybookResponse::Effect;
using Criteria = std::vector<int>;

constexpr int kPageSize = 1000;
constexpr absl::Duration kPageTimeout = absl::Minutes(2);

// Of one set and not of the other.
Criteria Only(const google::protobuf::RepeatedField<int>& some,
              const google::protobuf::RepeatedField<int>& others) {
  Criteria only;
  std::copy_if(some.begin(), some.end(), std::back_inserter(only), [&others](int criterion) {
    return std::find(others.begin(), others.end(), criterion) == others.end();
  });
  return only;
}

std::string Names(const Criteria& criteria) {
  const auto append = [](std::string* out, int criterion) {
    out->append(v1::Criterion::Type_Name(static_cast<v1::Criterion::Type>(criterion)));
  };
  return absl::StrJoin(criteria, ", ", append);
}

// What becomes of the gate before the renewal.
std::string Gate(const Effect& effect) {
  const Criteria more = Only(effect.unmet_after(), effect.unmet_before());
  const Criteria less = Only(effect.unmet_before(), effect.unmet_after());
  if (more.empty() && less.empty()) return "";
  if (effect.unmet_before().empty()) return absl::StrCat("shut by ", Names(more));
  if (effect.unmet_after().empty()) return absl::StrCat("opened: no longer ", Names(less));
  std::vector<std::string> parts;
  if (!more.empty()) parts.push_back(absl::StrCat("also ", Names(more)));
  if (!less.empty()) parts.push_back(absl::StrCat("no longer ", Names(less)));
  return absl::StrCat("stays shut: ", absl::StrJoin(parts, "; "));
}

std::string Tasks(int created, int updated, int removed) {
  std::vector<std::string> parts;
  if (created > 0) parts.push_back(absl::StrCat("+", created));
  if (updated > 0) parts.push_back(absl::StrCat("~", updated));
  if (removed > 0) parts.push_back(absl::StrCat("-", removed));
  return absl::StrJoin(parts, " ");
}

std::string Tasks(const Effect& effect) {
  return Tasks(effect.created_tasks_size(), effect.updated_tasks_size(),
               effect.removed_tasks_size());
}

// All pages in one.
absl::StatusOr<v1::PreviewPlaybookResponse> AllPages(v1::PreviewPlaybookRequest request,
                                                     CliContext& context) {
  if (request.page_size() == 0) request.set_page_size(kPageSize);
  v1::PreviewPlaybookResponse all;
  do {
    v1::PreviewPlaybookResponse page;
    RETURN_IF_ERROR(
        context.Call(FindMethod("PipelineService.PreviewPlaybook"), request, page, kPageTimeout));
    request.set_page_token(page.next_page_token());
    for (Effect& effect : *page.mutable_effects()) all.add_effects()->Swap(&effect);
    all.set_opportunity_count(all.opportunity_count() + page.opportunity_count());
    all.set_shut_gate_count(all.shut_gate_count() + page.shut_gate_count());
    all.set_opened_gate_count(all.opened_gate_count() + page.opened_gate_count());
  } while (!request.page_token().empty());
  return all;
}

std::string Totals(const v1::PreviewPlaybookResponse& all) {
  int created = 0;
  int updated = 0;
  int removed = 0;
  for (const Effect& effect : all.effects()) {
    created += effect.created_tasks_size();
    updated += effect.updated_tasks_size();
    removed += effect.removed_tasks_size();
  }
  const std::string tasks = Tasks(created, updated, removed);
  return absl::StrCat(
      all.effects_size(), " of ", all.opportunity_count(),
      " open renewals that follow it are hit: ", all.shut_gate_count(), " gates shut, ",
      all.opened_gate_count(), " opened; ",
      tasks.empty() ? "no tasks change" : absl::StrCat("applying it changes tasks: ", tasks));
}

void Print(const v1::PreviewPlaybookResponse& all, CliContext& context) {
  if (context.format == Format::kJson) return PrintMessage(context, all);
  if (context.format == Format::kCsv) {
    PrintCsvHeader(context, {"opportunity", "display_name", "gate", "created_tasks",
                             "updated_tasks", "removed_tasks"});
    for (const Effect& effect : all.effects()) {
      PrintCsvRow(context, {effect.opportunity(), effect.display_name(), Gate(effect),
                            absl::StrCat(effect.created_tasks_size()),
                            absl::StrCat(effect.updated_tasks_size()),
                            absl::StrCat(effect.removed_tasks_size())});
    }
    context.err << Totals(all) << '\n';
    return;
  }
  TextTable table({{"RENEWAL"}, {"TASKS"}, {"GATE"}}, TextTable::Overflow::kWrap);
  for (const Effect& effect : all.effects()) {
    table.AddRow({effect.display_name(), Tasks(effect), Gate(effect)});
  }
  if (!table.empty()) table.Print(context.out, context.width);
  context.out << Totals(all) << '\n';
}

}  // namespace

absl::StatusOr<ExitCode> PreviewPlaybook(CliContext& context,
                                         const google::protobuf::Message& request) {
  ASSIGN_OR_RETURN(const v1::PreviewPlaybookResponse all,
                   AllPages(dynamic_cast<const v1::PreviewPlaybookRequest&>(request), context));
  Print(all, context);
  return kOk;
}

absl::StatusOr<ExitCode> UpdatePlaybook(CliContext& context,
                                        const google::protobuf::Message& request) {
  const auto& update = dynamic_cast<const v1::UpdatePlaybookRequest&>(request);
  v1::Playbook playbook;
  RETURN_IF_ERROR(context.Call(FindMethod("PipelineService.UpdatePlaybook"), update, playbook));
  if (!update.validate_only()) {
    PrintMessage(context, playbook);
    return kOk;
  }
  v1::PreviewPlaybookRequest preview;
  *preview.mutable_playbook() = update.playbook();
  *preview.mutable_update_mask() = update.update_mask();
  ASSIGN_OR_RETURN(const ExitCode code, PreviewPlaybook(context, preview));
  context.err << "nothing was written: this only checked\n";
  return code;
}

}  // namespace perennial::cli
