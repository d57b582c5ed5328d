#include "lib/api/filter.h"

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/filter_node.h"
#include "lib/api/text.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using Node = Filter::Node;

bool IsUnset(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty();
  if (const auto* real = std::get_if<double>(&value)) return *real == 0;
  return std::get<int64_t>(value) == 0;
}

bool Compare(FilterOp op, const FieldValue& value, const FieldValue& with) {
  const auto text = [](const FieldValue& v) -> const std::string& {
    return std::get<std::string>(v);
  };
  switch (op) {
    case FilterOp::kEqual:
      return value == with;
    case FilterOp::kNotEqual:
      return value != with;
    case FilterOp::kLess:
      return value < with;
    case FilterOp::kLessOrEqual:
      return value <= with;
    case FilterOp::kGreater:
      return value > with;
    case FilterOp::kGreaterOrEqual:
      return value >= with;
    case FilterOp::kContains:
    case FilterOp::kHasWord:
    case FilterOp::kHasIdentity:
      return absl::StrContains(text(value), text(with));
    case FilterOp::kStartsWith:
      return absl::StartsWith(text(value), text(with));
    case FilterOp::kEndsWith:
      return absl::EndsWith(text(value), text(with));
    default:
      return true;
  }
}

bool Holds(const Node& node, const Message& resource) {
  const auto holds = [&resource](const Node& child) { return Holds(child, resource); };
  switch (node.op) {
    case FilterOp::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case FilterOp::kOr:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case FilterOp::kNot:
      return !holds(node.children[0]);
    default:
      break;
  }
  std::vector<FieldValue> values;
  AppendFieldValues(resource, node.field, values);
  const FieldValue& value = values[node.column];
  return !(node.only_if_set && IsUnset(value)) && Compare(node.op, value, node.value);
}

void AddSearchedWords(const Node& node, std::vector<std::string>& words) {
  if (node.op == FilterOp::kNot) return;
  for (const Node& child : node.children) AddSearchedWords(child, words);
  const bool is_word = node.op == FilterOp::kContains || node.op == FilterOp::kHasWord;
  if (node.field.kind != FieldKind::kSearch || !is_word) return;
  // A blank stands before it.
  words.push_back(std::get<std::string>(node.value).substr(1));
}

absl::string_view ComparatorOf(FilterOp op) {
  switch (op) {
    case FilterOp::kEqual:
      return " = ?";
    case FilterOp::kNotEqual:
      return " <> ?";
    case FilterOp::kLess:
      return " < ?";
    case FilterOp::kLessOrEqual:
      return " <= ?";
    case FilterOp::kGreater:
      return " > ?";
    default:
      return " >= ?";
  }
}

// A blank stands before the word.
void AppendHasWord(const Node& node, SqlCondition& out) {
  const std::string word = std::get<std::string>(node.value).substr(1);
  const Descriptor& type = *node.field.searched.front()->containing_type();
  out.sql +=
      "name IN (SELECT w.name FROM search_words w "
      "WHERE w.resource_type = ? AND w.word >= ? AND w.word < ?)";
  // The last character that there is: behind all that begin with the word.
  for (const std::string& bind : {type.name(), word, word + "\U0010ffff"}) {
    out.binds.emplace_back(bind);
  }
}

void AppendTest(const Node& node, SqlCondition& out) {
  const std::string& column = node.field.columns[node.column];
  switch (node.op) {
    case FilterOp::kAlways:
      out.sql += "1 = 1";
      return;
    case FilterOp::kContains:
      absl::StrAppend(&out.sql, "INSTR(", column, ", ?) > 0");
      break;
    case FilterOp::kHasWord:
      return AppendHasWord(node, out);
    case FilterOp::kHasIdentity:
      out.sql +=
          "name IN (SELECT x.name FROM external_ids x "
          "WHERE x.resource_type = ? AND x.system_key = ? AND x.external_id = ?)";
      for (const std::string& bind :
           {node.field.descriptor->containing_type()->name(), node.key, node.entry}) {
        out.binds.emplace_back(bind);
      }
      return;
    case FilterOp::kStartsWith:
      absl::StrAppend(&out.sql, "INSTR(", column, ", ?) = 1");
      break;
    case FilterOp::kEndsWith:
      absl::StrAppend(&out.sql, "SUBSTR(", column, ", ?) = ?");
      out.binds.emplace_back(
          int64_t{-CountCharacters(std::get<std::string>(node.value)).value_or(0)});
      break;
    default:
      absl::StrAppend(&out.sql, column, ComparatorOf(node.op));
  }
  out.binds.push_back(node.value);
}

bool AnyOfTests(const Node& node, absl::FunctionRef<bool(const Node&)> is) {
  if (node.children.empty()) return is(node);
  return std::any_of(node.children.begin(), node.children.end(),
                     [&is](const Node& child) { return AnyOfTests(child, is); });
}

bool IsJoined(const Node& test) { return test.field.joined; }
bool IsOwn(const Node& test) { return !test.field.joined; }

// With `summaries` as Filter::ToSql has it; empty where the statement has all columns.
void AppendSql(const Node& node, absl::string_view summaries, SqlCondition& out) {
  if (!summaries.empty() && !AnyOfTests(node, IsOwn)) {
    // An expression: SQLite would rather look up each account's rows one by one.
    absl::StrAppend(&out.sql, "COALESCE(account, '') IN (SELECT account_name FROM ", summaries,
                    " WHERE ");
    AppendSql(node, "", out);
    out.sql += ")";
    return;
  }
  if (node.op == FilterOp::kNot) out.sql += "NOT ";
  if (node.children.empty()) {
    if (!node.only_if_set) return AppendTest(node, out);
    const bool is_text = std::holds_alternative<std::string>(node.value);
    absl::StrAppend(&out.sql, "(", node.field.columns[node.column], " <> ", is_text ? "''" : "0",
                    " AND ");
    AppendTest(node, out);
  } else {
    absl::string_view separator = "(";
    for (const Node& child : node.children) {
      absl::StrAppend(&out.sql, separator);
      AppendSql(child, summaries, out);
      separator = node.op == FilterOp::kAnd ? " AND " : " OR ";
    }
  }
  out.sql += ")";
}

}  // namespace

Node Combine(FilterOp op, std::vector<Node> children) {
  if (children.size() == 1) return std::move(children[0]);
  Node node;
  node.op = op;
  node.children = std::move(children);
  return node;
}

Node Not(Node child) {
  Node node;
  node.op = FilterOp::kNot;
  node.children.push_back(std::move(child));
  return node;
}

bool Filter::Matches(const Message& resource) const {
  return root_ == nullptr || Holds(*root_, resource);
}

std::vector<std::string> Filter::SearchedWords() const {
  std::vector<std::string> words;
  if (root_ != nullptr) AddSearchedWords(*root_, words);
  return words;
}

bool Filter::joins() const { return root_ != nullptr && AnyOfTests(*root_, IsJoined); }

SqlCondition Filter::ToSql() const { return ToSql(""); }

SqlCondition Filter::ToSql(absl::string_view summaries) const {
  SqlCondition condition;
  if (root_ != nullptr) AppendSql(*root_, summaries, condition);
  return condition;
}

}  // namespace perennial
