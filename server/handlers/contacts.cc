#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/api/text.h"
#include "lib/domain/gates.h"
#include "lib/domain/risk.h"
#include "perennial/v1/account_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/moves.h"
#include "server/workflows/opportunity_writes.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Contact;
using v1::Opportunity;

namespace {

class ContactRules final : public TypeRules<Contact> {
  absl::Status Complete(Contact& contact, Writing&) const override {
    if (contact.state() == Contact::STATE_UNSPECIFIED) contact.set_state(Contact::ACTIVE);
    return absl::OkStatus();
  }

  void Merge(const Contact* before, const Taken<Contact>& taken, Contact& row) const override {
    if (!taken.fields.has_verify_time()) return;
    const Contact& said = taken.fields;
    if (before != nullptr && ToTime(said.verify_time()) <= ToTime(before->verify_time())) return;
    *row.mutable_verify_time() = said.verify_time();
    // Unless something happened since: the consequences of the row say so.
    row.set_verified(true);
  }

  absl::Status CompleteImported(Contact& contact, Writing& writing) const override {
    return CheckNotInFuture(contact.verify_time(), "contact.verify_time", writing.tx);
  }

  // No task is to ask for somebody who does not want to be contacted.
  absl::StatusOr<Contact> Update(const Contact&, Contact contact, Writing& writing) const override {
    if (contact.do_not_contact()) RETURN_IF_ERROR(TakeOffTasks(contact, writing.tx));
    return writing.tx.Update(std::move(contact));
  }
};
const ContactRules rules;

absl::Status CheckActive(const Contact& contact) {
  if (contact.state() == Contact::ACTIVE) return absl::OkStatus();
  return FailedPrecondition(v1::WRONG_STATE, contact.name(), "The contact has left the customer");
}

absl::StatusOr<Contact> VerifyContact(const v1::VerifyContactRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Contact contact, GetToChange<Contact>(request, tx));
  RETURN_IF_ERROR(CheckActive(contact));
  *contact.mutable_verify_time() = ToTimestamp(tx.now());
  return tx.Update(contact);
}

constexpr int kSuccessorDays = 7;

// What the person promised is worth less.
absl::Status LowerForecasts(const Contact& contact, WriteTx& tx) {
  ASSIGN_OR_RETURN(const std::vector<Opportunity> open,
                   OpenOpportunitiesOf(AccountOf(contact.name()), tx));
  for (Opportunity opportunity : open) {
    LowerForecast(opportunity);
    RETURN_IF_ERROR(tx.Update(std::move(opportunity)).status());
  }
  return absl::OkStatus();
}

absl::Status AlreadyMoved(const Contact& contact) {
  return FailedPrecondition(v1::WRONG_STATE, contact.name(),
                            absl::StrCat("The person is ", contact.moved_to(), " now"));
}

constexpr absl::string_view kHasLeft = " has left: ";

absl::Status AskForSuccessor(const Contact& contact, WriteTx& tx) {
  v1::Task task;
  task.set_kind(v1::Task::SUCCESSOR);
  task.set_title(
      absl::StrCat("Find out who follows ", FirstCharacters(contact.display_name(), kQuotedTitle)));
  task.set_note(absl::StrCat(contact.name(), kHasLeft, tx.reason()));
  return AddTask(std::move(task), AccountOf(contact.name()), kSuccessorDays, tx);
}

// Nobody is to look for who follows a person that is there.
absl::Status DropSuccessorTasks(const Contact& contact, WriteTx& tx) {
  ASSIGN_OR_RETURN(std::vector<v1::Task> tasks,
                   tx.Select<v1::Task>(From<v1::Task>()
                                           .Under(AccountOf(contact.name()))
                                           .Where("kind", "=", "SUCCESSOR")
                                           .Where("state", "=", "OPEN")));
  for (v1::Task& task : tasks) {
    if (!absl::StartsWith(task.note(), absl::StrCat(contact.name(), kHasLeft))) continue;
    task.set_state(v1::Task::SKIPPED);
    task.set_state_reason("The person has not left");
    RETURN_IF_ERROR(tx.Update(std::move(task)).status());
  }
  return absl::OkStatus();
}

