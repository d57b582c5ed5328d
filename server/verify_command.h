#ifndef PERENNIAL_SERVER_VERIFY_COMMAND_H_
#define PERENNIAL_SERVER_VERIFY_COMMAND_H_

#include "lib/storage/sql/database.h"

namespace perennial {

// `perenniald verify`: writes a line for each damage to stdout, and how far it is to stderr where
// that takes a while. Answers the program's exit code: kExitOk; kExitFailure where something is
// damaged; kExitUsage where the database was not checked.
int VerifyCommand(const sql::Options& options);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_VERIFY_COMMAND_H_
