#ifndef PERENNIAL_SERVER_WORKFLOWS_UNDO_REVERSAL_H_
#define PERENNIAL_SERVER_WORKFLOWS_UNDO_REVERSAL_H_

// What a request did to a resource, and what it comes to to take that back.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "lib/api/errors.h"
#include "lib/storage/read_changes.h"
#include "perennial/v1/history_service.pb.h"
#include "server/workflows/import/said_fields.h"

namespace perennial {

struct Reversal {
  std::string name;
  const google::protobuf::Descriptor* type = nullptr;

  // What is to be done; OPERATION_UNSPECIFIED where nothing is left to take back.
  v1::Change::Operation operation = v1::Change::OPERATION_UNSPECIFIED;
  // The resource before the request, and now: null where it was, or is, not there.
  std::shared_ptr<const google::protobuf::Message> before, now;
  // As it becomes: `now` with `fields` as they were before the request, or `before`; null where it
  // is deleted.
  std::shared_ptr<google::protobuf::Message> target;
  std::vector<SaidField> fields;

  // What others have changed since of what is to be taken back: the fields, and who did so and
  // when.
  std::vector<UnmetCondition> changed_since;

  // Whether it was an import, or an undo, that is taken back.
  bool was_imported = false, was_undone = false;

  // Whether a field goes back.
  bool Takes(absl::string_view field) const;
};

// `changes` are all of a resource since those of the request, as ReadChangesSince has them. What
// `own` has made is nobody else's doing.
Reversal PlanReversal(const RequestId& reverted, const RequestId& own,
                      const std::vector<v1::Change>& changes);

// The fields that differ: neither those that every write changes nor those that are worked out.
std::vector<SaidField> DifferingFields(const google::protobuf::Message& a,
                                       const google::protobuf::Message& b);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_UNDO_REVERSAL_H_
