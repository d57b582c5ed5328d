#ifndef PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/import/csv.h"
#include "client/cli/import/external_ids.h"
#include "client/cli/import/mapping.h"
#include "client/cli/import/said_elsewhere.h"
#include "client/cli/import/set_field.h"
#include "client/cli/import/text_functions.h"
#include "client/cli/import/text_template.h"
#include "google/protobuf/message.h"
#include "internal/import_mapping.pb.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// The CSV files of a folder, each read once.
class CsvFolder {
 public:
  explicit CsvFolder(std::string path) : path_(std::move(path)) {}

  // NOT_FOUND; INVALID_ARGUMENT as CsvTable has it. The table lives as long as the folder.
  absl::StatusOr<const CsvTable*> Read(const std::string& csv, const CsvFormat& format);

  // Of the files that were read.
  std::vector<std::string> Paths() const;

 private:
  std::string PathOf(const std::string& csv) const;

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

// A source and a line in it.
using Place = std::pair<std::string, int64_t>;

// A resource that lines speak of, as it is told to the server that asks whether they say anything
// new.
struct RowKey {
  std::string name;
  uint64_t digest = 0;  // of all that the lines say, and of how it is read; never 0
  bool is_known = false;
};

// What the rows of an import so far say.
struct OtherRows {
  ExternalIds ids;
  SaidElsewhere said;
  size_t block = 0;  // that is being built
};

// Sets is_known of those that the server took before.
using FindKnown = absl::FunctionRef<absl::Status(std::vector<RowKey>&)>;

// What became of the rows of a file before any of them is sent:
// read = rows + known + merged + skipped + rejected.
struct BuiltRows {
  int64_t read = 0;
  int64_t known = 0;                       // to the server already, and so not made
  int64_t merged = 0;                      // into the row of another line
  std::map<std::string, int64_t> skipped;  // by the reason that the mapping gives
  std::vector<v1::ImportRow> rows;
  std::vector<RejectedRow> rejected;
  std::vector<std::string> unused_columns;
  // Names of rejected rows of which it is not clear who is meant.
  std::vector<std::string> unclear;
  // Where a row is made of several lines: those behind its first one, for the case that the server
  // rejects it.
  std::map<Place, std::vector<RejectedRow>> further_lines;
};

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
  // Of the files in which rows are looked up.
  std::vector<const CsvTable*> LookedUp() const;
  // Whether resources of this type may refer to one another, so that their order matters.
  bool refers_to_itself() const;

  // Those of the fields that the mapping sets that have one value.
  std::set<std::string> SingleFields() const;
  // Other blocks set these of them, too.
  void set_shared(std::set<std::string> fields) { shared_ = std::move(fields); }

  // The rows of all the files of a mapping; `others` knows those before them. Lines that
  // say nothing new cost little: nothing is made of them. Fails as find_known does.
  static absl::StatusOr<BuiltRows> Build(const std::vector<FileRows>& block, OtherRows& others,
                                         FindKnown find_known);

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
    // Of which functions the server is told what they were given.
    FunctionKind told = FunctionKind::kPlain;
    size_t first = 0;  // of those with the same path, among the fields of the mapping

    // Whether each line of a resource adds to it.
    bool adds() const { return is_sum || target.is_repeated(); }
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
  // What lines say of a field: an empty text says something only where it clears.
  enum class Said : uint8_t { kNothing, kEmpty, kGiven };
  using SaidFields = absl::InlinedVector<Said, 16>;
  enum class Fields : uint8_t {
    kAll,
    kCompared,  // with those of other rows
  };
  // A resource, of as many lines as have been added.
  struct Made {
    v1::ImportRow row;
    Fields fields = Fields::kAll;
    int lines = 0;
    SaidFields said;
    std::set<std::string> elements;
  };
  class Binder;
  class Builder;

  FileRows() = default;
  // Also where something is wrong, as far as it can be told: empty where nothing can.
  absl::Status LookUp(const CsvRecord& record, RowValues& row) const;
  // The reason for which a row is left out; none where it is not.
  absl::StatusOr<std::optional<std::string>> SkipReason(const RowValues& row) const;
  // `source` becomes what it was made of, where that is another text.
  absl::StatusOr<std::string> NameIn(const RowValues& row, std::string& source) const;
  // Of all that is looked at in a line, behind those before it.
  uint64_t AddToDigest(const RowValues& row, uint64_t digest) const;
  // Whether what rows say there is compared with other rows: what resources are called in other
  // systems, and what other blocks say, too.
  bool IsCompared(const FieldText& field) const;
  bool ComparesSome() const;
  Made Begin(const std::string& name, int64_t line) const;
  // Adds what a line says to what those before it said.
  absl::Status AddLine(const RowValues& row, Made& made) const;
  // Once all lines have been added: which of the fields are empty, 0 or false.
  void SayEmptyFields(Made& made) const;
  absl::Status AddFields(const RowValues& row, Made& made) const;
  // Adds those elements that are not there.
  absl::Status AddElements(const RowValues& row, Made& made) const;
  google::protobuf::Message& MessageIn(v1::ImportRow& row) const;
  // `built` takes what the message cannot say.
  static absl::StatusOr<Said> SetField(const FieldText& field, const RowValues& row,
                                       google::protobuf::Message& message, v1::ImportRow& built);

  const CsvTable* table_ = nullptr;
  const google::protobuf::FieldDescriptor* kind_ = nullptr;  // of Resource
  std::vector<Finder> finders_;
  std::vector<Skip> skips_;
  std::optional<TextTemplate> name_;
  std::vector<FieldText> fields_;
  std::vector<Elements> elements_;
  std::vector<ColumnScope::Column> used_;
  std::set<std::string> shared_;
  uint64_t mapping_digest_ = 0;
  bool merge_rows_ = false;
  bool makes_ids_ = false;
  std::vector<std::string> unused_columns_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_FILE_ROWS_H_
