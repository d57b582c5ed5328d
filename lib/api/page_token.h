#ifndef PERENNIAL_LIB_API_PAGE_TOKEN_H_
#define PERENNIAL_LIB_API_PAGE_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/api/fields.h"

namespace perennial {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;

// The fields of a List request that are common to all of them.
struct PageRequest {
  int page_size = kDefaultPageSize;
  // Of the request's type and every field but page_size and page_token.
  uint64_t fingerprint = 0;
  // Where the last page ended; empty on the first.
  std::vector<FieldValue> last;
};

// Reads page_size and page_token of any List request by reflection. INVALID_ARGUMENT on a page_size
// below 0 or above 1000 (field "page_size"), and on a token that is mangled or was
// made for another request (INVALID_PAGE_TOKEN, field "page_token").
absl::StatusOr<PageRequest> ParsePageRequest(const google::protobuf::Message& list_request);

std::string MakePageToken(const PageRequest& request, const std::vector<FieldValue>& last);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_PAGE_TOKEN_H_
