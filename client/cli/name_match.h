#ifndef PERENNIAL_CLIENT_CLI_NAME_MATCH_H_
#define PERENNIAL_CLIENT_CLI_NAME_MATCH_H_

// Which resource a person means by what they wrote for its name.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

// What somebody may mean.
struct Candidate {
  std::string name;          // of the resource
  std::string display_name;  // what people call it: its display name or title; its id without
  std::string email;         // of a contact
  bool live = true;          // not closed, done or gone
};
Candidate CandidateOf(const google::protobuf::Message& resource);

// "Jane Doe (accounts/acme/contacts/jane)".
std::string Described(const Candidate& candidate);

// Those that `written` fits best, whatever case and marks (`zoe` fits Zoë): the one that has it for
// its id; else all of whom it is the display name or email; else renewals and subscriptions whose
// account has it for its id; else those in whose display name or id it is, or each of its words;
// else renewals and subscriptions in whose account's id they are. Of several, the live ones where
// there are any.
std::vector<Candidate> BestMatches(absl::string_view written,
                                   const std::vector<Candidate>& candidates);

// Those that look like `written`, five at most, the likest first: for whoever mistyped a name.
std::vector<Candidate> NearMatches(absl::string_view written, std::vector<Candidate> candidates);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_NAME_MATCH_H_
