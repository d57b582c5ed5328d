#include "lib/api/filter_comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/api/rules.h"
#include "lib/api/search_text.h"
#include "lib/api/text.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

using Node = Filter::Node;

Node Test(const FilterTarget& target, FilterOp op, FieldValue value) {
  Node node;
  node.op = op;
  node.field = *target.field;
  node.column = target.column;
  node.value = std::move(value);
  return node;
}

// The entry of a label in the column of its map, as fields.h lays it out.
Node HasLabel(const FilterTarget& target, absl::string_view key) {
  return Test(target, FilterOp::kContains, absl::StrCat("\n", key, "="));
}

// `field:*`
bool AsksIfSet(FilterOp op, const FilterArgument& argument) {
  return op == FilterOp::kContains && argument.text == "*" && !argument.quoted;
}

Node IsSet(const FilterTarget& target) {
  switch (target.kind) {
    case FieldKind::kMap:
      if (!target.label.empty()) return HasLabel(target, target.label);
      return Test(target, FilterOp::kNotEqual, std::string());
    case FieldKind::kMoney: {
      FilterTarget currency = target;
      currency.column = 1;
      return Test(currency, FilterOp::kNotEqual, std::string());
    }
    case FieldKind::kBool:
    case FieldKind::kInteger:
    case FieldKind::kTime:
      return Test(target, FilterOp::kNotEqual, int64_t{0});
    case FieldKind::kReal:
      return Test(target, FilterOp::kNotEqual, 0.0);
    default:
      return Test(target, FilterOp::kNotEqual, std::string());
  }
}

absl::StatusOr<std::string> EnumValue(const google::protobuf::EnumDescriptor& type,
                                      const std::string& name) {
  const auto* value = type.FindValueByName(name);
  if (value != nullptr) return value->number() == 0 ? std::string() : name;
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return absl::InvalidArgumentError(absl::StrCat("expected one of ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<FieldValue> ValueOf(const FilterTarget& target, const std::string& text) {
  switch (target.kind) {
    case FieldKind::kBool:
      if (text == "true") return int64_t{1};
      if (text == "false") return int64_t{0};
      return absl::InvalidArgumentError("expected true or false");
    case FieldKind::kInteger: {
      int64_t value = 0;
      if (absl::SimpleAtoi(text, &value)) return value;
      return absl::InvalidArgumentError("expected a whole number");
    }
    case FieldKind::kReal: {
      double value = 0;
      if (absl::SimpleAtod(text, &value) && std::isfinite(value)) return value;
      return absl::InvalidArgumentError("expected a number");
    }
    case FieldKind::kEnum:
      return EnumValue(*target.field->enum_type, text);
    case FieldKind::kDate: {
      ASSIGN_OR_RETURN(const v1::Date date, ParseDate(text));
      return FormatDate(date);
    }
    case FieldKind::kTime: {
      ASSIGN_OR_RETURN(const absl::Time time, ParseTime(text));
      return absl::ToUnixMicros(time);
    }
    default:
      return text;
  }
}

// Equality with a text whose `*` at either end stands for anything.
Node MatchText(const FilterTarget& target, FilterOp op, const FilterArgument& argument) {
  absl::string_view text = argument.text;
  const bool open_start = argument.open_start;
  const bool open_end = argument.open_end;
  if (open_start) text.remove_prefix(1);
  if (open_end) text.remove_suffix(1);
  if (!open_start && !open_end) return Test(target, op, std::string(text));
  FilterOp match = open_start ? FilterOp::kEndsWith : FilterOp::kStartsWith;
  if (open_start && open_end) match = FilterOp::kContains;
  if (text.empty()) match = FilterOp::kAlways;
  Node node = Test(target, match, std::string(text));
  return op == FilterOp::kNotEqual ? Not(std::move(node)) : node;
}

Node TestText(const FilterTarget& target, FilterOp op, const FilterArgument& argument) {
  const std::string& text = argument.text;
  if (op == FilterOp::kEqual || op == FilterOp::kNotEqual) return MatchText(target, op, argument);
  if (op == FilterOp::kContains && text.empty()) op = FilterOp::kAlways;
  return Test(target, op, text);
}

absl::StatusOr<Node> TestSearch(const FilterTarget& target, const std::string& text) {
  const std::vector<std::string> words = SearchWords(text);
  if (const std::string wrong = CheckSearch(words); !wrong.empty()) {
    return absl::InvalidArgumentError(wrong);
  }
  std::vector<Node> tests;
  // The longest is as a rule the rarest: those that have it are found, and then looked through.
  const auto longest = std::max_element(
      words.begin(), words.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  for (auto word = words.begin(); word != words.end(); ++word) {
    const bool by_index = target.field->indexed && word == longest;
    tests.push_back(Test(target, by_index ? FilterOp::kHasWord : FilterOp::kContains,
                         absl::StrCat(" ", *word)));
  }
  return Combine(FilterOp::kAnd, std::move(tests));
}

absl::StatusOr<Node> TestSet(const FilterTarget& target, const std::string& text) {
  std::string element = text;
  if (target.field->enum_type != nullptr) {
    ASSIGN_OR_RETURN(element, EnumValue(*target.field->enum_type, text));
  }
  if (element.empty()) return absl::InvalidArgumentError("expected an element that can be set");
  return Test(target, FilterOp::kContains, absl::StrCat("\n", element, "\n"));
}

absl::StatusOr<Node> TestMap(const FilterTarget& target, FilterOp op, const std::string& text) {
  if (target.label.empty()) {
    if (IsLabelKey(text)) return HasLabel(target, text);
    return absl::InvalidArgumentError("expected a key of the form [a-z][a-z0-9_-]{0,62}");
  }
  Node equal = Test(target, FilterOp::kContains, absl::StrCat("\n", target.label, "=", text, "\n"));
  if (op == FilterOp::kNotEqual) return Not(std::move(equal));
  if (RulesOf(*target.field->descriptor).identity()) {
    equal.op = FilterOp::kHasIdentity;
    equal.key = target.label;
    equal.entry = text;
  }
  return equal;
}

// "50000", of any currency, or "USD 50000": only amounts of one currency are compared with it.
absl::StatusOr<Node> TestMoney(const FilterTarget& target, FilterOp op, absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 1));
  const bool has_currency = !parts.second.empty();
  const auto micros = ParseMicros(has_currency ? parts.second : text);
  if (!micros.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(micros.status().message(), ", or with its currency \"USD 1234.50\""));
  }
  if (!has_currency) return Test(target, op, *micros);
  FilterTarget currency = target;
  currency.column = 1;
  const bool differs = op == FilterOp::kNotEqual;
  std::vector<Node> both = {Test(currency, FilterOp::kEqual, std::string(parts.first)),
                            Test(target, differs ? FilterOp::kEqual : op, *micros)};
  Node node = Combine(FilterOp::kAnd, std::move(both));
  return differs ? Not(std::move(node)) : node;
}

}  // namespace

