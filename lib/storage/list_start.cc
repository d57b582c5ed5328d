#include "lib/storage/list_start.h"

#include "lib/api/resume_token.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"

namespace perennial {

absl::StatusOr<ListStart> StartList(const google::protobuf::Message& list_request,
                                    const PageKeyShape& shape, ReadTx& tx) {
  ASSIGN_OR_RETURN(const ListPosition position, ReadListPosition(tx.connection()));
  ListStart start;
  start.resume_token = MakeResumeToken(position.history);
  ASSIGN_OR_RETURN(start.page, ParsePageRequest(list_request, shape, position.token_key));
  return start;
}

void SelectPage(const PageRequest& page, const OrderBy& order, Selection& selection) {
  const OrderBy& direction = page.backward ? order.Reversed() : order;
  selection.OrderBy(direction).Limit(page.page_size + 1);
  if (!page.last.empty()) selection.Matching(direction.After(page.last));
}

}  // namespace perennial
