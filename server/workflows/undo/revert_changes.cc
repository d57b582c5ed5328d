#include "server/workflows/undo/revert_changes.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/text.h"
#include "lib/base/status.h"
#include "lib/storage/read_changes.h"
#include "server/methods/type_rules.h"
#include "server/workflows/undo/groups.h"
#include "server/workflows/undo/import_rows_back.h"
#include "server/workflows/undo/reversal.h"
#include "server/workflows/undo/take_back.h"

namespace perennial {

using google::protobuf::Message;
using v1::Change;
using v1::RevertChangesRequest;
using v1::RevertChangesResponse;
using Result = v1::RevertChangesResponse::Result;

namespace {

constexpr int kPageSize = 1000;
constexpr int kReadAtOnce = 200;
constexpr int kMostTogether = 5000;
// What refuses because of another that goes later on is tried again so often.
constexpr int kMostRounds = 8;
constexpr int kShownText = 1000;

// --- what is to be taken back ---

absl::StatusOr<RequestId> FindRequest(const RevertChangesRequest& request, ReadTx& tx) {
  RequestId reverted{request.reverted_request_id(), request.actor()};
  if (!reverted.actor.empty()) return reverted;
  ASSIGN_OR_RETURN(const std::vector<std::string> actors, ReadActorsOf(reverted.request_id, tx));
  if (actors.size() > 1) {
    return InvalidField("actor", absl::StrCat("must be given: ", actors[0], " and ", actors[1],
                                              " have used this request_id"));
  }
  if (!actors.empty()) reverted.actor = actors[0];
  return reverted;
}

struct Page {
  std::vector<Change> changes;  // the newest first
  bool has_more = false;
};

// Written in one transaction, of one account.
bool BelongTogether(const Change& a, const Change& b) {
  return !a.account().empty() && a.account() == b.account() &&
         a.change_time().seconds() == b.change_time().seconds() &&
         a.change_time().nanos() == b.change_time().nanos();
}

absl::StatusOr<Page> ReadPage(const RequestId& reverted, const RevertChangesRequest& request,
                              ReadTx& tx) {
  const int size = request.page_size() == 0 ? kPageSize : request.page_size();
  int64_t before = request.before_revision();
  if (before == 0) before = std::numeric_limits<int64_t>::max();
  Page page;
  ASSIGN_OR_RETURN(page.changes, ReadChangesOf(reverted, before, size, tx));
  page.has_more = static_cast<int>(page.changes.size()) == size;
  const size_t most = page.changes.size() + kMostTogether;
  while (page.has_more && page.changes.size() < most) {
    ASSIGN_OR_RETURN(std::vector<Change> next,
                     ReadChangesOf(reverted, page.changes.back().revision(), kReadAtOnce, tx));
    page.has_more = !next.empty();
    for (Change& change : next) {
      if (!BelongTogether(page.changes.back(), change)) return page;
      page.changes.push_back(std::move(change));
    }
  }
  return page;
}

// One for each resource, in the order of the changes.
absl::StatusOr<std::vector<Reversal>> PlanAll(const RequestId& reverted, const RequestId& own,
                                              const std::vector<Change>& changes, WriteTx& tx) {
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> distinct;
  for (const Change& change : changes) {
    if (distinct.insert(change.resource_name()).second) names.push_back(change.resource_name());
  }
  RETURN_IF_ERROR(tx.HoldAccountsOf(names));
  std::vector<Reversal> reversals;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::vector<Change> since, ReadChangesSince(reverted, name, tx));
    if (!since.empty()) reversals.push_back(PlanReversal(reverted, own, since));
  }
  return reversals;
}

// --- what becomes of it ---

std::string Shown(const SaidField& field, const Message& resource) {
  return std::string(FirstCharacters(field.TextIn(resource), kShownText));
}

void AddFields(const std::vector<SaidField>& fields, const Message& from, const Message& to,
               Result& result) {
  for (const SaidField& field : fields) {
    auto& change = *result.add_fields();
    change.set_field(field.path());
    change.set_old_value(Shown(field, from));
    change.set_new_value(Shown(field, to));
  }
}

Result ResultOf(const Reversal& reversal) {
  Result result;
  result.set_resource_name(reversal.name);
  result.set_resource_type(reversal.type->name());
  result.set_operation(reversal.operation);
  return result;
}

Result Refused(const Reversal& reversal, const absl::Status& error) {
  Result result = ResultOf(reversal);
  if (reversal.operation == Change::UPDATED && reversal.target != nullptr) {
    AddFields(reversal.fields, *reversal.now, *reversal.target, result);
  }
  *result.mutable_error() = ToRowError(error);
  return result;
}

// What was done, told from what there is: a workflow has done some of it in its own way. Without an
// operation where nothing was.
absl::StatusOr<Result> Done(const Reversal& reversal, ReadTx& tx) {
  Result result = ResultOf(reversal);
  ASSIGN_OR_RETURN(const auto now, ReadNow(*reversal.type, reversal.name, tx));
  if (reversal.now == nullptr || now == nullptr) {
    if (reversal.now == nullptr && now == nullptr) result.clear_operation();
    return result;
  }
  AddFields(DifferingFields(*reversal.now, *now), *reversal.now, *now, result);
  result.set_operation(result.fields().empty() ? Change::OPERATION_UNSPECIFIED : Change::UPDATED);
  return result;
}