FilterTarget FindTarget(const FieldTable& table, absl::string_view path) {
  FilterTarget target;
  target.field = table.Find(path);
  if (target.field != nullptr) {
    target.kind = target.field->kind;
    return target;
  }
  // The last dot: a map may be within a message.
  const size_t dot = std::min(path.rfind('.'), path.size());
  const std::pair<absl::string_view, absl::string_view> parts(
      path.substr(0, dot), path.substr(std::min(dot + 1, path.size())));
  const Field* whole = table.Find(parts.first);
  if (whole == nullptr) return target;
  target.kind = whole->kind;
  if (whole->kind == FieldKind::kMap && IsLabelKey(parts.second)) {
    target.field = whole;
    target.label = std::string(parts.second);
  } else if (whole->kind == FieldKind::kMoney && parts.second == "micros") {
    target.field = whole;
    target.kind = FieldKind::kInteger;
  } else if (whole->kind == FieldKind::kMoney && parts.second == "currency_code") {
    target.field = whole;
    target.kind = FieldKind::kText;
    target.column = 1;
  }
  return target;
}

bool TakesComparator(const FilterTarget& target, FilterOp op, const FilterArgument& argument) {
  if (AsksIfSet(op, argument)) return true;
  const bool equality = op == FilterOp::kEqual || op == FilterOp::kNotEqual;
  switch (target.kind) {
    case FieldKind::kText:
      return true;
    case FieldKind::kBool:
    case FieldKind::kEnum:
      return equality;
    case FieldKind::kSet:
    case FieldKind::kSearch:
      return op == FilterOp::kContains;
    case FieldKind::kMap:
      return target.label.empty() ? op == FilterOp::kContains : equality;
    default:
      return op != FilterOp::kContains;
  }
}

absl::string_view ComparatorsOf(const FilterTarget& target) {
  switch (target.kind) {
    case FieldKind::kBool:
    case FieldKind::kEnum:
      return "= or !=";
    case FieldKind::kSet:
    case FieldKind::kSearch:
      return ":";
    case FieldKind::kMap:
      return target.label.empty() ? ":" : "= or !=";
    default:
      return "one of = != < <= > >=";
  }
}

absl::StatusOr<Filter::Node> MakeComparison(const FilterTarget& target, FilterOp op,
                                            const FilterArgument& argument) {
  if (AsksIfSet(op, argument)) return IsSet(target);
  // Columns of sets and maps part their entries by line breaks.
  const bool by_lines = target.kind == FieldKind::kSet || target.kind == FieldKind::kMap;
  if (by_lines && absl::StrContains(argument.text, '\n')) {
    return absl::InvalidArgumentError("expected a value without line breaks");
  }
  switch (target.kind) {
    case FieldKind::kText:
      return TestText(target, op, argument);
    case FieldKind::kSearch:
      return TestSearch(target, argument.text);
    case FieldKind::kSet:
      return TestSet(target, argument.text);
    case FieldKind::kMap:
      return TestMap(target, op, argument.text);
    case FieldKind::kMoney:
      return TestMoney(target, op, argument.text);
    default:
      break;
  }
  ASSIGN_OR_RETURN(FieldValue value, ValueOf(target, argument.text));
  Node node = Test(target, op, std::move(value));
  const bool has_unset = target.kind == FieldKind::kDate || target.kind == FieldKind::kTime;
  node.only_if_set = has_unset && op != FilterOp::kEqual && op != FilterOp::kNotEqual;
  return node;
}

}  // namespace perennial
