#include "lib/api/text.h"
#include "lib/domain/gates.h"
#include "perennial/v1/account_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::AccountEvent;

namespace {

class AccountEventRules final : public TypeRules<AccountEvent> {
  absl::Status Complete(AccountEvent& event, Writing& writing) const override {
    if (!event.has_event_date()) *event.mutable_event_date() = ToDate(writing.tx.today());
    if (ToCivilDay(event.event_date()) <= writing.tx.today()) return absl::OkStatus();
    return InvalidField("account_event.event_date", "must not be in the future");
  }
};
const AccountEventRules rules;

constexpr int kNewsDays = 7;
constexpr int kQuotedAfterUpheaval = 140;

// What happens in the customer's world is an occasion to be of use; where it puts in doubt who
// decides there, to find that out.
absl::Status AskToRespond(const AccountEvent& event, WriteTx& tx) {
  const bool upheaval = IsUpheaval(event);
  v1::Task task;
  task.set_kind(upheaval ? v1::Task::OTHER : v1::Task::GIVE);
  task.set_intent(upheaval ? v1::Touch::CHECK_IN : v1::Touch::GIVE);
  task.set_title(
      absl::StrCat(upheaval ? "Find out who decides now, and verify the contacts: "
                            : "Bring them something useful about: ",
                   FirstCharacters(event.title(), upheaval ? kQuotedAfterUpheaval : kQuotedTitle)));
  task.set_note(absl::StrCat("For ", event.name()));
  return AddTask(std::move(task), AccountOf(event.name()), kNewsDays, tx);
}

absl::StatusOr<AccountEvent> CreateAccountEvent(const v1::CreateAccountEventRequest& request,
                                                WriteTx& tx) {
  ASSIGN_OR_RETURN(const AccountEvent event, Create<AccountEvent>(request, tx));
  RETURN_IF_ERROR(AskToRespond(event, tx));
  return event;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("AccountService.CreateAccountEvent", CreateAccountEvent);
  registry.Get<v1::GetAccountEventRequest, AccountEvent>("AccountService.GetAccountEvent");
  registry.List<v1::ListAccountEventsRequest, v1::ListAccountEventsResponse>(
      "AccountService.ListAccountEvents");
  registry.Write("AccountService.UpdateAccountEvent",
                 Update<AccountEvent, v1::UpdateAccountEventRequest>);
  registry.Write("AccountService.DeleteAccountEvent",
                 Delete<AccountEvent, v1::DeleteAccountEventRequest>);
});

}  // namespace
}  // namespace perennial