// Carries the groups out, each by itself, and tells what became of them.
class Reverting {
 public:
  Reverting(std::vector<ReversalGroup> groups, WriteTx& tx) : groups_(std::move(groups)), tx_(tx) {
    errors_.resize(groups_.size());
    culprits_.resize(groups_.size());
  }

  absl::Status Run() {
    std::vector<size_t> left;
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (!FindChangedSince(i)) left.push_back(i);
    }
    for (int round = 0; round < kMostRounds && !left.empty(); ++round) {
      std::vector<size_t> refused;
      for (const size_t i : left) {
        RETURN_IF_ERROR(TakeBackGroup(i));
        if (!errors_[i].ok()) refused.push_back(i);
      }
      if (refused.size() == left.size()) break;
      left = std::move(refused);
    }
    return absl::OkStatus();
  }

  std::vector<const Reversal*> done() const {
    std::vector<const Reversal*> done;
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (errors_[i].ok()) done.insert(done.end(), groups_[i].begin(), groups_[i].end());
    }
    return done;
  }

  absl::Status Report(RevertChangesResponse& response) {
    for (size_t i = 0; i < groups_.size(); ++i) {
      for (const Reversal* one : groups_[i]) {
        if (!errors_[i].ok()) {
          *response.add_results() = Refused(*one, ErrorOf(*one, i));
          response.set_refused_count(response.refused_count() + 1);
          continue;
        }
        ASSIGN_OR_RETURN(Result result, Done(*one, tx_));
        if (result.operation() == Change::OPERATION_UNSPECIFIED) {
          response.set_unchanged_count(response.unchanged_count() + 1);
          continue;
        }
        *response.add_results() = std::move(result);
        response.set_reverted_count(response.reverted_count() + 1);
      }
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status ChangedSince(const Reversal& reversal) {
    return FailedPreconditions(v1::CHANGED_SINCE, reversal.name,
                               "Somebody has changed since what is to be taken back",
                               reversal.changed_since);
  }

  bool FindChangedSince(size_t i) {
    for (const Reversal* one : groups_[i]) {
      if (one->changed_since.empty()) continue;
      errors_[i] = ChangedSince(*one);
      culprits_[i] = one;
      return true;
    }
    return false;
  }

  absl::Status TakeBackGroup(size_t i) {
    const Reversal* culprit = nullptr;
    const absl::Status status = tx_.Try([&] {
      Writing writing(tx_);
      return TakeBack(groups_[i], writing, culprit);
    });
    // A conflict or a lost connection is of the whole transaction.
    if (!status.ok() && ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED) return status;
    errors_[i] = status;
    culprits_[i] = culprit;
    return absl::OkStatus();
  }

  absl::Status ErrorOf(const Reversal& reversal, size_t i) const {
    if (!reversal.changed_since.empty()) return ChangedSince(reversal);
    if (culprits_[i] == nullptr || culprits_[i] == &reversal) return errors_[i];
    return FailedPrecondition(ReasonOf(errors_[i]), culprits_[i]->name,
                              absl::StrCat("It belongs together with ", culprits_[i]->name,
                                           ", which cannot be taken back: ", errors_[i].message()));
  }

  const std::vector<ReversalGroup> groups_;
  WriteTx& tx_;
  std::vector<absl::Status> errors_;
  std::vector<const Reversal*> culprits_;
};

}  // namespace

absl::StatusOr<RevertChangesResponse> RevertChanges(const RevertChangesRequest& request,
                                                    WriteTx& tx) {
  const Call& call = tx.call();
  const RequestId own{call.run.empty() ? call.request_id : call.run, call.actor};
  if (own.request_id == request.reverted_request_id()) {
    return InvalidField("run", "must be another than what is to be taken back");
  }
  ASSIGN_OR_RETURN(const RequestId reverted, FindRequest(request, tx));
  ASSIGN_OR_RETURN(const Page page, ReadPage(reverted, request, tx));
  if (page.changes.empty() && request.before_revision() == 0) {
    return MakeError(
        absl::StatusCode::kNotFound, v1::RESOURCE_NOT_FOUND,
        absl::StrCat("The history has no change with the request_id ", reverted.request_id));
  }
  if (request.reason().empty()) tx.set_reason(absl::StrCat("Takes back ", reverted.request_id));
  RevertChangesResponse response;
  if (page.has_more) response.set_next_revision(page.changes.back().revision());
  ASSIGN_OR_RETURN(std::vector<Reversal> reversals, PlanAll(reverted, own, page.changes, tx));
  std::vector<ReversalGroup> groups = GroupReversals(reversals);
  size_t planned = 0;
  for (const ReversalGroup& group : groups) planned += group.size();
  response.set_unchanged_count(static_cast<int>(reversals.size() - planned));
  Reverting reverting(std::move(groups), tx);
  RETURN_IF_ERROR(reverting.Run());
  RETURN_IF_ERROR(TakeBackImportedRows(reverting.done(), reverted.request_id, own.request_id, tx));
  RETURN_IF_ERROR(tx.Settle());
  RETURN_IF_ERROR(reverting.Report(response));
  return response;
}

}  // namespace perennial
