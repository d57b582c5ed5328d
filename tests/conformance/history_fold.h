#ifndef PERENNIAL_TESTS_CONFORMANCE_HISTORY_FOLD_H_
#define PERENNIAL_TESTS_CONFORMANCE_HISTORY_FOLD_H_

#include <memory>

#include "perennial/client/connection.h"

namespace perennial::conformance {

// Goes through all changes from the first one: each has to fit what the changes before it left, and
// in the end they have to give exactly what the lists of all resources answer.
void ExpectHistoryFoldsToState(const std::shared_ptr<client::Connection>& connection);

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_HISTORY_FOLD_H_
