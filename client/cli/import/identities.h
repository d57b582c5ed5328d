#ifndef PERENNIAL_CLIENT_CLI_IMPORT_IDENTITIES_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_IDENTITIES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

// Tells the server of which texts the ids in a name were made: that of the name, and those of what
// it is below. `text` is the name with such texts in place of the ids, each behind
// TextTemplate::kMark. INVALID_ARGUMENT where the row knows one of the names by another text.
absl::Status AddIdentities(absl::string_view name, absl::string_view text, v1::ImportRow& row);

// INVALID_ARGUMENT where a name of both has another text in each.
absl::Status CheckSame(const v1::ImportRow& first, const v1::ImportRow& row);

// Sets the digest of all that the row says, wherever it stands and whatever the day on which it is
// said; never 0.
void SetDigest(v1::ImportRow& row);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_IDENTITIES_H_
