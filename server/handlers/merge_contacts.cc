#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/domain/contacts.h"
#include "lib/storage/tx/references.h"
#include "perennial/v1/account_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/import/redirect.h"
#include "server/workflows/moves.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Contact;

namespace {

absl::Status CheckDuplicates(const v1::MergeContactsRequest& request) {
  RETURN_IF_ERROR(CheckOfAccount(request.duplicates(), AccountOf(request.name()), "duplicates"));
  std::set<std::string> names = {request.name()};
  for (const std::string& duplicate : request.duplicates()) {
    if (names.insert(duplicate).second) continue;
    return InvalidField("duplicates",
                        absl::StrCat("must be others, each of them once, but ", duplicate,
                                     duplicate == request.name() ? " stays" : " is there twice"));
  }
  return absl::OkStatus();
}

// Who is there and who has left are not the same person, as far as anybody knows.
absl::Status CheckSameState(const Contact& contact, const Contact& duplicate) {
  if (contact.state() == duplicate.state()) return absl::OkStatus();
  return FailedPrecondition(
      v1::WRONG_STATE, duplicate.name(),
      absl::StrCat("It is ", Contact::State_Name(duplicate.state()), ", ", contact.name(), " is ",
                   Contact::State_Name(contact.state())));
}

std::string MergeReason(const v1::MergeContactsRequest& request) {
  const auto append_id = [](std::string* out, const std::string& name) {
    absl::StrAppend(out, IdOf(name));
  };
  return absl::StrCat("Merged ", absl::StrJoin(request.duplicates(), ", ", append_id), " into ",
                      request.name());
}

// Whoever names them at other customers names `contact` instead.
absl::Status Remove(const std::vector<Contact>& duplicates, const Contact& contact, WriteTx& tx) {
  for (const Contact& duplicate : duplicates) {
    RETURN_IF_ERROR(LetMovesName(contact.name(), duplicate, tx));
    const absl::Status status = tx.Delete(duplicate);
    // Somebody named it since its references were replaced: the transaction runs again.
    if (ReasonOf(status) == v1::RESOURCE_IN_USE) return absl::AbortedError("named meanwhile");
    RETURN_IF_ERROR(status);
    RETURN_IF_ERROR(RedirectImports(duplicate, contact.name(), tx));
  }
  return absl::OkStatus();
}

absl::StatusOr<Contact> MergeContacts(const v1::MergeContactsRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Contact contact, GetToChange<Contact>(request, tx));
  RETURN_IF_ERROR(CheckDuplicates(request));
  // Nobody records anything with a duplicate meanwhile.
  RETURN_IF_ERROR(tx.HoldAccount(AccountOf(contact.name())));
  const std::vector<std::string> names(request.duplicates().begin(), request.duplicates().end());
  ASSIGN_OR_RETURN(const std::vector<Contact> duplicates, tx.GetAll<Contact>(names));
  for (const Contact& duplicate : duplicates) {
    RETURN_IF_ERROR(CheckSameState(contact, duplicate));
    TakeOver(duplicate, contact);
  }
  RETURN_IF_ERROR(ValidateResource(contact, "contact"));
  tx.set_reason(MergeReason(request));
  RETURN_IF_ERROR(ReplaceReferences(ResourceTable::Of<Contact>(), names, contact.name(), tx));
  if (contact.do_not_contact()) RETURN_IF_ERROR(TakeOffTasks(contact, tx));
  // What says who they are elsewhere is free once they are gone.
  RETURN_IF_ERROR(Remove(duplicates, contact, tx));
  return tx.Update(std::move(contact));
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("AccountService.MergeContacts", MergeContacts);
});

}  // namespace
}  // namespace perennial
