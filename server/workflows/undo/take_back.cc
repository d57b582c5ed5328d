#include "server/workflows/undo/take_back.h"

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/base/status.h"
#include "lib/domain/cadence.h"
#include "lib/storage/import_memory.h"
#include "lib/storage/resource_table.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/expansion_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/workflows/moves.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/subscription_ledger.h"
#include "server/workflows/tasks.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using v1::Change;
using v1::Contact;
using v1::Opportunity;
using v1::Subscription;
using v1::Task;

namespace {

template <class T>
bool Is(const Reversal& reversal) {
  return reversal.type == T::descriptor();
}

template <class T>
const T& As(const Message& message) {
  return static_cast<const T&>(message);
}

// --- created, and gone again ---

absl::Status Remove(const Reversal& reversal, WriteTx& tx) {
  ASSIGN_OR_RETURN(const auto now, ReadNow(*reversal.type, reversal.name, tx));
  if (now == nullptr) return absl::OkStatus();
  if (Is<Opportunity>(reversal)) return RemoveOpportunity(As<Opportunity>(*now), tx);
  if (Is<Subscription>(reversal)) return TakeBackSubscription(tx, As<Subscription>(*now));
  if (Is<Contact>(reversal)) RETURN_IF_ERROR(LetMovesName("", As<Contact>(*now), tx));
  return tx.DeleteMessage(*now);
}

// --- deleted, and there again ---

absl::Status CreateAgain(const Reversal& reversal, WriteTx& tx) {
  const std::unique_ptr<Message> again(reversal.target->New());
  again->CopyFrom(*reversal.target);
  for (int i = 0; i < reversal.type->field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *reversal.type->field(i);
    // The history has them with the summary of their account, which is not their own.
    const bool is_own = !RulesOf(field).joined();
    if (is_own && field.name() != "etag" && field.name() != "update_time") continue;
    again->GetReflection()->ClearField(again.get(), &field);
  }
  if (Is<Opportunity>(reversal)) return CreateRenewalAgain(As<Opportunity>(*again), tx);
  RETURN_IF_ERROR(tx.CreateMessage(*again));
  if (Is<Contact>(reversal)) return EndRedirection(reversal.name, tx);
  if (Is<Subscription>(reversal)) return WriteLedger(As<Subscription>(*again), tx);
  return absl::OkStatus();
}

// --- changed, and as it was again ---

absl::Status CompleteTask(const Reversal& reversal, Task& task, WriteTx& tx) {
  if (!MayBeDone(task)) return absl::OkStatus();
  if (reversal.Takes("contact") && !task.contact().empty()) {
    RETURN_IF_ERROR(CheckMayContact({task.contact()}, "their tasks stay without them", tx));
  }
  if (task.opportunity().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(task.opportunity()));
  if (opportunity.outcome() == Opportunity::OPEN) return absl::OkStatus();
  // Nobody is to do it now; once the renewal is opened again, they are.
  task.set_state(Task::SKIPPED);
  task.set_state_reason(kEndedByClosing);
  return absl::OkStatus();
}

// What was agreed is agreed of a renewal that is open.
absl::Status CheckRenewalIsOpen(const Reversal& reversal, ReadTx& tx) {
  const bool is_agreed = Is<v1::Offer>(reversal) || Is<v1::Proposal>(reversal);
  if (!is_agreed || !reversal.Takes("state")) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Opportunity opportunity, tx.Get<Opportunity>(ParentOf(reversal.name)));
  return CheckOpen(opportunity);
}

absl::Status ChangeBack(const Reversal& reversal, Writing& writing) {
  WriteTx& tx = writing.tx;
  if (Is<Opportunity>(reversal)) return TakeBackRenewal(reversal, tx);
  if (Is<Subscription>(reversal)) return TakeBackTerms(reversal, tx);
  RETURN_IF_ERROR(CheckRenewalIsOpen(reversal, tx));
  ASSIGN_OR_RETURN(const auto now, ReadNow(*reversal.type, reversal.name, tx));
  if (now == nullptr) return absl::OkStatus();
  const std::unique_ptr<Message> back(now->New());
  back->CopyFrom(*now);
  for (const SaidField& field : reversal.fields) field.Copy(*reversal.target, *back);
  if (Is<Task>(reversal)) {
    RETURN_IF_ERROR(CompleteTask(reversal, static_cast<Task&>(*back), tx));
  }
  const AnyTypeRules* rules = AnyTypeRules::Of(*reversal.type);
  if (rules == nullptr) return tx.UpdateMessage(*back);
  RETURN_IF_ERROR(rules->CompleteAny(*back, writing));
  return rules->UpdateRow(*now, *back, writing);
}

// --- together ---

absl::Status TakeBackOne(const Reversal& reversal, Writing& writing) {
  switch (reversal.operation) {
    case Change::DELETED:
      return Remove(reversal, writing.tx);
    case Change::CREATED:
      return CreateAgain(reversal, writing.tx);
    case Change::UPDATED:
      return ChangeBack(reversal, writing);
    default:
      return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<Message>> ReadNow(const Descriptor& type, const std::string& name,
                                                 ReadTx& tx) {
  std::shared_ptr<Message> now(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  const absl::Status status = tx.GetInto(ResourceTable::Of(type), name, *now);
  if (absl::IsNotFound(status)) return std::shared_ptr<Message>();
  RETURN_IF_ERROR(status);
  return now;
}

absl::Status TakeBack(const ReversalGroup& group, Writing& writing, const Reversal*& culprit) {
  const bool has_outcome = std::any_of(group.begin(), group.end(),
                                       [](const Reversal* one) { return TakesOutcome(*one); });
  const auto each = [&](absl::FunctionRef<bool(const Reversal&)> takes,
                        absl::FunctionRef<absl::Status(const Reversal&)> take) -> absl::Status {
    for (const Reversal* one : group) {
      if (!takes(*one)) continue;
      culprit = one;
      RETURN_IF_ERROR(take(*one));
    }
    return absl::OkStatus();
  };
  // The outcome, or a renewal that goes: what hangs on it follows. Then what a renewal is worked
  // out of, and last its own fields.
  const auto is_first = [](const Reversal& one) {
    return TakesOutcome(one) || (Is<Opportunity>(one) && one.operation == Change::DELETED);
  };
  const auto is_last = [](const Reversal& one) {
    return Is<Opportunity>(one) && one.operation == Change::UPDATED;
  };
  RETURN_IF_ERROR(each(is_first, [&](const Reversal& one) {
    return TakesOutcome(one) ? TakeBackOutcome(one, writing.tx) : TakeBackOne(one, writing);
  }));
  RETURN_IF_ERROR(each(
      [&](const Reversal& one) {
        // A closing, or its end, has taken back what became of the terms.
        const bool is_done = has_outcome && Is<Subscription>(one);
        return !is_first(one) && !is_last(one) && !is_done;
      },
      [&](const Reversal& one) { return TakeBackOne(one, writing); }));
  RETURN_IF_ERROR(each(is_last, [&](const Reversal& one) { return TakeBackOne(one, writing); }));
  culprit = nullptr;
  return absl::OkStatus();
}

}  // namespace perennial
