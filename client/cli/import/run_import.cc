#include "client/cli/import/run_import.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/cli/import/external_ids.h"
#include "client/cli/import/file_rows.h"
#include "client/cli/import/import_row.h"
#include "client/cli/import/imported_fields.h"
#include "client/cli/import/importer.h"
#include "client/cli/import/mapping.h"
#include "client/cli/import/rejects_file.h"
#include "client/cli/import/visible_text.h"
#include "client/cli/undo_hint.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "perennial/client/clock_client.h"

namespace perennial::cli {
namespace {

// How long an import runs before it shows its progress.
constexpr absl::Duration kQuietTime = absl::Seconds(1);

absl::StatusOr<FunctionContext> MakeContext(const Mapping& mapping,
                                            const client::ClockClient& clock) {
  FunctionContext context;
  ASSIGN_OR_RETURN(const v1::ClockTime time, clock.GetTime({}));
  context.today = absl::ToCivilDay(ToTime(time.time()), absl::UTCTimeZone());
  for (int i = 0; i < mapping.message().value_maps_size(); ++i) {
    const internal::ValueMap& map = mapping.message().value_maps(i);
    if (!context.value_maps.emplace(map.name(), map).second) {
      return mapping.root().At("value_maps", i).Error("name", "stands twice");
    }
  }
  return context;
}

// A stream takes as long as it takes.
client::CallOptions StreamOptions(client::CallOptions options) {
  options.timeout.reset();
  return options;
}

// Shows how many rows of a file the server has answered to.
class Progress {
 public:
  explicit Progress(std::ostream* stream) : stream_(stream), start_(absl::Now()) {}

  void Begin(const std::string& file, int64_t rows) {
    file_ = file;
    rows_ = rows;
  }
  void Show(int64_t answered) {
    if (stream_ == nullptr || absl::Now() - start_ < kQuietTime) return;
    const std::string line = absl::StrCat(file_, ": ", answered, " of ", rows_, " rows");
    *stream_ << '\r' << line << std::string(shown_ > line.size() ? shown_ - line.size() : 0, ' ')
             << std::flush;
    shown_ = line.size();
  }
  void End() {
    if (shown_ > 0) *stream_ << '\r' << std::string(shown_, ' ') << '\r' << std::flush;
    shown_ = 0;
  }

 private:
  std::ostream* const stream_;
  const absl::Time start_;
  std::string file_;
  int64_t rows_ = 0;
  size_t shown_ = 0;
};

// The resources that stand in the mapping itself.
BuiltRows RowsOf(const Mapping& mapping, ExternalIds& ids) {
  BuiltRows built;
  for (int i = 0; i < mapping.message().resources_size(); ++i) {
    v1::ImportRow row;
    row.set_source(mapping.name());
    row.set_line(mapping.root().At("resources", i).line());
    *row.mutable_resource() = mapping.message().resources(i);
    const absl::Status status = ids.Take(row);
    if (status.ok()) {
      built.rows.push_back(std::move(row));
    } else {
      built.rejected.push_back(
          {row.source(), row.line(), NameOf(row), std::string(status.message())});
      built.unclear.push_back(NameOf(row));
    }
  }
  built.read = mapping.message().resources_size();
  return built;
}

// Imports one source of rows after the other, and tells what became of them.
class Run {
 public:
  Run(const ImportOptions& options, const std::string& origin,
      const std::shared_ptr<client::Connection>& connection,
      const client::CallOptions& call_options, std::ostream& out, std::ostream* progress)
      : options_(options),
        out_(out),
        progress_(progress),
        importer_(
            connection, StreamOptions(call_options),
            {options.chunk_size, options.dry_run, options.strict, origin, options.on_conflict,
             run_id_, options.reason, [this](int64_t answered) { progress_.Show(answered); }}) {}

