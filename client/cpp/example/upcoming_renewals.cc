// Prints the open renewals, the next one first. Takes the server's address.

#include <iostream>

#include "perennial/client/pipeline_client.h"

int main(int, char** argv) {
  const perennial::client::PipelineClient pipeline(perennial::client::Connect(argv[1]));
  perennial::v1::ListOpportunitiesRequest request;
  request.set_parent("accounts/-");
  request.set_filter("outcome = OPEN");
  request.set_order_by("renewal_date");
  for (auto& opportunity : pipeline.ListOpportunities(request)) {
    if (!opportunity.ok()) {
      std::cerr << opportunity.status() << "\n";
      return 1;
    }
    std::cout << opportunity->name() << " is worth " << opportunity->arr().micros() / 1000000 << " "
              << opportunity->arr().currency_code() << "\n";
  }
}
