// Runs the example, which was built against an installed client library.

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cpp/testing/fake_connection.h"
#include "client/cpp/testing/fake_server.h"
#include "gtest/gtest.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::client {
namespace {

std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) output.push_back(static_cast<char>(c));
  EXPECT_EQ(pclose(pipe), 0);
  return output;
}

TEST(ExampleTest, PrintsWhatTheServerHas) {
  FakeConnection backend;
  backend.On<v1::ListOpportunitiesRequest, v1::ListOpportunitiesResponse>(
      "ListOpportunities", [](const v1::ListOpportunitiesRequest& request) {
        v1::ListOpportunitiesResponse response;
        const bool first = request.page_token().empty();
        auto& opportunity = *response.add_opportunities();
        opportunity.set_name(first ? "accounts/acme/opportunities/a"
                                   : "accounts/b/opportunities/b");
        opportunity.mutable_arr()->set_currency_code("EUR");
        opportunity.mutable_arr()->set_micros(first ? 1200000000 : 500000000);
        if (first) response.set_next_page_token("2");
        return response;
      });
  const FakeServer server(backend);
  EXPECT_EQ(OutputOf(absl::StrCat(EXAMPLE_PROGRAM, " ", server.address())),
            "accounts/acme/opportunities/a is worth 1200 EUR\n"
            "accounts/b/opportunities/b is worth 500 EUR\n");
}

}  // namespace
}  // namespace perennial::client
