#ifndef PERENNIAL_SERVER_WORKFLOWS_MOVES_H_
#define PERENNIAL_SERVER_WORKFLOWS_MOVES_H_

#include <string>

#include "absl/status/status.h"
#include "lib/storage/tx.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {

// The contact goes, as a person who was at another customer before, or is at one now: the contacts
// there that name it name `successor` from now on, or nobody where that is empty.
absl::Status LetMovesName(const std::string& successor, const v1::Contact& contact, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_MOVES_H_
