#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "client/cli/run.h"
#include "perennial/client/connection.h"

namespace {

size_t TerminalWidth() {
  winsize size;
  const bool is_terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return is_terminal ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const auto connect = [](const std::string& target) { return perennial::client::Connect(target); };
  perennial::cli::CliContext context(connect, std::cout, std::cerr, TerminalWidth());
  if (const char* user = std::getenv("USER")) context.actor = absl::Utf8SafeCHexEscape(user);
  return perennial::cli::Run(std::vector<std::string>(argv + 1, argv + argc), context);
}
