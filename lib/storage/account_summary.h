#ifndef PERENNIAL_LIB_STORAGE_ACCOUNT_SUMMARY_H_
#define PERENNIAL_LIB_STORAGE_ACCOUNT_SUMMARY_H_

// The summary of its account that a resource carries in answers and in the history (the field of
// its type that is marked `joined`). It is made of the stored account itself, which its checksum
// vouches for, each time that it is read: tables have no copy of it. In the history it is as of the
// change; what was recorded before there were summaries has none.

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/api/page_token.h"
#include "lib/storage/selection.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {

class ReadTx;

// Appends the summary of a serialized account to a serialized resource, as its field `summary`
// (FieldTable::summary).
void AppendSummary(const google::protobuf::FieldDescriptor& summary, absl::string_view account,
                   std::string& resource);

// What AppendSummary was given. Null: a type without a summary.
absl::string_view WithoutSummary(const google::protobuf::FieldDescriptor* summary,
                                 absl::string_view resource);

// Whether two states of an account have the same.
bool HaveSameSummary(const google::protobuf::Message& account,
                     const google::protobuf::Message& other);

// A resource with the summary of this account.
void SetSummary(const v1::Account& account, google::protobuf::Message& resource);

// Fills in the summaries of all resources that an answer has anywhere, but where they are there
// already, and in changes. The accounts are read with few queries.
absl::Status FillInSummaries(google::protobuf::Message& answer, ReadTx& tx);

// A resource as answers have it.
absl::StatusOr<std::string> GetWithSummary(const ResourceTable& table, absl::string_view name,
                                           ReadTx& tx);

// What the selection has, with its summaries: rows of a page, and at least one behind it where
// there is one. `on_data` gets what an answer has of each, in order.
absl::Status SelectWithSummaries(const Selection& selection, const PageRequest& page, ReadTx& tx,
                                 absl::FunctionRef<absl::Status(absl::string_view data)> on_data);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_ACCOUNT_SUMMARY_H_
