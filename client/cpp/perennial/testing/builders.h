#ifndef PERENNIAL_TESTING_BUILDERS_H_
#define PERENNIAL_TESTING_BUILDERS_H_

// Seeds for tests in a few words:
//
//   using perennial::v1::Opportunity;
//   options.seed_with = {a_renewal().in(Opportunity::UPSELL).of(50'000)};
//
//   const Customer northwind = a_customer("northwind").named("Northwind").segment("enterprise");
//   options.seed_with = {a_renewal().by(northwind).of(12'000, "EUR").due_in(30)};
//
// Builders do not change: each word answers another one. The words are those of Python
// (perennial.testing), and so is what they make.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::client {

// An account `accounts/ID` with a contact who decides, `accounts/ID/contacts/decider`.
struct Customer {
  std::string id;  // customer-1, customer-2, ... where it is empty
  std::string display_name;
  std::string segment_name = "mid-market";
  std::string owner = "owner@example.com";

  // By default the id.
  Customer named(std::string name) const;
  Customer segment(std::string name) const;
  Customer owned_by(std::string owner) const;
};

// An open opportunity `ACCOUNT/opportunities/renewal` of the subscription
// `ACCOUNT/subscriptions/plan`; of those of one customer the second ends with `-2`, and so on. It
// came to its stage ten days ago, with what the gates before that ask for.
struct Renewal {
  Customer customer;
  v1::Opportunity::Stage stage = v1::Opportunity::OUTREACH;
  int64_t units = 12'000;
  std::string currency = "USD";
  int due_in_days = 90;

  // By default a customer of its own.
  Renewal by(Customer customer) const;
  // OUTREACH to RENEWAL; by default OUTREACH.
  Renewal in(v1::Opportunity::Stage stage) const;
  // The ARR, in whole units; by default USD 12,000.
  Renewal of(int64_t units, std::string currency = "USD") const;
  // The renewal date, in days from the day on which the server begins; by default 90.
  Renewal due_in(int days) const;
};

using SeedPart = std::variant<Customer, Renewal>;

Customer a_customer(std::string id = "");
Renewal a_renewal();

// What ThrowawayServerOptions::seed_text takes, and `perennial import --mapping`: for a server
// whose clock stands at `day` or later.
std::string SeedText(absl::CivilDay day, const std::vector<SeedPart>& parts);

}  // namespace perennial::client

#endif  // PERENNIAL_TESTING_BUILDERS_H_
