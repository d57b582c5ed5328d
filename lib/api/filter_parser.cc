#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/filter.h"
#include "lib/api/filter_comparison.h"
#include "lib/api/filter_node.h"
#include "lib/api/text.h"
#include "lib/base/status.h"

namespace perennial {
namespace {

using Node = Filter::Node;

// The longer ones first, so that `<=` is not taken for `<`.
constexpr std::pair<absl::string_view, FilterOp> kComparators[] = {
    {"!=", FilterOp::kNotEqual}, {"<=", FilterOp::kLessOrEqual}, {">=", FilterOp::kGreaterOrEqual},
    {"=", FilterOp::kEqual},     {"<", FilterOp::kLess},         {">", FilterOp::kGreater},
    {":", FilterOp::kContains},
};

absl::Status InvalidFilter(absl::string_view description) {
  return InvalidFields({{"filter", std::string(description)}}, v1::INVALID_FILTER);
}

bool IsBlank(char c) { return absl::ascii_isspace(c); }

bool IsPathCharacter(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.'; }

// Of an argument without quotes: all but what would have a meaning beside it.
bool IsBareCharacter(char c) { return !IsBlank(c) && !absl::StrContains("()\"'=<>!,", c); }

bool IsKeyword(absl::string_view word) { return word == "AND" || word == "OR" || word == "NOT"; }

// By recursive descent, a function for each rule:
//   conjunction = factor { ["AND"] factor }
//   factor      = term { "OR" term }
//   term        = [ "NOT" | "-" ] ( "(" conjunction ")" | comparison )
//   comparison  = path comparator argument
class Parser {
 public:
  Parser(absl::string_view text, const FieldTable& table) : text_(text), table_(table) {}

  // Null for a blank text.
  absl::StatusOr<std::shared_ptr<const Node>> Parse();

 private:
  absl::StatusOr<Node> ParseConjunction();
  absl::StatusOr<Node> ParseFactor();
  absl::StatusOr<Node> ParseTerm();
  absl::StatusOr<Node> ParseNested();
  absl::StatusOr<Node> ParseComparison();
  absl::StatusOr<FilterTarget> ParseTarget();
  absl::StatusOr<FilterOp> ParseComparator();
  absl::StatusOr<FilterArgument> ParseArgument();
  absl::StatusOr<FilterArgument> ParseQuoted();

  absl::string_view rest() const { return text_.substr(position_); }
  // What is next, behind blanks.
  absl::string_view Next();
  bool Consume(absl::string_view token);
  bool ConsumeKeyword(absl::string_view keyword);
  absl::string_view TakeWhile(bool (*takes)(char));

  absl::Status ErrorAt(size_t position, absl::string_view description) const;
  absl::Status Expected(absl::string_view what) const {
    return ErrorAt(position_, absl::StrCat("expected ", what));
  }

  const absl::string_view text_;
  const FieldTable& table_;
  size_t position_ = 0;
  int depth_ = 0;
  int terms_ = 0;
};

absl::StatusOr<std::shared_ptr<const Node>> Parser::Parse() {
  if (Next().empty()) return nullptr;
  ASSIGN_OR_RETURN(Node node, ParseConjunction());
  if (!Next().empty()) return Expected("AND, OR or the end");
  return std::make_shared<const Node>(std::move(node));
}

absl::StatusOr<Node> Parser::ParseConjunction() {
  std::vector<Node> factors;
  do {
    ASSIGN_OR_RETURN(Node factor, ParseFactor());
    factors.push_back(std::move(factor));
  } while (ConsumeKeyword("AND") || (!Next().empty() && !absl::StartsWith(rest(), ")")));
  return Combine(FilterOp::kAnd, std::move(factors));
}

absl::StatusOr<Node> Parser::ParseFactor() {
  std::vector<Node> terms;
  do {
    ASSIGN_OR_RETURN(Node term, ParseTerm());
    terms.push_back(std::move(term));
  } while (ConsumeKeyword("OR"));
  return Combine(FilterOp::kOr, std::move(terms));
}

absl::StatusOr<Node> Parser::ParseTerm() {
  if (ConsumeKeyword("NOT") || Consume("-")) {
    ASSIGN_OR_RETURN(Node node, ParseNested());
    return Not(std::move(node));
  }
  return absl::StartsWith(rest(), "(") ? ParseNested() : ParseComparison();
}

// What is behind a NOT or within parentheses: the two ways for a filter to grow deep.
absl::StatusOr<Node> Parser::ParseNested() {
  if (++depth_ > kMaxFilterDepth) {
    return ErrorAt(position_, absl::StrCat("nested deeper than ", kMaxFilterDepth));
  }
  const bool parenthesis = Consume("(");
  ASSIGN_OR_RETURN(Node node, parenthesis ? ParseConjunction() : ParseTerm());
  if (parenthesis && !Consume(")")) return Expected(")");
  --depth_;
  return node;
}

absl::StatusOr<Node> Parser::ParseComparison() {
  if (++terms_ > kMaxFilterTerms) {
    return ErrorAt(position_, absl::StrCat("more than ", kMaxFilterTerms, " comparisons"));
  }
  ASSIGN_OR_RETURN(const FilterTarget target, ParseTarget());
  const size_t comparator_position = text_.size() - Next().size();
  ASSIGN_OR_RETURN(const FilterOp op, ParseComparator());
  const size_t argument_position = text_.size() - Next().size();
  ASSIGN_OR_RETURN(const FilterArgument argument, ParseArgument());
  if (!TakesComparator(target, op, argument)) {
    return ErrorAt(comparator_position, absl::StrCat("expected ", ComparatorsOf(target)));
  }
  absl::StatusOr<Node> node = MakeComparison(target, op, argument);
  if (!node.ok()) return ErrorAt(argument_position, node.status().message());
  return node;
}

absl::StatusOr<FilterTarget> Parser::ParseTarget() {
  const size_t start = text_.size() - Next().size();
  const absl::string_view path = TakeWhile(IsPathCharacter);
  if (path.empty() || IsKeyword(path)) return ErrorAt(start, "expected a field");
  FilterTarget target = FindTarget(table_, path);
  if (target.field == nullptr) {
    return ErrorAt(start,
                   absl::StrCat("unknown field \"", path, "\"; there are ", table_.PathList()));
  }
  return target;
}

absl::StatusOr<FilterOp> Parser::ParseComparator() {
  for (const auto& [token, op] : kComparators) {
    if (Consume(token)) return op;
  }
  return Expected("a comparator: = != < <= > >= or :");
}

absl::StatusOr<FilterArgument> Parser::ParseArgument() {
  const absl::string_view next = Next();
  if (absl::StartsWith(next, "\"") || absl::StartsWith(next, "'")) return ParseQuoted();
  const size_t start = position_;
  const absl::string_view word = TakeWhile(IsBareCharacter);
  if (word.empty() || IsKeyword(word)) return ErrorAt(start, "expected a value");
  FilterArgument argument;
  argument.text = std::string(word);
  argument.open_start = word.front() == '*';
  argument.open_end = word.size() > 1 && word.back() == '*';
  return argument;
}

absl::StatusOr<FilterArgument> Parser::ParseQuoted() {
  const size_t start = position_;
  const char quote = text_[position_++];
  FilterArgument argument;
  argument.quoted = true;
  for (; position_ < text_.size(); ++position_) {
    char c = text_[position_];
    if (c == quote) {
      ++position_;
      return argument;
    }
    const bool escaped = c == '\\' && position_ + 1 < text_.size();
    if (escaped) c = text_[++position_];
    const bool is_star = c == '*' && !escaped;
    if (argument.text.empty()) argument.open_start = is_star;
    argument.open_end = is_star && !argument.text.empty();
    argument.text.push_back(c);
  }
  return ErrorAt(start, "expected a closing quote to this one");
}

absl::string_view Parser::Next() {
  TakeWhile(IsBlank);
  return rest();
}

bool Parser::Consume(absl::string_view token) {
  if (!absl::StartsWith(Next(), token)) return false;
  position_ += token.size();
  return true;
}

bool Parser::ConsumeKeyword(absl::string_view keyword) {
  const absl::string_view next = Next();
  const absl::string_view behind = next.substr(std::min(keyword.size(), next.size()));
  if (!behind.empty() && IsPathCharacter(behind[0])) return false;
  return Consume(keyword);
}

absl::string_view Parser::TakeWhile(bool (*takes)(char)) {
  const size_t start = position_;
  while (position_ < text_.size() && takes(text_[position_])) ++position_;
  return text_.substr(start, position_ - start);
}

absl::Status Parser::ErrorAt(size_t position, absl::string_view description) const {
  const int characters = CountCharacters(text_.substr(0, position)).value_or(0);
  return InvalidFilter(absl::StrCat("at character ", characters + 1, ": ", description));
}

}  // namespace

absl::StatusOr<Filter> Filter::Parse(absl::string_view text, const FieldTable& table) {
  if (text.size() > kMaxFilterLength) {
    return InvalidFilter(absl::StrCat("must have at most ", kMaxFilterLength, " bytes"));
  }
  if (!CountCharacters(text).has_value()) {
    return InvalidFilter("must be UTF-8 without control characters");
  }
  Filter filter;
  ASSIGN_OR_RETURN(filter.root_, Parser(text, table).Parse());
  return filter;
}

}  // namespace perennial