  absl::Status Import(const std::string& source, const std::string& resource, BuiltRows built,
                      bool in_order) {
    order_.emplace(source, order_.size());
    progress_.Begin(source, static_cast<int64_t>(built.rows.size()));
    SentRows sent;
    importer_.HoldBackBelow(built.unclear);
    const absl::Status status = importer_.Send(std::move(built.rows), in_order, sent);
    progress_.End();
    RejectFurtherLines(sent, built);
    Report(source, resource, built, sent);
    for (auto* rejected : {&built.rejected, &sent.rejected}) {
      std::move(rejected->begin(), rejected->end(), std::back_inserter(rejected_));
    }
    std::move(sent.conflicts.begin(), sent.conflicts.end(), std::back_inserter(conflicts_));
    held_back_ += sent.held_back;
    written_ += sent.created + sent.updated;
    return status;
  }

  // Rows of a file that is looked up, and no more than that, which nobody finds.
  void RejectUnreadable(const CsvTable& table) {
    const size_t before = rejected_.size();
    for (const CsvRecord& record : table.records()) {
      const absl::Status status = table.CheckRecord(record);
      if (status.ok()) continue;
      rejected_.push_back(
          {table.name(), record.line, "", absl::StrCat("cannot be looked up: ", status.message())});
    }
    if (rejected_.size() == before) return;
    tables_[table.name()] = &table;
    order_.emplace(table.name(), order_.size());
    out_ << table.name() << ", looked up: " << table.records().size()
         << " read: " << rejected_.size() - before << " rejected\n";
  }

  // Makes the rows of a block of files.
  absl::StatusOr<BuiltRows> Build(const std::vector<FileRows>& block, OtherRows& others) const {
    return FileRows::Build(block, others,
                           [this](std::vector<RowKey>& rows) { return importer_.FindKnown(rows); });
  }

  // Imports them.
  absl::Status Import(const std::vector<FileRows>& block, BuiltRows built) {
    std::vector<std::string> names;
    for (const FileRows& file : block) {
      names.push_back(file.csv());
      tables_[file.csv()] = &file.table();
      order_.emplace(file.csv(), order_.size());
    }
    return Import(absl::StrJoin(names, ", "), block.front().resource(), std::move(built),
                  block.front().refers_to_itself());
  }

  // Writes the rejected rows to the file, where there is one.
  absl::StatusOr<ImportSummary> Finish(std::optional<RejectsFile>& rejects) {
    std::stable_sort(rejected_.begin(), rejected_.end(),
                     [this](const RejectedRow& a, const RejectedRow& b) { return Before(a, b); });
    ShowRejected();
    ShowConflicts();
    if (written_ > 0 && !options_.dry_run && options_.notes != nullptr) {
      *options_.notes << UndoHint({run_id_});
    }
    if (rejects.has_value()) RETURN_IF_ERROR(rejects->Write(rejected_, tables_));
    return ImportSummary{static_cast<int64_t>(rejected_.size()), held_back_,
                         static_cast<int64_t>(conflicts_.size())};
  }

 private:
  // Sources in the order in which they were imported, and lines within them.
  bool Before(const RejectedRow& a, const RejectedRow& b) const {
    const auto place = [this](const RejectedRow& row) {
      const auto found = order_.find(row.source);
      return std::make_pair(found == order_.end() ? 0 : found->second, row.line);
    };
    return place(a) < place(b);
  }

  // What was made of several lines is rejected with all of them.
  static void RejectFurtherLines(const SentRows& sent, BuiltRows& built) {
    for (const RejectedRow& rejected : sent.rejected) {
      const auto further = built.further_lines.find({rejected.source, rejected.line});
      if (further == built.further_lines.end()) continue;
      built.merged -= static_cast<int64_t>(further->second.size());
      for (const RejectedRow& row : further->second) built.rejected.push_back(row);
    }
  }

