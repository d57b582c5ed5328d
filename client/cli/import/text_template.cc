#include "client/cli/import/text_template.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/status.h"

namespace perennial::cli {

absl::StatusOr<ColumnScope::Column> ColumnScope::Find(absl::string_view name) const {
  for (size_t i = 0; i < tables_.size(); ++i) {
    absl::string_view column = name;
    if (i > 0 && !absl::ConsumePrefix(&column, tables_[i].name + ".")) continue;
    const std::optional<int> index = tables_[i].csv->FindColumn(column);
    if (index.has_value()) return Column{i, static_cast<size_t>(*index)};
  }
  std::vector<std::string> names;
  for (const Table& table : tables_) {
    names.push_back(table.csv->ColumnList(table.name.empty() ? "" : absl::StrCat(table.name, ".")));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no column \"", name, "\"; there are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<TextTemplate::Step> TextTemplate::ParseStep(absl::string_view call,
                                                           const ColumnScope& scope,
                                                           const FunctionContext& context) {
  Step step;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(call, absl::MaxSplits(':', 1));
  step.column_function = FindColumnFunction(parts.first);
  if (step.column_function != nullptr) {
    ASSIGN_OR_RETURN(step.other, scope.Find(parts.second));
  } else {
    ASSIGN_OR_RETURN(step.function, MakeTextFunction(call, context));
    step.kind = KindOfFunction(call);
  }
  return step;
}

absl::StatusOr<TextTemplate> TextTemplate::Parse(absl::string_view text, const ColumnScope& scope,
                                                 const FunctionContext& context) {
  TextTemplate result;
  Piece piece;
  while (!text.empty()) {
    const size_t brace = text.find_first_of("{}");
    absl::StrAppend(&piece.text, text.substr(0, brace));
    if (brace == absl::string_view::npos) break;
    const absl::string_view rest = text.substr(brace);
    if (absl::StartsWith(rest, "{{") || absl::StartsWith(rest, "}}")) {
      piece.text.push_back(rest[0]);
      text = rest.substr(2);
      continue;
    }
    const size_t end = rest.find('}');
    if (rest[0] == '}' || end == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          "a brace is not closed, or not opened: {{ and }} are "
          "braces as such");
    }
    const std::vector<absl::string_view> parts = absl::StrSplit(rest.substr(1, end - 1), '|');
    piece.column_name = std::string(parts[0]);
    ASSIGN_OR_RETURN(piece.column, scope.Find(parts[0]));
    for (size_t i = 1; i < parts.size(); ++i) {
      ASSIGN_OR_RETURN(Step step, ParseStep(parts[i], scope, context));
      piece.steps.push_back(std::move(step));
    }
    result.pieces_.push_back(std::move(piece));
    piece = Piece();
    text = rest.substr(end + 1);
  }
  if (!piece.text.empty()) result.pieces_.push_back(std::move(piece));
  return result;
}

absl::StatusOr<std::string> TextTemplate::Value(const Piece& piece, const RowValues& row,
                                                FunctionKind kind,
                                                std::optional<std::string>* given) {
  std::string value(ValueIn(row, piece.column));
  for (const Step& step : piece.steps) {
    if (given != nullptr && step.kind == kind && !given->has_value() && !value.empty()) {
      *given = value;
    }
    absl::StatusOr<std::string> result =
        step.column_function == nullptr ? step.function(value)
                                        : (*step.column_function)(value, ValueIn(row, step.other));
    if (!result.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("column \"", piece.column_name, "\": ", result.status().message()));
    }
    value = *std::move(result);
  }
  return value;
}

namespace {

// What was given stands at the place of what was made of it in a name: parts are told apart by
// slashes.
std::string Marked(std::string given, absl::string_view made) {
  const auto slashes = [](absl::string_view text) {
    return std::count(text.begin(), text.end(), '/');
  };
  if (slashes(given) != slashes(made)) given = absl::StrReplaceAll(given, {{"/", "\u2215"}});
  return std::string(1, TextTemplate::kMark) + given;
}

}  // namespace

absl::StatusOr<std::string> TextTemplate::Evaluate(const RowValues& row, FunctionKind kind,
                                                   std::string* source) const {
  std::string text;
  if (source != nullptr) source->clear();
  for (const Piece& piece : pieces_) {
    std::string value;
    std::optional<std::string> given;
    if (!piece.column_name.empty()) {
      ASSIGN_OR_RETURN(value, Value(piece, row, kind, source == nullptr ? nullptr : &given));
    }
    absl::StrAppend(&text, piece.text, value);
    if (source == nullptr) continue;
    if (given.has_value() && kind == FunctionKind::kBlurs) given = Marked(*given, value);
    absl::StrAppend(source, piece.text, given.has_value() ? *given : value);
  }
  return text;
}

bool TextTemplate::Has(FunctionKind kind) const {
  return std::any_of(pieces_.begin(), pieces_.end(), [kind](const Piece& piece) {
    return std::any_of(piece.steps.begin(), piece.steps.end(),
                       [kind](const Step& step) { return step.kind == kind; });
  });
}

std::vector<ColumnScope::Column> TextTemplate::Columns() const {
  std::vector<ColumnScope::Column> columns;
  for (const Piece& piece : pieces_) {
    if (piece.column_name.empty()) continue;
    columns.push_back(piece.column);
    for (const Step& step : piece.steps) {
      if (step.column_function != nullptr) columns.push_back(step.other);
    }
  }
  return columns;
}

}  // namespace perennial::cli
