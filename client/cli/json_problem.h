#ifndef PERENNIAL_CLIENT_CLI_JSON_PROBLEM_H_
#define PERENNIAL_CLIENT_CLI_JSON_PROBLEM_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace perennial::cli {

// What would be right in a text that is no JSON of a message, or of an array of such messages:
// "expected JSON: ...". protobuf's own words are about where it stopped in what it was given.
std::string JsonProblem(absl::string_view json, const google::protobuf::Descriptor& type);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_JSON_PROBLEM_H_
