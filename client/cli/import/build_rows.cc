// Makes the rows of a block of files: finds out which resource each line is of, has the server
// asked which of them say anything new, and makes those.

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/import/file_rows.h"
#include "client/cli/import/identities.h"
#include "client/cli/import/import_row.h"
#include "lib/base/status.h"

namespace perennial::cli {

class FileRows::Builder {
 public:
  void Find(const FileRows& file) {
    for (const CsvRecord& record : file.table_->records()) {
      ++built_.read;
      std::string name;
      const absl::Status status = Find(file, record, name);
      if (!status.ok()) Reject({&file, &record, true}, name, status.message());
    }
  }

  absl::Status Ask(FindKnown find_known) { return find_known(keys_); }

  BuiltRows Make(OtherRows& others) && {
    // What the server knows already has its ids before what it does not know.
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (IsGood(found_[i]) && keys_[i].is_known) PassOver(keys_[i], found_[i], others);
    }
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (!IsGood(found_[i]) || !keys_[i].is_known) Make(keys_[i], found_[i], others);
    }
    return std::move(built_);
  }

 private:
  struct Line {
    const FileRows* file;
    const CsvRecord* record;
    bool is_wrong;
  };
  // The lines of a resource.
  struct Found {
    absl::InlinedVector<Line, 1> lines;
    Identities identities;
  };

  // What is wrong with the line.
  absl::Status Find(const FileRows& file, const CsvRecord& record, std::string& name) {
    RowValues row;
    absl::Status status = file.LookUp(record, row);
    if (row.empty()) return status;
    const absl::StatusOr<std::optional<std::string>> reason = file.SkipReason(row);
    if (reason.ok() && reason->has_value()) {
      if (status.ok()) ++built_.skipped[**reason];
      return status;
    }
    status.Update(reason.status());
    std::string source;
    absl::StatusOr<std::string> made_name = file.NameIn(row, source);
    status.Update(made_name.status());
    if (!made_name.ok()) return status;
    name = *std::move(made_name);
    Identities identities;
    status.Update(AddIdentities(name, source, identities));
    status.Update(Add({&file, &record, !status.ok()}, row, name, std::move(identities)));
    return status;
  }

  // Where something is known to be wrong with the line it is one of that resource all the same.
  absl::Status Add(Line line, const RowValues& row, const std::string& name,
                   Identities identities) {
    const FileRows& file = *line.file;
    const auto [place, is_new] = places_.emplace(name, keys_.size());
    if (is_new) {
      keys_.push_back({name, file.mapping_digest_});
      found_.push_back({{}, std::move(identities)});
    } else {
      const Line& first = found_[place->second].lines.front();
      RETURN_IF_ERROR(CheckSame(found_[place->second].identities, first.record->line, identities));
      if (!file.merge_rows_) {
        return absl::InvalidArgumentError(
            absl::StrCat("the row of ", PlaceOf(first, file), " has the same name"));
      }
    }
    RowKey& key = keys_[place->second];
    key.digest = std::max<uint64_t>(file.AddToDigest(row, key.digest), 1);
    found_[place->second].lines.push_back(line);
    return absl::OkStatus();
  }

  // It says nothing new. Other rows may say that they are it, or otherwise of it.
  void PassOver(const RowKey& key, Found& found, OtherRows& others) {
    if (found.lines.front().file->ComparesSome()) {
      const v1::ImportRow row = MakeOf(key, found, Fields::kCompared);
      others.ids.Take(row).IgnoreError();
      const absl::Status status = others.said.Take(others.block, row);
      if (!status.ok()) {
        for (const Line& line : found.lines) Reject(line, key.name, status.message());
        return;
      }
    }
    built_.known += static_cast<int64_t>(found.lines.size());
  }

  // What lacks a line, or has a wrong one, is another resource: a sum without one of its parts.
  void Make(const RowKey& key, Found& found, OtherRows& others) {
    v1::ImportRow made = MakeOf(key, found, Fields::kAll);
    auto wrong = std::find_if(found.lines.begin(), found.lines.end(), IsWrong);
    if (wrong == found.lines.end()) {
      const absl::Status is_clear = others.ids.Take(made);
      absl::Status status = is_clear;
      if (status.ok()) status = others.said.Take(others.block, made);
      if (status.ok()) {
        KeepFurtherLines(key, found);
        built_.rows.push_back(std::move(made));
        return;
      }
      wrong = found.lines.begin();
      wrong->is_wrong = true;
      Reject(*wrong, key.name, status.message());
      if (!is_clear.ok()) built_.unclear.push_back(key.name);
    }
    for (const Line& line : found.lines) {
      if (!line.is_wrong) built_.rejected.push_back(RejectedWith(*wrong, line, key.name));
    }
  }

  void KeepFurtherLines(const RowKey& key, const Found& found) {
    const size_t count = found.lines.size() - 1;
    if (count == 0) return;
    built_.merged += static_cast<int64_t>(count);
    const Line& first = found.lines.front();
    std::vector<RejectedRow>& further =
        built_.further_lines[{first.file->csv(), first.record->line}];
    for (size_t i = 1; i <= count; ++i) {
      further.push_back(RejectedWith(first, found.lines[i], key.name));
    }
  }

  static RejectedRow RejectedWith(const Line& wrong, const Line& line, const std::string& name) {
    return {line.file->csv(), line.record->line, name,
            absl::StrCat("is of the same resource as ", PlaceOf(wrong, *line.file),
                         ", which is rejected")};
  }

  // Rejects the lines of which no part of it can be made.
  v1::ImportRow MakeOf(const RowKey& key, Found& found, Fields fields) {
    const Line& first = found.lines.front();
    Made made = first.file->Begin(key.name, first.record->line);
    made.fields = fields;
    made.row.set_digest(key.digest);
    made.row.mutable_identities()->Swap(&found.identities);
    for (Line& line : found.lines) {
      if (line.is_wrong) continue;
      RowValues row;
      absl::Status status = line.file->LookUp(*line.record, row);
      if (status.ok()) status = line.file->AddLine(row, made);
      if (status.ok()) continue;
      line.is_wrong = true;
      Reject(line, key.name, status.message());
    }
    first.file->SayEmptyFields(made);
    return std::move(made.row);
  }

  static bool IsWrong(const Line& line) { return line.is_wrong; }
  static bool IsGood(const Found& found) {
    return std::none_of(found.lines.begin(), found.lines.end(), IsWrong);
  }

  void Reject(const Line& line, const std::string& name, absl::string_view why) {
    built_.rejected.push_back({line.file->csv(), line.record->line, name, std::string(why)});
  }

  static std::string PlaceOf(const Line& line, const FileRows& seen_from) {
    const std::string& csv = line.file->csv();
    return absl::StrCat("line ", line.record->line,
                        csv == seen_from.csv() ? "" : absl::StrCat(" of ", csv));
  }

  BuiltRows built_;
  // Resources in the order of their first lines.
  std::vector<RowKey> keys_;
  std::vector<Found> found_;
  absl::flat_hash_map<std::string, size_t> places_;
};

absl::StatusOr<BuiltRows> FileRows::Build(const std::vector<FileRows>& block, OtherRows& others,
                                          FindKnown find_known) {
  Builder builder;
  for (const FileRows& file : block) builder.Find(file);
  RETURN_IF_ERROR(builder.Ask(find_known));
  BuiltRows built = std::move(builder).Make(others);
  built.unused_columns = block.front().unused_columns_;
  return built;
}

}  // namespace perennial::cli
