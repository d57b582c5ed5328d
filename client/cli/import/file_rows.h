#ifndef PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/import/csv.h"
#include "client/cli/import/external_ids.h"
#include "client/cli/import/mapping.h"
#include "client/cli/import/set_field.h"
#include "client/cli/import/text_functions.h"
#include "client/cli/import/text_template.h"
#include "internal/import_mapping.pb.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// The CSV files of a folder, each read once.
class CsvFolder {
 public:
  explicit CsvFolder(std::string path) : path_(std::move(path)) {}

  // NOT_FOUND; INVALID_ARGUMENT as CsvTable has it. The table lives as long as the folder.
  absl::StatusOr<const CsvTable*> Read(const std::string& csv, const CsvFormat& format);

 private:
  std::string path_;
  std::map<std::string, CsvTable> tables_;
};

// A row that is not imported.
struct RejectedRow {
  std::string source;
  int64_t line = 0;
  std::string resource_name;
  std::string message;
};

// What became of the rows of a file before any of them is sent:
// read = rows + merged + skipped + rejected.
struct BuiltRows {
  int64_t read = 0;
  int64_t merged = 0;                      // into the row of another line
  std::map<std::string, int64_t> skipped;  // by the reason that the mapping gives
  std::vector<v1::ImportRow> rows;
  std::vector<RejectedRow> rejected;
  std::vector<std::string> unused_columns;

  // Among the rejected ones where an id of the row is another one's.
  void Add(v1::ImportRow row, ExternalIds& ids);
};

// INVALID_ARGUMENT, with its place, where a mapping sets a field that only the server sets.
absl::Status CheckImported(const google::protobuf::FieldDescriptor& field, const MappingNode& node,
                           const std::string& at, int index = -1);

// Makes resources of the rows of a CSV file.
class FileRows {
 public:
  // Reads the files of the mapping and those that its lookups need, and checks the mapping against
  // them: one for each of its files. INVALID_ARGUMENT with the place in the mapping or in the CSV
  // file. All that is given outlives the answer.
  static absl::StatusOr<std::vector<FileRows>> Make(const internal::FileMapping& mapping,
                                                    MappingNode node, CsvFolder& folder,
                                                    const FunctionContext& context);

  const std::string& csv() const { return table_->name(); }
  const std::string& resource() const { return kind_->message_type()->name(); }
  const CsvTable& table() const { return *table_; }
  // Whether resources of this type may refer to one another, so that their order matters.
  bool refers_to_itself() const;

  // The rows of all the files of a mapping; `ids` knows those of the rows before them.
  static BuiltRows Build(const std::vector<FileRows>& block, ExternalIds& ids);

 private:
  struct When {
    TextTemplate text;
    const internal::Condition* condition;
    absl::StatusOr<bool> Holds(const RowValues& row) const;
  };
  struct Skip {
    When when;
    std::string because;
  };
  struct FieldText {
    FieldTarget target;
    TextTemplate text;
    std::string split;
    TextTemplate currency;
    std::optional<When> only_when;
    bool is_sum = false;
    bool clear_when_empty = false;
    bool names_by_id = false;    // a reference, with ids that were made
    bool changes_daily = false;  // the same text is another value tomorrow
  };
  struct Elements {
    const google::protobuf::FieldDescriptor* field;
    std::vector<FieldText> fields;
  };
  struct Finder {
    const CsvTable* table;
    std::string name;
    std::string column;
    TextTemplate text;
    bool required;
    absl::flat_hash_map<std::string, const CsvRecord*> records;
  };
  class Binder;
  class Builder;

  FileRows() = default;
  absl::StatusOr<RowValues> LookUp(const CsvRecord& record) const;
  // The reason for which a row is left out; none where it is not.
  absl::StatusOr<std::optional<std::string>> SkipReason(const RowValues& row) const;
  absl::StatusOr<std::string> NameIn(const RowValues& row) const;
  absl::StatusOr<v1::ImportRow> BuildRow(const std::string& name, const RowValues& row) const;
  // Which text the row's name was made of, and those that it refers to by ids so made.
  absl::Status Identify(const std::string& name, const RowValues& row, v1::ImportRow& built) const;
  // Adds those elements that are not `there`.
  absl::Status AddElements(const RowValues& row, std::set<std::string>& there,
                           v1::Resource& resource) const;
  // What another row of the same name adds.
  absl::Status MergeInto(const RowValues& row, std::set<std::string>& there,
                         v1::ImportRow& built) const;
  // `built` takes what the message cannot say; null for an element of a list.
  static absl::Status SetFields(const std::vector<FieldText>& fields, const RowValues& row,
                                google::protobuf::Message& message, v1::ImportRow* built);
  static absl::Status SetField(const FieldText& field, const RowValues& row,
                               google::protobuf::Message& message, v1::ImportRow* built);

  const CsvTable* table_ = nullptr;
  const google::protobuf::FieldDescriptor* kind_ = nullptr;  // of Resource
  std::vector<Finder> finders_;
  std::vector<Skip> skips_;
  std::optional<TextTemplate> name_;
  std::vector<FieldText> fields_;
  std::vector<Elements> elements_;
  bool merge_rows_ = false;
  bool makes_ids_ = false;
  std::vector<std::string> unused_columns_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_H_
