#ifndef PERENNIAL_CLIENT_CLI_FIND_NAME_H_
#define PERENNIAL_CLIENT_CLI_FIND_NAME_H_

// Looks up which resource a person means, by calls to the server.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/name_match.h"
#include "google/protobuf/descriptor.h"
#include "perennial/client/connection.h"

namespace perennial::cli {

// The one that `written` fits best: see BestMatches. `parent` is what a List of the resource takes:
// `accounts/acme`, or `accounts/-` for every account. One call; where that finds nothing, another
// looks through the first 1000 for letters that differ in their marks alone.
//
// AmbiguousError lists those that it may be. NOT_FOUND names some that look like it.
absl::StatusOr<Candidate> FindName(client::Connection& connection,
                                   const client::CallOptions& options,
                                   const google::protobuf::Descriptor& resource,
                                   const std::string& parent, const std::string& written);

// Of several that a text may mean: says which there are.
absl::Status AmbiguousName(absl::string_view written, const std::vector<Candidate>& candidates);

// The parent under which all of a resource's are: "accounts/-/opportunities/-".
std::string EveryParent(const google::protobuf::Descriptor& resource);

// `text` in quotes, as filters take it.
std::string Quoted(absl::string_view text);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_FIND_NAME_H_
