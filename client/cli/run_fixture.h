#ifndef PERENNIAL_CLIENT_CLI_RUN_FIXTURE_H_
#define PERENNIAL_CLIENT_CLI_RUN_FIXTURE_H_

// Whole command lines against a fake connection: what is called, what is printed.

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/run.h"
#include "client/cpp/testing/fake_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "perennial/v1/common.pb.h"

namespace perennial::cli {

inline v1::Money Usd(int64_t units) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_micros(units * 1000000);
  return money;
}

// Splits a command line into words as a shell does, quotes and comments included.
inline std::vector<std::string> ShellSplit(const std::string& line) {
  std::vector<std::string> words;
  char quote = 0;
  bool in_word = false;
  for (const char c : line) {
    if (c == '#' && !in_word) break;
    if (c == ' ' && quote == 0) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back().push_back(c);
    }
  }
  return words;
}

class RunTest : public ::testing::Test {
 protected:
  // Splits the command line as a shell does.
  ExitCode Run(const std::string& command_line) { return Run(ShellSplit(command_line)); }
  ExitCode Run(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    CliContext context([this](const std::string&) { return connection_; }, out_, err_, width_);
    context.actor = "jane";
    return cli::Run(args, context);
  }

  template <class Request, class Response>
  void Answer(const std::string& method, absl::StatusOr<Response> answer = Response()) {
    connection_->On<Request, Response>(method, [answer](const Request&) { return answer; });
  }
  template <class Request>
  Request LastRequest() const {
    return connection_->LastRequest<Request>();
  }

  const std::shared_ptr<client::FakeConnection> connection_ =
      std::make_shared<client::FakeConnection>();
  size_t width_ = 0;  // of the terminal
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_RUN_FIXTURE_H_
