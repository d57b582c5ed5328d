#ifndef PERENNIAL_LIB_STORAGE_STANDARD_READS_H_
#define PERENNIAL_LIB_STORAGE_STANDARD_READS_H_

// Every Get and List method, read off the shapes of its messages. The answer
// is serialized already: what is stored goes out as it is, unparsed.

#include <google/protobuf/timestamp.pb.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/api/filter.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/tx.h"

namespace perennial {

// `request` has name, and may have read_time: the resource now, or as it was
// then. NOT_FOUND; INVALID_ARGUMENT for another kind of name or a time that lies ahead.
absl::StatusOr<std::string> GetStored(const google::protobuf::Message& request,
                                      const ResourceTable& table, ReadTx& tx);

// INVALID_ARGUMENT for a time that lies ahead.
absl::Status CheckReadTime(const google::protobuf::Timestamp& read_time, const ReadTx& tx);

// `request` has parent (unless the resource is at the top), page_size,
// page_token, filter and order_by, and may have read_time and include_total_size; `response` has
// one repeated field of resources, next_page_token, previous_page_token, resume_token, total_size
// and total_size_exceeded. Keyset paging: a page starts behind the last row of the one before, or
// ends before the first row of the one behind, whatever was inserted meanwhile. `also` narrows the
// list down to what other fields of the request ask for, and is a filter.
absl::StatusOr<std::string> ListStored(const google::protobuf::Message& request,
                                       const google::protobuf::Descriptor& response, ReadTx& tx,
                                       absl::string_view also = "");

// Whether ListStored answers it by several queries, which are to be of one moment.
bool IsOfSeveralQueries(const google::protobuf::Message& list_request);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_STANDARD_READS_H_
