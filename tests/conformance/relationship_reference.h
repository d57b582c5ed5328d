#ifndef PERENNIAL_TESTS_CONFORMANCE_RELATIONSHIP_REFERENCE_H_
#define PERENNIAL_TESTS_CONFORMANCE_RELATIONSHIP_REFERENCE_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "tests/conformance/clients.h"

namespace perennial::conformance {

// How things stand with a customer: the numbers and states, without the words for them.
struct RelationshipPicture {
  v1::RelationshipStanding standing;
  // Of the open renewals, in the order of their names: name, reach and risks.
  std::vector<v1::Opportunity> renewals;

  std::string Text() const;
};

// What the server has worked out.
RelationshipPicture ReadPicture(const std::string& account, Clients& api);

// The same worked out from everything that the lists answer about the account, slowly, by the
// words of the protos. The playbook is the one that the account and its renewals follow; it has a
// target for every stage and the criterion CONTACTS_VERIFIED.
RelationshipPicture WorkOutPicture(const std::string& account, const v1::Playbook& playbook,
                                   absl::CivilDay today, Clients& api);

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_RELATIONSHIP_REFERENCE_H_
