#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "perennial/v1/engagement_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/capabilities.h"
#include "server/workflows/closed_reach.h"
#include "server/workflows/doing_tasks.h"
#include "server/workflows/tasks.h"

namespace perennial {

using v1::Touch;

namespace {

absl::Status CompleteTouch(Touch& touch, ReadTx& tx) {
  const std::string account(AccountOf(touch.name()));
  RETURN_IF_ERROR(CheckOfAccount(touch.contacts(), account, "touch.contacts"));
  RETURN_IF_ERROR(CheckCapabilityNames({touch.capabilities().begin(), touch.capabilities().end()},
                                       "touch.capabilities", tx));
  if (!touch.has_touch_time()) *touch.mutable_touch_time() = ToTimestamp(tx.now());
  return CheckNotInFuture(touch.touch_time(), "touch.touch_time", tx);
}

// Of a new one: whoever looks after the account later was not in touch then. Of one that is
// imported, or recorded by nobody who says who they are, it is whoever looks after it now.
absl::Status CompleteOwner(Touch& touch, ReadTx& tx) {
  if (!touch.owner().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>(AccountOf(touch.name())));
  touch.set_owner(account.owner());
  return absl::OkStatus();
}

class TouchRules final : public TypeRules<Touch> {
  absl::Status Complete(Touch& touch, Writing& writing) const override {
    return CompleteTouch(touch, writing.tx);
  }

  absl::StatusOr<Touch> Create(Touch touch, Writing& writing) const override {
    RETURN_IF_ERROR(CompleteOwner(touch, writing.tx));
    ASSIGN_OR_RETURN(touch, writing.tx.Create(std::move(touch)));
    RETURN_IF_ERROR(StampReachedBy(touch, writing));
    return touch;
  }
  absl::StatusOr<Touch> Update(const Touch&, Touch touch, Writing& writing) const override {
    ASSIGN_OR_RETURN(touch, writing.tx.Update(std::move(touch)));
    RETURN_IF_ERROR(StampReachedBy(touch, writing));
    return touch;
  }

  std::vector<std::string> AlsoRefersTo(const Touch& row) const override {
    std::vector<std::string> products;
    for (const std::string& capability : row.capabilities()) {
      products.emplace_back(ParentOf(capability));
    }
    return products;
  }
};
const TouchRules rules;

absl::Status CheckMayContact(const Touch& touch, ReadTx& tx) {
  if (touch.direction() != Touch::OUTBOUND || !touch.do_not_contact_reason().empty()) {
    return absl::OkStatus();
  }
  return CheckMayContact({touch.contacts().begin(), touch.contacts().end()},
                         "do_not_contact_reason has to say why it was done", tx);
}

// What CheckMayContact goes by.
auto SaysWhoWasContacted(const Touch& touch) {
  return std::make_tuple(touch.direction(), touch.do_not_contact_reason(),
                         std::set<std::string>(touch.contacts().begin(), touch.contacts().end()));
}

// One that is recorded later may have been made in an opportunity that is closed by now.
absl::Status StampIfLate(const Touch& touch, WriteTx& tx) {
  if (ToTime(touch.touch_time()) >= tx.now()) return absl::OkStatus();
  Writing writing(tx);
  return StampReachedBy(touch, writing);
}

absl::StatusOr<Touch> CreateTouch(const v1::CreateTouchRequest& request, WriteTx& tx) {
  Touch touch = Draft(request.parent(), request.touch_id(), request.touch(), tx);
  // Before anything that belongs to the account is looked for.
  RETURN_IF_ERROR(tx.HoldAccount(request.parent()));
  RETURN_IF_ERROR(CompleteTouch(touch, tx));
  if (touch.owner().empty() && tx.call().actor != kUnnamedActor) touch.set_owner(tx.call().actor);
  RETURN_IF_ERROR(CompleteOwner(touch, tx));
  RETURN_IF_ERROR(CheckMayContact(touch, tx));
  ASSIGN_OR_RETURN(touch, tx.Create(std::move(touch)));
  RETURN_IF_ERROR(StampIfLate(touch, tx));
  RETURN_IF_ERROR(
      DoTasks({request.completed_tasks().begin(), request.completed_tasks().end()}, touch, tx));
  return touch;
}

absl::StatusOr<Touch> UpdateTouch(const v1::UpdateTouchRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Touch touch, Patched(request.touch(), request.update_mask(), "touch", tx));
  ASSIGN_OR_RETURN(const Touch before, tx.Get<Touch>(touch.name()));
  RETURN_IF_ERROR(CompleteTouch(touch, tx));
  if (!before.owner().empty()) RETURN_IF_ERROR(CompleteOwner(touch, tx));
  // Whoever asked not to be contacted since then does not make a mistake of it.
  if (SaysWhoWasContacted(touch) != SaysWhoWasContacted(before)) {
    RETURN_IF_ERROR(CheckMayContact(touch, tx));
  }
  ASSIGN_OR_RETURN(touch, tx.Update(std::move(touch)));
  RETURN_IF_ERROR(StampIfLate(touch, tx));
  return touch;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("EngagementService.CreateTouch", CreateTouch);
  registry.Get<v1::GetTouchRequest, Touch>("EngagementService.GetTouch");
  registry.List<v1::ListTouchesRequest, v1::ListTouchesResponse>("EngagementService.ListTouches");
  registry.Write("EngagementService.UpdateTouch", UpdateTouch);
  registry.Write("EngagementService.DeleteTouch", Delete<Touch, v1::DeleteTouchRequest>);
});

}  // namespace
}  // namespace perennial
