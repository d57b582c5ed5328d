#ifndef PERENNIAL_CLIENT_CLI_IMPORT_IDENTITIES_H_
#define PERENNIAL_CLIENT_CLI_IMPORT_IDENTITIES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "perennial/v1/import_service.pb.h"

namespace perennial::cli {

using Identities = google::protobuf::RepeatedPtrField<v1::ImportRow::Identity>;

// Tells the server of which texts the ids in a name were made: that of the name, and those of what
// it is below. `text` is the name with such texts in place of the ids, each behind
// TextTemplate::kMark. INVALID_ARGUMENT where one of the names is there with another text.
absl::Status AddIdentities(absl::string_view name, absl::string_view text, Identities& identities);

// INVALID_ARGUMENT where a name of both has another text in those of the first line.
absl::Status CheckSame(const Identities& first, int64_t first_line, const Identities& identities);

}  // namespace perennial::cli

#endif  // PERENNIAL_CLIENT_CLI_IMPORT_IDENTITIES_H_
