#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_REDIRECT_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_REDIRECT_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "lib/storage/tx.h"

namespace perennial {

// The resource was merged into `target`: from now on imports mean that by what they say of it.
absl::Status RedirectImports(const google::protobuf::Message& merged, const std::string& target,
                             WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_REDIRECT_H_
