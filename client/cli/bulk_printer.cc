#include "client/cli/bulk_printer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/display_width.h"
#include "client/cli/field_changes.h"
#include "client/cli/printer.h"
#include "client/cli/text_table.h"
#include "google/protobuf/wrappers.pb.h"
#include "lib/base/json.h"

namespace perennial::cli {
namespace {

constexpr size_t kMostOfValue = 40;  // columns of a terminal
constexpr size_t kLeastForChange = 30;
constexpr size_t kGap = 2;

std::string Shortened(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  return absl::StrCat(FirstColumns(text, width - 1), "…");
}

// "next_step: – → Call them"
std::string ChangeText(const FieldChange& change, size_t most) {
  const auto value = [most](const std::string& text) {
    return text.empty() ? "–" : Shortened(text, most);
  };
  return absl::StrCat(change.path, ": ", value(change.before), " → ", value(change.after));
}

// "accounts/acme/opportunities/2025" where it fits; else whose it is and which: "acme/…/2025".
std::string ShortName(const std::string& name, size_t width) {
  if (DisplayWidth(name) <= width) return name;
  const std::vector<std::string> segments = absl::StrSplit(name, '/');
  const std::string ids =
      segments.size() > 3 ? absl::StrCat(segments[1], "/…/", segments.back()) : name;
  if (DisplayWidth(ids) <= width) return ids;
  return absl::StrCat("…", LastColumns(ids, width - 1));
}

std::vector<FieldChange> ChangesOf(const BulkResult& result, TextStyle style) {
  if (result.before == nullptr || result.after == nullptr) return {};
  return ChangesBetween(*result.before, *result.after, style);
}

// Whether it is known that nothing came of it.
bool IsUnchanged(const BulkResult& result) {
  return result.before != nullptr && result.after != nullptr &&
         ChangesOf(result, TextStyle::kExact).empty();
}

std::string Outcome(const BulkResult& result, bool validate_only) {
  if (result.error.has_value()) return result.error->reason();
  if (IsUnchanged(result)) return "as it is";
  return validate_only ? "would change" : "changed";
}

// As many of the changes as fit into one line, and how many more there are.
std::string ChangesInOneLine(const BulkResult& result, size_t width) {
  const std::vector<FieldChange> changes = ChangesOf(result, TextStyle::kDisplay);
  std::string line;
  for (size_t i = 0; i < changes.size(); ++i) {
    std::string next = absl::StrCat(line, i > 0 ? "; " : "", ChangeText(changes[i], kMostOfValue));
    const size_t left = changes.size() - i - 1;
    const size_t for_rest = left > 0 ? absl::StrCat("; +", left).size() : 0;
    if (width > 0 && DisplayWidth(next) + for_rest > width) {
      if (i > 0) return absl::StrCat(line, "; +", left + 1);
      return absl::StrCat(Shortened(next, width - for_rest),
                          left > 0 ? absl::StrCat("; +", left) : "");
    }
    line = std::move(next);
  }
  return line;
}

// What a row needs to succeed, piece by piece.
std::vector<std::string> Needs(const v1::RowError& error) {
  std::vector<std::string> needs;
  for (const v1::RowError::Violation& violation : error.violations()) {
    const bool says_more = violation.description() != error.message();
    needs.push_back(says_more ? absl::StrCat(violation.subject(), ": ", violation.description())
                              : error.message());
  }
  if (needs.empty()) needs.push_back(error.message());
  return needs;
}

void PrintTable(CliContext& context, const std::vector<BulkResult>& results, bool validate_only) {
  size_t name_width = 4;
  size_t outcome_width = 6;
  for (const BulkResult& result : results) {
    name_width = std::max(name_width, DisplayWidth(result.name));
    outcome_width = std::max(outcome_width, DisplayWidth(Outcome(result, validate_only)));
  }
  size_t change_width = 0;
  if (context.width > 0) {
    const size_t others = outcome_width + 2 * kGap;
    const size_t for_names = context.width > others + kLeastForChange
                                 ? context.width - others - kLeastForChange
                                 : kLeastForChange;
    name_width = std::min(name_width, std::min(for_names, std::max<size_t>(context.width / 3, 20)));
    change_width =
        context.width > name_width + others ? context.width - name_width - others : kLeastForChange;
  }
  TextTable table({{"NAME"}, {"RESULT"}, {"CHANGE"}}, TextTable::Overflow::kWrap);
  for (const BulkResult& result : results) {
    const std::string name = context.width > 0 ? ShortName(result.name, name_width) : result.name;
    if (!result.error.has_value()) {
      table.AddRow({name, Outcome(result, validate_only), ChangesInOneLine(result, change_width)});
      continue;
    }
    bool first = true;
    for (const std::string& need : Needs(*result.error)) {
      table.AddRow({first ? name : "", first ? result.error->reason() : "", need});
      first = false;
    }
  }
  if (!table.empty()) table.Print(context.out, context.width);
}

void PrintCsv(CliContext& context, const std::vector<BulkResult>& results, bool validate_only) {
  PrintCsvHeader(context, {"name", "result", "change", "error"});
  for (const BulkResult& result : results) {
    std::vector<std::string> changes;
    for (const FieldChange& change : ChangesOf(result, TextStyle::kExact)) {
      changes.push_back(ChangeText(change, std::string::npos));
    }
    const std::string error =
        result.error.has_value() ? absl::StrJoin(Needs(*result.error), "; ") : "";
    PrintCsvRow(context,
                {result.name, Outcome(result, validate_only), absl::StrJoin(changes, "; "), error});
  }
}

std::string JsonString(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  return ToJson(value);
}

// As the answers of the server have it: "adoptionReview".
std::string KeyOf(const google::protobuf::Message& resource) {
  std::string key = resource.GetDescriptor()->name();
  key[0] = absl::ascii_tolower(key[0]);
  return key;
}

std::string ResultAsJson(const BulkResult& result) {
  std::string json = absl::StrCat("{\n    \"name\": ", JsonString(result.name));
  if (result.error.has_value()) {
    return absl::StrCat(json, ",\n    \"error\": ", JsonText(*result.error, "    "), "\n  }");
  }
  std::vector<std::string> changes;
  for (const FieldChange& change : ChangesOf(result, TextStyle::kExact)) {
    changes.push_back(absl::StrCat("{\"field\": ", JsonString(change.path),
                                   ", \"before\": ", JsonString(change.before),
                                   ", \"after\": ", JsonString(change.after), "}"));
  }
  absl::StrAppend(&json, ",\n    \"changes\": [", absl::StrJoin(changes, ", "), "]");
  if (result.after != nullptr) {
    absl::StrAppend(&json, ",\n    ", JsonString(KeyOf(*result.after)), ": ",
                    JsonText(*result.after, "    "));
  }
  return absl::StrCat(json, "\n  }");
}

void PrintJson(CliContext& context, const std::vector<BulkResult>& results) {
  std::vector<std::string> rows;
  for (const BulkResult& result : results) rows.push_back(ResultAsJson(result));
  if (rows.empty()) {
    context.out << "[]\n";
  } else {
    context.out << "[\n  " << absl::StrJoin(rows, ",\n  ") << "\n]\n";
  }
}

}  // namespace

ExitCode PrintBulk(CliContext& context, const std::vector<BulkResult>& results,
                   bool validate_only) {
  switch (context.format) {
    case Format::kTable:
      PrintTable(context, results, validate_only);
      break;
    case Format::kCsv:
      PrintCsv(context, results, validate_only);
      break;
    case Format::kJson:
      PrintJson(context, results);
      break;
  }
  const auto count = [&results](auto is_one) {
    return std::count_if(results.begin(), results.end(), is_one);
  };
  const auto failed = count([](const BulkResult& result) { return result.error.has_value(); });
  const auto unchanged = count(IsUnchanged);
  context.err << static_cast<ptrdiff_t>(results.size()) - failed - unchanged
              << (validate_only ? " would change, " : " changed, ");
  if (unchanged > 0) context.err << unchanged << " as they are, ";
  context.err << failed << (validate_only ? " would fail\n" : " failed\n");
  return failed == 0 ? kOk : kRefused;
}

}  // namespace perennial::cli
