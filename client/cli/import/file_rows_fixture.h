#ifndef PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_FIXTURE_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/import/file_rows.h"
#include "client/cli/import/import_row.h"

namespace perennial::cli {

// A folder of files, of which mappings make rows on 2025-01-31.
class FileRowsTest : public testing::Test {
 protected:
  FileRowsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "import-XXXXXX").string();
    folder_path_ = mkdtemp(pattern.data());
    folder_.emplace(folder_path_);
    context_.today = absl::CivilDay(2025, 1, 31);
  }
  ~FileRowsTest() override { std::filesystem::remove_all(folder_path_); }

  void Write(const std::string& name, const std::string& content) {
    std::ofstream(std::filesystem::path(folder_path_) / name) << content;
  }

  // Of a mapping with one file.
  absl::StatusOr<std::vector<FileRows>> Make(const std::string& text) {
    absl::StatusOr<Mapping> mapping = Mapping::Parse("m.textproto", text);
    if (!mapping.ok()) return mapping.status();
    mappings_.push_back(*std::move(mapping));
    for (const internal::ValueMap& map : mappings_.back().message().value_maps()) {
      context_.value_maps[map.name()] = map;
    }
    return FileRows::Make(mappings_.back().message().files(0),
                          mappings_.back().root().At("files", 0), *folder_, context_);
  }

  BuiltRows Build(const std::string& text) {
    const absl::StatusOr<std::vector<FileRows>> rows = Make(text);
    EXPECT_TRUE(rows.ok()) << rows.status();
    OtherRows others{{}, SaidElsewhere(std::vector<FieldsOfType>(1))};
    if (!rows.ok()) return {};
    return *FileRows::Build(*rows, others, [this](std::vector<RowKey>& keys) {
      for (RowKey& key : keys) {
        const auto digest = known_.find(key.name);
        key.is_known = digest != known_.end() && digest->second == key.digest;
      }
      return absl::OkStatus();
    });
  }

  // From now on the server knows what the mapping makes of the files.
  void TakeAll(const std::string& text) {
    for (const v1::ImportRow& row : Build(text).rows) known_[NameOf(row)] = row.digest();
  }

  std::string ErrorOf(const std::string& text) {
    return std::string(Make(text).status().message());
  }

  static std::vector<std::string> Texts(const BuiltRows& built) {
    std::vector<std::string> texts;
    for (const v1::ImportRow& row : built.rows) texts.push_back(row.resource().ShortDebugString());
    return texts;
  }

  static std::vector<std::pair<int64_t, std::string>> Rejected(const BuiltRows& built) {
    std::vector<std::pair<int64_t, std::string>> lines;
    for (const RejectedRow& row : built.rejected) lines.emplace_back(row.line, row.message);
    return lines;
  }

  std::string folder_path_;
  std::optional<CsvFolder> folder_;
  FunctionContext context_;
  std::vector<Mapping> mappings_;
  std::map<std::string, uint64_t> known_;  // to the server: by name, the digest
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_FIXTURE_H_
