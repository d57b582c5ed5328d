#include "client/cli/help_formatter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace perennial::cli {
namespace {

constexpr size_t kLineWidth = 100;
constexpr size_t kIndent = 6;

std::string Wrapped(absl::string_view text, size_t indent) {
  std::string wrapped;
  size_t length = kLineWidth;  // of the last line
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (length + 1 + word.size() > kLineWidth) {
      absl::StrAppend(&wrapped, wrapped.empty() ? "" : "\n", std::string(indent, ' '), word);
      length = indent + word.size();
    } else {
      absl::StrAppend(&wrapped, " ", word);
      length += 1 + word.size();
    }
  }
  return absl::StrCat(wrapped, "\n");
}

}  // namespace

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return Wrapped(app->get_description(), 0);
}

std::string HelpFormatter::make_subcommand(const CLI::App* app) const {
  const std::string& description = app->get_description();
  const std::string first = description.substr(0, description.find(". "));
  std::string name = absl::StrCat("  ", app->get_display_name(true));
  name.resize(std::max(name.size() + 2, get_column_width()), ' ');
  return absl::StrCat(name, first, "\n");
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  const std::string head =
      absl::StrCat("  ", make_option_name(option, is_positional), make_option_opts(option), "\n");
  const std::string& description = option->get_description();
  return description.empty() ? head : absl::StrCat(head, Wrapped(description, kIndent));
}

}  // namespace perennial::cli
