#ifndef PERENNIAL_LIB_STORAGE_LIST_H_
#define PERENNIAL_LIB_STORAGE_LIST_H_

// Every List method, read off the shapes of its request and response.

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "lib/storage/tx.h"

namespace perennial {

// `request` has parent (unless the resource is at the top), page_size,
// page_token, filter and order_by; `response` has one repeated field of
// resources and next_page_token. Keyset paging: a page starts behind the last
// row of the one before, whatever was inserted meanwhile.
absl::Status ListInto(const google::protobuf::Message& request, ReadTx& tx,
                      google::protobuf::Message& response);

template <class Response, class Request>
absl::StatusOr<Response> List(const Request& request, ReadTx& tx) {
  Response response;
  RETURN_IF_ERROR(ListInto(request, tx, response));
  return response;
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_LIST_H_
