#ifndef PERENNIAL_LIB_API_PAGE_TOKEN_H_
#define PERENNIAL_LIB_API_PAGE_TOKEN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/api/fields.h"

namespace perennial {

inline constexpr int kDefaultPageSize = 50;
inline constexpr int kMaxPageSize = 1000;

// What a page's token says of its last or first row: a value for each field of the order, of these
// kinds.
using PageKeyShape = std::vector<FieldKind>;
bool IsOfShape(const std::vector<FieldValue>& key, const PageKeyShape& shape);

// The fields of a List request that are common to all of them.
struct PageRequest {
  int page_size = kDefaultPageSize;
  // Of the request's type and every field but page_size, page_token and include_total_size.
  uint64_t fingerprint = 0;
  // Whether it leads back, to the page before `last`.
  bool backward = false;
  // Where the page before ended, or the one behind began: of the list's shape. Empty on the first
  // page, or the last one where it leads back.
  std::vector<FieldValue> last;
  // What this database signs tokens with.
  std::string token_key;
};

// Reads page_size and page_token of any List request by reflection. INVALID_ARGUMENT on a page_size
// below 0 or above 1000 (field "page_size"), and on a token that was not signed with the key, was
// made for another request, or is not of the shape (INVALID_PAGE_TOKEN, field "page_token").
absl::StatusOr<PageRequest> ParsePageRequest(const google::protobuf::Message& list_request,
                                             const PageKeyShape& shape,
                                             absl::string_view token_key);

// To the page behind `last`; behind the start of the list where it is empty.
std::string MakePageToken(const PageRequest& request, const std::vector<FieldValue>& last);
// To the page before `first`; before the end of the list where it is empty.
std::string MakeBackwardToken(const PageRequest& request, const std::vector<FieldValue>& first);

// What still goes on a page: it has no more rows than was asked for, and no more bytes than a
// client with gRPC's default limit of 4 MiB can take.
class PageRoom {
 public:
  static constexpr size_t kMaxBytes = 3 << 20;

  explicit PageRoom(const PageRequest& request) : rows_(request.page_size) {}

  // Whether a row of so many bytes goes on the page. The first one does, and none does behind one
  // that does not.
  bool Take(size_t bytes) {
    if (!is_full_) is_full_ = rows_ == 0 || (bytes > bytes_ && !is_empty_);
    if (is_full_) return false;
    is_empty_ = false;
    --rows_;
    bytes_ -= std::min(bytes, bytes_);
    return true;
  }

  // Whether there was a row that did not go on it: there is another page.
  bool is_full() const { return is_full_; }

 private:
  int rows_;
  size_t bytes_ = kMaxBytes;
  bool is_empty_ = true;
  bool is_full_ = false;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_PAGE_TOKEN_H_
