#ifndef PERENNIAL_TESTS_CONFORMANCE_BAD_REQUESTS_H_
#define PERENNIAL_TESTS_CONFORMANCE_BAD_REQUESTS_H_

#include <string>
#include <vector>

#include "tests/conformance/api_methods.h"

namespace perennial::conformance {

// A request that breaks one rule.
struct BadRequest {
  std::string field;  // at fault, as its path from the request
  std::string what;   // for people
  MessagePtr request;
};

// Every way in which one field of a good request, at whatever depth, can break the rules that its
// proto declares: missing, too long, too many, out of bounds, not a value of its enum, no day, no
// time, no currency, no name of a resource, no id, a control character.
std::vector<BadRequest> BreakEveryRule(const Message& good);

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_BAD_REQUESTS_H_
