#ifndef PERENNIAL_CLIENT_CLI_IMPORT_ROW_ORDER_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_ROW_ORDER_H_

#include <vector>

#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// Rows of one type, each behind those of them that it refers to, and else in their order. Where
// they refer to one another in a circle, the server says what is wrong.
std::vector<v1::ImportRow> BehindWhatTheyReferTo(std::vector<v1::ImportRow> rows);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_ROW_ORDER_H_
