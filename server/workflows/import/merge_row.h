#ifndef PERENNIAL_SERVER_WORKFLOWS_IMPORT_MERGE_ROW_H_
#define PERENNIAL_SERVER_WORKFLOWS_IMPORT_MERGE_ROW_H_

// What a row of an import said last time, what it says now, and what is there, made one.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "internal/import_memory.pb.h"
#include "perennial/v1/import_service.pb.h"
#include "server/methods/type_rules.h"
#include "server/workflows/import/said_fields.h"

namespace perennial {

using OnConflict = v1::ImportRequest::OnConflict;

class RowMerge {
 public:
  using Message = google::protobuf::Message;

  // All outlive the object. `given` is the row's resource, `said` what it says, `before` what is
  // there and `last` what the row said last time: each null where there is none.
  RowMerge(const Message& given, const v1::ImportRow& row, const std::vector<SaidField>& said,
           const Message* before, const internal::RowMemory* last, OnConflict on_conflict);

  // Whether the row says of a field what it did not say last time.
  bool says_new() const { return says_new_; }

  // What is to be written: for an output-only field, what was there. The rules of the type take
  // from `taken` what such a field may become.
  Message& result() { return *result_; }
  // The row's name, and what of it was taken.
  Taken<Message> taken() const { return {given_, *taken_, taken_paths_}; }

  // Once the rules have been followed: whatever they did not take is a conflict too.
  // FAILED_PRECONDITION (IMPORT_CONFLICT) where there are conflicts and they are to be rejected.
  absl::Status Finish();

  // What to remember, and conflicts without their row.
  const internal::RowMemory& memory() const { return memory_; }
  const std::vector<v1::ImportResponse::Conflict>& conflicts() const { return conflicts_; }
  // Whether no conflict is left, to be looked at again.
  bool is_settled() const { return settled_; }

 private:
  struct Take {
    const SaidField* field;
    const internal::FieldMemory* last;
    internal::FieldMemory now;
    const internal::FieldMemory* refused;  // that the row said before; null where nothing was
  };

  void Merge(const SaidField& field);
  void TakeField(Take take);
  void MergeList(Take take);
  bool MakeRoom(const SaidField& field, int element);
  bool WasRefused(const Take& take) const;
  void Keep(const internal::FieldMemory* last);
  void KeepRefusing(const Take& take);
  void AddConflict(const SaidField& field, bool taken);
  bool IsUnchanged(const internal::FieldMemory* last, const internal::FieldMemory& now) const;

  const Message& given_;
  const v1::ImportRow& row_;
  const Message* const before_;
  const OnConflict on_conflict_;
  std::unique_ptr<Message> result_, taken_;
  std::set<std::string> taken_paths_;
  // Output-only fields that the rules may take.
  std::vector<Take> offered_;
  internal::RowMemory memory_;
  std::vector<v1::ImportResponse::Conflict> conflicts_;
  const internal::RowMemory* const last_;
  bool says_new_ = false;
  bool settled_ = true;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_IMPORT_MERGE_ROW_H_