// With what follows from it.
absl::StatusOr<Contact> Leave(Contact contact, WriteTx& tx) {
  contact.set_state(Contact::LEFT);
  *contact.mutable_leave_time() = ToTimestamp(tx.now());
  RETURN_IF_ERROR(TakeOffTasks(contact, tx));
  if (HasDecisionRole(contact)) {
    RETURN_IF_ERROR(LowerForecasts(contact, tx));
    RETURN_IF_ERROR(AskForSuccessor(contact, tx));
  }
  return tx.Update(std::move(contact));
}

absl::StatusOr<Contact> MarkContactLeft(const v1::MarkContactLeftRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Contact contact, GetToChange<Contact>(request, tx));
  RETURN_IF_ERROR(CheckActive(contact));
  tx.set_reason(request.reason());
  return Leave(std::move(contact), tx);
}

absl::StatusOr<Contact> UndoContactLeft(const v1::UndoContactLeftRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Contact contact, GetToChange<Contact>(request, tx));
  if (contact.state() != Contact::LEFT) {
    return FailedPrecondition(v1::WRONG_STATE, contact.name(), "The contact has not left");
  }
  if (!contact.moved_to().empty()) return AlreadyMoved(contact);
  tx.set_reason(request.reason());
  contact.set_state(Contact::ACTIVE);
  contact.clear_leave_time();
  RETURN_IF_ERROR(DropSuccessorTasks(contact, tx));
  return tx.Update(std::move(contact));
}

// What goes with the person, to wherever they go.
Contact AtDestination(const Contact& contact, const v1::MoveContactRequest& request, WriteTx& tx) {
  Contact there;
  there.set_name(tx.NewName<Contact>(request.destination(), request.contact_id()));
  there.set_display_name(contact.display_name());
  there.set_title(request.title());
  there.set_email(request.email());
  there.set_stance(contact.stance());
  there.set_preferred_channel(contact.preferred_channel());
  *there.mutable_needs() = contact.needs();
  there.set_do_not_contact(contact.do_not_contact());
  there.set_moved_from(contact.name());
  there.set_state(Contact::ACTIVE);
  return there;
}

absl::StatusOr<Empty> DeleteContact(const v1::DeleteContactRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const Contact contact, GetToChange<Contact>(request, tx));
  RETURN_IF_ERROR(LetMovesName("", contact, tx));
  RETURN_IF_ERROR(tx.Delete(contact));
  return Empty();
}

absl::StatusOr<Contact> MoveContact(const v1::MoveContactRequest& request, WriteTx& tx) {
  RETURN_IF_ERROR(tx.HoldAccountsOf({request.name(), request.destination()}));
  ASSIGN_OR_RETURN(Contact contact, GetToChange<Contact>(request, tx));
  if (AccountOf(contact.name()) == request.destination()) {
    return InvalidField("destination", "must be another customer than the one they are at");
  }
  if (!contact.moved_to().empty()) return AlreadyMoved(contact);
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(Contact there, tx.Create(AtDestination(contact, request, tx)));
  contact.set_moved_to(there.name());
  if (contact.state() == Contact::LEFT) {
    RETURN_IF_ERROR(tx.Update(std::move(contact)).status());
  } else {
    RETURN_IF_ERROR(Leave(std::move(contact), tx).status());
  }
  return there;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("AccountService.CreateContact", Create<Contact, v1::CreateContactRequest>);
  registry.Get<v1::GetContactRequest, Contact>("AccountService.GetContact");
  registry.List<v1::ListContactsRequest, v1::ListContactsResponse>("AccountService.ListContacts");
  registry.Write("AccountService.UpdateContact", Update<Contact, v1::UpdateContactRequest>);
  registry.Write("AccountService.DeleteContact", DeleteContact);
  registry.Write("AccountService.VerifyContact", VerifyContact);
  registry.Write("AccountService.MarkContactLeft", MarkContactLeft);
  registry.Write("AccountService.UndoContactLeft", UndoContactLeft);
  registry.Write("AccountService.MoveContact", MoveContact);
});

}  // namespace
}  // namespace perennial
