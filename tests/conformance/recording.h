#ifndef PERENNIAL_TESTS_CONFORMANCE_RECORDING_H_
#define PERENNIAL_TESTS_CONFORMANCE_RECORDING_H_

#include <memory>
#include <string>

#include "perennial/client/connection.h"

namespace perennial::conformance {

// A connection that writes a request and its answer for each method that succeeds over it, of
// several the shortest that says something: FOLDER/Service.Method.json, {"request", "response"} as
// JSON. For scripts/reference, which shows them.
std::shared_ptr<client::Connection> Record(std::shared_ptr<client::Connection> connection,
                                           const std::string& folder);

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_RECORDING_H_
