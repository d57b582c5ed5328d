#ifndef PERENNIAL_CLIENT_CLI_HELP_FORMATTER_H_
#define PERENNIAL_CLIENT_CLI_HELP_FORMATTER_H_

#include <CLI/CLI.hpp>
#include <string>

namespace perennial::cli {

// Help in lines of a readable length: long descriptions are broken, and in the list of commands
// only their first sentence is shown.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* app) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_HELP_FORMATTER_H_
