#ifndef PERENNIAL_LIB_STORAGE_PAST_LIST_H_
#define PERENNIAL_LIB_STORAGE_PAST_LIST_H_

// Lists as they were at a time. All that was there then is read from the history; no more of it
// than the rows of one page is held.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"
#include "lib/storage/list_page.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/tx.h"

namespace perennial {

struct PastList {
  const ResourceTable& table;
  // Names start with it: it ends in a slash.
  std::string prefix;
  // All of which match.
  std::vector<Filter> filters;
  absl::Time as_of;
};

// Hands over each resource of the list, in the order of the names.
absl::Status ForEachPast(const PastList& list, ReadTx& tx,
                         absl::FunctionRef<absl::Status(const google::protobuf::Message& resource,
                                                        absl::string_view data)>
                             on_resource);

// Adds the rows of the page, and one behind them. Answers how many the list has, on all pages.
absl::StatusOr<int64_t> ReadPastPage(const PastList& list, const PageRequest& request,
                                     const OrderBy& order, ReadTx& tx, ListPage& page);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_PAST_LIST_H_