  void Report(const std::string& source, const std::string& resource, const BuiltRows& built,
              const SentRows& sent) {
    int64_t skipped = 0;
    for (const auto& [reason, count] : built.skipped) skipped += count;
    out_ << source << " -> " << resource << ": " << built.read << " read: " << sent.created
         << (options_.dry_run ? " to create, " : " created, ") << sent.updated
         << (options_.dry_run ? " to update, " : " updated, ") << built.known + sent.unchanged
         << " unchanged, ";
    const auto some = [this](int64_t count, const char* what) {
      if (count > 0) out_ << count << what;
    };
    some(built.merged, " merged into others, ");
    some(sent.held_back, " held back, ");
    some(static_cast<int64_t>(sent.conflicts.size()), " conflicts, ");
    out_ << skipped << " skipped, " << built.rejected.size() + sent.rejected.size()
         << " rejected\n";
    for (const auto& [reason, count] : built.skipped) {
      out_ << "  skipped " << count << ": " << (reason.empty() ? "no reason given" : reason)
           << "\n";
    }
    if (!built.unused_columns.empty()) {
      out_ << "  columns not used: " << Visible(absl::StrJoin(built.unused_columns, ", ")) << "\n";
    }
  }

  void ShowRejected() {
    const size_t shown = std::min<size_t>(rejected_.size(), options_.rejects_shown);
    for (size_t i = 0; i < shown; ++i) {
      const RejectedRow& row = rejected_[i];
      out_ << Visible(absl::StrCat(row.source, ":", row.line, ": ", row.resource_name,
                                   row.resource_name.empty() ? "" : ": ", row.message))
           << "\n";
    }
    if (shown < rejected_.size()) {
      out_ << "and " << rejected_.size() - shown << " more rejected rows"
           << (options_.rejects_file.empty() ? ": --rejects=FILE lists all of them\n" : "\n");
    }
  }

  void ShowConflicts() {
    const size_t shown = std::min<size_t>(conflicts_.size(), options_.rejects_shown);
    for (size_t i = 0; i < shown; ++i) {
      const v1::ImportResponse::Conflict& conflict = conflicts_[i];
      out_ << Visible(absl::StrCat(conflict.source(), ":", conflict.line(), ": ",
                                   conflict.resource_name(), ": ", Describe(conflict)))
           << "\n";
    }
    if (shown == conflicts_.size()) return;
    out_ << "and " << conflicts_.size() - shown
         << " more conflicts: --rejects-shown=NUMBER shows more\n";
  }

  static std::string Describe(const v1::ImportResponse::Conflict& conflict) {
    if (conflict.field() == "name") {
      return "was deleted here, and is another in the file: not made again";
    }
    return absl::StrCat(conflict.field(), " is \"", conflict.here(), "\" here and \"",
                        conflict.there(),
                        "\" in the file: ", conflict.taken() ? "the file's is taken" : "kept",
                        conflict.why().empty() ? "" : ", for ", conflict.why());
  }

  const ImportOptions& options_;
  const std::string run_id_ = NewRequestId();
  std::ostream& out_;
  Progress progress_;
  Importer importer_;
  std::map<std::string, size_t> order_;
  RejectsFile::Tables tables_;
  std::vector<RejectedRow> rejected_;
  std::vector<v1::ImportResponse::Conflict> conflicts_;
  int64_t held_back_ = 0;
  int64_t written_ = 0;
};

// They are what can be imported, and set nothing that only the server sets.
absl::Status CheckResources(const Mapping& mapping) {
  for (int i = 0; i < mapping.message().resources_size(); ++i) {
    const v1::Resource& resource = mapping.message().resources(i);
    const auto* kind = v1::Resource::GetReflection()->GetOneofFieldDescriptor(
        resource, v1::Resource::descriptor()->oneof_decl(0));
    if (kind == nullptr) continue;
    const MappingNode at = mapping.root().At("resources", i);
    const auto& kinds = ImportedKinds();
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      return at.Error(kind->name(), absl::StrCat("must be one of ", ImportedTypeList()));
    }
    const auto& message = v1::Resource::GetReflection()->GetMessage(resource, kind);
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const auto* field : fields) {
      if (field->name() == "name") continue;
      RETURN_IF_ERROR(CheckImported(*field, at.At(kind->name()), field->name()));
    }
  }
  return absl::OkStatus();
}

