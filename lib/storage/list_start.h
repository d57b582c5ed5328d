#ifndef PERENNIAL_LIB_STORAGE_LIST_START_H_
#define PERENNIAL_LIB_STORAGE_LIST_START_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"
#include "lib/storage/selection.h"
#include "lib/storage/tx.h"

namespace perennial {

// What every list begins with, before it reads its rows: a change that comes between is then both
// listed and watched rather than missed.
struct ListStart {
  PageRequest page;
  std::string resume_token;
};

// The errors are those of ParsePageRequest.
absl::StatusOr<ListStart> StartList(const google::protobuf::Message& list_request,
                                    const PageKeyShape& shape, ReadTx& tx);

// Narrows what is listed down to the rows of the page and one behind them, in the page's direction:
// from its end where it leads back.
void SelectPage(const PageRequest& page, const OrderBy& order, Selection& selection);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_LIST_START_H_
