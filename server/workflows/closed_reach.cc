#include "server/workflows/closed_reach.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/domain/gates.h"

namespace perennial {

using v1::Contact;
using v1::Opportunity;
using v1::Touch;

namespace {

// The closed opportunities of accounts, as this transaction has read them.
struct ClosedOnes {
  std::map<std::string, std::vector<Opportunity>> by_account;
};

absl::StatusOr<std::vector<Opportunity>*> ClosedOf(const std::string& account, Writing& writing) {
  auto& by_account = writing.Kept<ClosedOnes>().by_account;
  const auto known = by_account.find(account);
  if (known != by_account.end()) return &known->second;
  ASSIGN_OR_RETURN(
      std::vector<Opportunity> all,
      writing.tx.Select<Opportunity>(From<Opportunity>().Where("account", "=", account)));
  std::vector<Opportunity>& closed = by_account[account];
  for (Opportunity& opportunity : all) {
    if (opportunity.outcome() != Opportunity::OPEN) closed.push_back(std::move(opportunity));
  }
  return &closed;
}

absl::StatusOr<std::vector<Contact>> ContactsIn(const std::vector<Touch>& touches, ReadTx& tx) {
  std::set<std::string> names;
  for (const Touch& touch : touches) {
    if (IsTwoWay(touch)) names.insert(touch.contacts().begin(), touch.contacts().end());
  }
  if (names.empty()) return std::vector<Contact>();
  return tx.Select<Contact>(From<Contact>().WhereAnyOf("name", {names.begin(), names.end()}));
}

// Whether it was made while the opportunity was open, and is earlier than what is known.
bool WouldBeFirst(const Touch& touch, const Opportunity& closed) {
  const absl::Time time = ToTime(touch.touch_time());
  if (time < ToTime(closed.open_time()) || time > ToTime(closed.close_time())) return false;
  if (!closed.reached()) return true;
  // What an import says is proven by a touch of that time, and by any where it says none.
  if (!closed.has_reach_time()) return closed.reach_imported();
  const absl::Time known = ToTime(closed.reach_time());
  return closed.reach_imported() ? time <= known : time < known;
}

}  // namespace

absl::Status StampReach(Opportunity& closed, Writing& writing) {
  const std::string account(AccountOf(closed.name()));
  // To be read again, with this one.
  writing.Kept<ClosedOnes>().by_account.erase(account);
  if (closed.reached()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const std::vector<Touch> touches,
      writing.tx.Select<Touch>(From<Touch>()
                                   .Where("account", "=", account)
                                   .Where("touch_time", ">=", ToTime(closed.open_time()))
                                   .Where("touch_time", "<=", ToTime(closed.close_time()))
                                   .OrderBy("touch_time")));
  ASSIGN_OR_RETURN(const std::vector<Contact> contacts, ContactsIn(touches, writing.tx));
  const Touch* reach = FirstReach(touches, contacts);
  if (reach == nullptr) return absl::OkStatus();
  closed.set_reached(true);
  *closed.mutable_reach_time() = reach->touch_time();
  return absl::OkStatus();
}

absl::Status StampReachedBy(const Touch& touch, Writing& writing) {
  if (!IsTwoWay(touch)) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Opportunity>* const closed,
                   ClosedOf(std::string(AccountOf(touch.name())), writing));
  for (Opportunity& opportunity : *closed) {
    if (!WouldBeFirst(touch, opportunity)) continue;
    ASSIGN_OR_RETURN(const std::vector<Contact> contacts, ContactsIn({touch}, writing.tx));
    if (FirstReach({touch}, contacts) == nullptr) return absl::OkStatus();
    opportunity.set_reached(true);
    opportunity.clear_reach_imported();
    *opportunity.mutable_reach_time() = touch.touch_time();
    ASSIGN_OR_RETURN(opportunity, writing.tx.Update(std::move(opportunity)));
  }
  return absl::OkStatus();
}

}  // namespace perennial
