#include "server/workflows/undo/reversal.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/date.h"
#include "lib/storage/call.h"
#include "lib/storage/history.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;

namespace {

constexpr char kUndoing[] = "HistoryService.RevertChanges";

// What follows from something else, by type: nobody wrote it, and nobody takes it back.
const std::set<std::string>& WorkedOut(const Descriptor& type) {
  static const auto& by_type = *new std::map<std::string, std::set<std::string>>{
      {"Account", {"standing"}},
      {"Contact", {"verified"}},
      {"Subscription", {"seats", "arr", "next_amendment_date"}},
      {"Opportunity",
       {"arr", "renewal_date", "weighted_arr", "risk_level", "risk_reasons", "risks", "reached",
        "reach_time", "reach_imported", "stage_enter_time", "stage_times"}},
  };
  static const auto& nothing = *new std::set<std::string>;
  const auto found = by_type.find(type.name());
  return found == by_type.end() ? nothing : found->second;
}

bool IsWritten(const FieldDescriptor& field) {
  static const auto& everywhere =
      *new std::set<std::string>{"name", "etag", "create_time", "update_time"};
  if (everywhere.count(field.name()) > 0 || RulesOf(field).joined()) return false;
  return WorkedOut(*field.containing_type()).count(field.name()) == 0;
}

void AddKeys(const Message& resource, const FieldDescriptor& map, std::set<std::string>& keys) {
  const auto& reflection = *resource.GetReflection();
  for (int i = 0; i < reflection.FieldSize(resource, &map); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(resource, &map, i);
    keys.insert(entry.GetReflection()->GetString(entry, map.message_type()->map_key()));
  }
}

// What a day that comes makes of a resource is not what anybody wants it to be.
bool IsPassingOfTime(const Change& change, const SaidField& field) {
  if (change.actor() != kSystemActor) return false;
  const std::string& path = field.path();
  if (change.resource().has_task()) {
    const v1::Task::State state = change.resource().task().state();
    return path == "state" && (state == v1::Task::MISSED || state == v1::Task::NOT_EXPECTED);
  }
  if (!change.resource().has_subscription()) return false;
  return (path == "state" &&
          change.resource().subscription().state() == v1::Subscription::PAST_DUE) ||
         path == "exclusion_reason" || path == "exclusion_note";
}

bool IsOf(const Change& change, const RequestId& request) {
  return !request.request_id.empty() && change.request_id() == request.request_id &&
         change.actor() == request.actor;
}

std::shared_ptr<Message> CopyOf(const Message& message) {
  std::shared_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

// Goes through the changes in their order.
class Planner {
 public:
  Planner(const RequestId& reverted, const RequestId& own, const std::vector<Change>& changes)
      : reverted_(reverted), own_(own), changes_(changes) {}

  Reversal Plan() {
    Reversal plan;
    plan.name = changes_.front().resource_name();
    plan.type = ResourceByType(changes_.front().resource_type());
    size_t i = 0;
    if (!IsOf(changes_[0], reverted_)) now_ = After(changes_[i++]);
    const Message* const before = now_;
    for (; i < changes_.size(); ++i) Follow(changes_[i], plan);
    if (before != nullptr) plan.before = CopyOf(*before);
    if (now_ != nullptr) plan.now = CopyOf(*now_);
    Conclude(plan);
    return plan;
  }

 private:
  struct Track {
    SaidField field;
    const Message* before;
    ValueHashes given;
    const Change* moved = nullptr;  // by which somebody else has changed it since
  };

  static const Message* After(const Change& change) {
    return change.operation() == Change::DELETED ? nullptr : InResource(change.resource());
  }

  void Follow(const Change& change, Reversal& plan) {
    const Message* const next = After(change);
    const bool is_reverted = IsOf(change, reverted_);
    if (is_reverted) {
      plan.was_imported |= change.method() == "ImportService.Import";
      plan.was_undone |= change.method() == kUndoing;
    }
    if ((now_ == nullptr) != (next == nullptr)) ComeOrGo(change, next);
    if (now_ != nullptr && next != nullptr) {
      for (const SaidField& field : DifferingFields(*now_, *next)) {
        if (is_reverted) {
          Take(field, *next);
        } else if (change.method() == kUndoing && IsAsGiven(field, *next)) {
          ComeBack(field);
        } else if (!IsOf(change, own_) && !IsPassingOfTime(change, field)) {
          Move(field, change);
        }
      }
    }
    now_ = next;
    if (is_reverted) given_ = next;
  }

  // What comes back as it was when it went was never away.
  void ComeOrGo(const Change& change, const Message* next) {
    if (next == nullptr) {
      gone_ = now_;
      existence_before_ = existence_;
    } else if (change.method() == kUndoing && gone_ != nullptr &&
               DifferingFields(*gone_, *next).empty()) {
      existence_ = existence_before_;
      return;
    }
    existence_ = &change;
  }

  void Take(const SaidField& field, const Message& next) {
    const auto [track, is_new] = tracks_.try_emplace(field.path(), Track{field, now_, {}});
    // Somebody else had changed it between two changes of the request: theirs comes back.
    if (!is_new && track->second.moved != nullptr) track->second.before = now_;
    track->second.moved = nullptr;
    track->second.given = field.In(next);
    others_.erase(field.path());
  }

  void Move(const SaidField& field, const Change& change) {
    others_[field.path()] = &change;
    const auto track = tracks_.find(field.path());
    if (track != tracks_.end()) track->second.moved = &change;
  }

  // Whoever had changed it since has taken that back.
  bool IsAsGiven(const SaidField& field, const Message& next) const {
    return given_ != nullptr && field.In(next) == field.In(*given_);
  }
  void ComeBack(const SaidField& field) {
    others_.erase(field.path());
    const auto track = tracks_.find(field.path());
    if (track != tracks_.end()) track->second.moved = nullptr;
  }

  void Conclude(Reversal& plan) {
    // A ledger is only ever added to, and what was recorded of stages stays recorded.
    const bool is_kept = plan.type == v1::ArrMovement::descriptor() ||
                         plan.type == v1::StageTransition::descriptor();
    const bool is_others =
        existence_ != nullptr && !IsOf(*existence_, reverted_) && !IsOf(*existence_, own_);
    if (plan.before == nullptr) {
      if (plan.now != nullptr && !is_kept) ConcludeCreated(is_others, plan);
    } else if (plan.now != nullptr) {
      ConcludeUpdated(is_others, plan);
    } else if (is_others) {
      if (tracks_.empty()) return;
      plan.operation = Change::UPDATED;
      Refuse("name", "deleted it", *existence_, plan);
    } else if (existence_ != nullptr && IsOf(*existence_, reverted_)) {
      plan.operation = Change::CREATED;
      plan.target = CopyOf(*plan.before);
    }
  }

  void ConcludeCreated(bool is_others, Reversal& plan) {
    plan.operation = Change::DELETED;
    if (is_others) return Refuse("name", "created it again", *existence_, plan);
    for (const auto& [path, change] : others_) Refuse(path, "changed it", *change, plan);
  }

  void ConcludeUpdated(bool is_others, Reversal& plan) {
    if (is_others) {
      plan.operation = Change::UPDATED;
      return Refuse("name", "created it again", *existence_, plan);
    }
    plan.target = CopyOf(*plan.now);
    for (auto& [path, track] : tracks_) {
      const ValueHashes here = track.field.In(*plan.now);
      if (here == track.field.In(*track.before)) continue;
      // Also where it has the same value once more: somebody wants it so.
      if (track.moved != nullptr) {
        Refuse(path, "changed it", *track.moved, plan);
      } else if (here == track.given) {
        track.field.Copy(*track.before, *plan.target);
        plan.fields.push_back(track.field);
      }
    }
    if (!plan.fields.empty() || !plan.changed_since.empty()) plan.operation = Change::UPDATED;
  }

  static void Refuse(const std::string& field, absl::string_view what, const Change& change,
                     Reversal& plan) {
    plan.changed_since.push_back(
        {field, absl::StrCat(change.actor(), " ", what, " by ", change.method(), " on ",
                             FormatUtc(ToTime(change.change_time())))});
  }

  const RequestId& reverted_;
  const RequestId& own_;
  const std::vector<Change>& changes_;
  const Message* now_ = nullptr;
  const Message* given_ = nullptr;  // what the request left
  const Message* gone_ = nullptr;   // as it was when it was deleted last
  // The last one that created or deleted it, and the one before it went.
  const Change* existence_ = nullptr;
  const Change* existence_before_ = nullptr;
  std::map<std::string, Track> tracks_;
  std::map<std::string, const Change*> others_;  // that changed a field since the request did
};

}  // namespace

bool Reversal::Takes(absl::string_view field) const {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const SaidField& one) { return one.path() == field; });
}

std::vector<SaidField> DifferingFields(const Message& a, const Message& b) {
  std::vector<SaidField> fields;
  const auto add = [&](const FieldDescriptor& field, const std::string& key) {
    SaidField said(field, key);
    if (said.In(a) != said.In(b)) fields.push_back(std::move(said));
  };
  const Descriptor& type = *a.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!IsWritten(field)) continue;
    if (!field.is_map()) {
      add(field, "");
      continue;
    }
    std::set<std::string> keys;
    AddKeys(a, field, keys);
    AddKeys(b, field, keys);
    for (const std::string& key : keys) add(field, key);
  }
  return fields;
}

Reversal PlanReversal(const RequestId& reverted, const RequestId& own,
                      const std::vector<Change>& changes) {
  return Planner(reverted, own, changes).Plan();
}

}  // namespace perennial
