#ifndef PERENNIAL_SERVER_METHODS_BATCH_H_
#define PERENNIAL_SERVER_METHODS_BATCH_H_

// Batches of what is done to one resource, each by itself:
//
//   registry.Write("PipelineService.BatchAdvanceOpportunities",
//                  Batch<AdvanceOpportunity, v1::BatchAdvanceOpportunitiesRequest,
//                        v1::BatchOpportunitiesResponse>);

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/storage/tx.h"
#include "server/methods/standard.h"

namespace perennial {

// The name of the resource that a row of a batch is about: its own, or that of the resource of an
// update.
std::string NameInRow(const google::protobuf::Message& row);

// INVALID_ARGUMENT where a row has what the batch has for all.
absl::Status CheckRow(const google::protobuf::Message& row, int index);

// `request` has rows in `requests`, and `reason`; `Response` has a result for each, which is a
// resource (its field 2) or an error, and counts them.
template <auto handler, class Request, class Response>
absl::StatusOr<Response> Batch(const Request& request, WriteTx& tx) {
  using Result = typename Response::Result;
  std::vector<std::string> names;
  for (int i = 0; i < request.requests_size(); ++i) {
    RETURN_IF_ERROR(CheckRow(request.requests(i), i));
    names.push_back(NameInRow(request.requests(i)));
  }
  RETURN_IF_ERROR(tx.HoldAccountsOf(names));
  Response response;
  static const auto& field = *Result::descriptor()->FindFieldByNumber(2);
  for (const auto& row : request.requests()) {
    Result& result = *response.add_results();
    result.set_name(names[response.results_size() - 1]);
    const std::string reason = TextIn(row, "reason");
    tx.set_reason(reason.empty() ? request.reason() : reason);
    const absl::Status status = tx.Try([&]() -> absl::Status {
      ASSIGN_OR_RETURN(auto resource, handler(row, tx));
      result.GetReflection()->MutableMessage(&result, &field)->CopyFrom(resource);
      return absl::OkStatus();
    });
    if (status.ok()) {
      response.set_succeeded_count(response.succeeded_count() + 1);
      continue;
    }
    // A conflict or a lost connection is of the whole transaction, not of the row.
    if (ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) return status;
    *result.mutable_error() = ToRowError(status);
    response.set_failed_count(response.failed_count() + 1);
  }
  tx.set_reason(request.reason());
  RETURN_IF_ERROR(tx.Settle());
  for (Result& result : *response.mutable_results()) {
    if (result.has_error()) continue;
    RETURN_IF_ERROR(tx.Refresh(*result.GetReflection()->MutableMessage(&result, &field)));
  }
  return response;
}

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_BATCH_H_