// Of which the rows are: "crm" of crm.textproto.
std::string OriginOf(const Mapping& mapping) {
  if (!mapping.message().origin().empty()) return mapping.message().origin();
  return std::filesystem::path(mapping.name()).stem().string();
}

// Those of files that are imported are rejected there.
void RejectUnreadable(const std::vector<std::vector<FileRows>>& blocks, Run& run) {
  std::set<const CsvTable*> told;
  for (const std::vector<FileRows>& block : blocks) {
    for (const FileRows& file : block) told.insert(&file.table());
  }
  for (const std::vector<FileRows>& block : blocks) {
    for (const CsvTable* table : block.front().LookedUp()) {
      if (told.insert(table).second) run.RejectUnreadable(*table);
    }
  }
}

// Knows which fields several blocks set.
OtherRows NoRowsYet(std::vector<std::vector<FileRows>>& blocks) {
  std::vector<FieldsOfType> fields;
  for (const std::vector<FileRows>& block : blocks) {
    fields.emplace_back(block.front().resource(), block.front().SingleFields());
  }
  OtherRows others{{}, SaidElsewhere(fields)};
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (FileRows& file : blocks[i]) file.set_shared(others.said.SharedBy(i));
  }
  return others;
}

absl::Status ImportAll(const Mapping& mapping, std::vector<std::vector<FileRows>>& blocks,
                       Run& run) {
  OtherRows others = NoRowsYet(blocks);
  BuiltRows built = RowsOf(mapping, others.ids);
  std::future<absl::Status> sending = std::async(std::launch::async, [&]() -> absl::Status {
    if (built.read == 0) return absl::OkStatus();
    return run.Import(mapping.name(), "resources", std::move(built), /*in_order=*/true);
  });
  // While the rows of a block are sent those of the next one are made.
  for (const std::vector<FileRows>& block : blocks) {
    absl::StatusOr<BuiltRows> next = run.Build(block, others);
    ++others.block;
    RETURN_IF_ERROR(sending.get());
    ASSIGN_OR_RETURN(built, std::move(next));
    sending = std::async(std::launch::async,
                         [&run, &block, &built] { return run.Import(block, std::move(built)); });
  }
  return sending.get();
}

}  // namespace

absl::StatusOr<ImportSummary> RunImport(const ImportOptions& options,
                                        const std::shared_ptr<client::Connection>& connection,
                                        const client::CallOptions& call_options, std::ostream& out,
                                        std::ostream* progress) {
  ASSIGN_OR_RETURN(const Mapping mapping, Mapping::Read(options.mapping));
  ASSIGN_OR_RETURN(const FunctionContext context,
                   MakeContext(mapping, client::ClockClient(connection, call_options)));
  CsvFolder folder(options.folder);
  std::vector<std::vector<FileRows>> blocks;
  for (int i = 0; i < mapping.message().files_size(); ++i) {
    ASSIGN_OR_RETURN(
        blocks.emplace_back(),
        FileRows::Make(mapping.message().files(i), mapping.root().At("files", i), folder, context));
  }
  RETURN_IF_ERROR(CheckResources(mapping));
  std::optional<RejectsFile> rejects;
  if (!options.rejects_file.empty()) {
    std::vector<std::string> read = folder.Paths();
    read.push_back(options.mapping);
    ASSIGN_OR_RETURN(rejects, RejectsFile::Open(options.rejects_file, read));
  }
  Run run(options, OriginOf(mapping), connection, call_options, out, progress);
  RejectUnreadable(blocks, run);
  const absl::Status status = ImportAll(mapping, blocks, run);
  ASSIGN_OR_RETURN(const ImportSummary summary, run.Finish(rejects));
  RETURN_IF_ERROR(status);
  return summary;
}

}  // namespace perennial::cli
