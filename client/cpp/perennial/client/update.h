#ifndef PERENNIAL_CLIENT_UPDATE_H_
#define PERENNIAL_CLIENT_UPDATE_H_

// Updates that say no more than what has changed:
//
//   v1::Opportunity wanted = opportunity;
//   wanted.set_next_step("Call Jane");
//   opportunity = Update(pipeline.UpdateOpportunity, opportunity, wanted);

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "perennial/client/options.h"
#include "perennial/client/service_client.h"

namespace perennial::client {

// The paths of the fields in which two versions of a resource differ, as an update mask takes them:
// of maps with text keys the keys (`labels.tier`), of messages that both have the fields within;
// lists, amounts, days and times whole. Not `name` and `etag`, nor what callers cannot change.
google::protobuf::FieldMask ChangedPaths(const google::protobuf::Message& before,
                                         const google::protobuf::Message& after);

// Calls an Update method with what differs, on condition that nobody has changed the resource since
// `before` was read (ABORTED, ETAG_MISMATCH). Where nothing differs it calls nothing, and answers
// `before`. INVALID_ARGUMENT where the two are not of one name.
template <class Request, class Resource>
absl::StatusOr<Resource> Update(const UnaryMethod<Request, Resource>& method,
                                const Resource& before, const Resource& after,
                                const CallOptions& options = {}) {
  if (before.name() != after.name()) {
    return absl::InvalidArgumentError("the two versions are of different resources");
  }
  Request request;
  *request.mutable_update_mask() = ChangedPaths(before, after);
  if (request.update_mask().paths().empty()) return before;
  const auto* resource = Request::descriptor()->field(0);
  Resource patch = after;
  patch.set_etag(before.etag());
  request.GetReflection()->MutableMessage(&request, resource)->CopyFrom(patch);
  return method(request, options);
}

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_UPDATE_H_
