#include "lib/domain/contacts.h"

#include "absl/algorithm/container.h"
#include "lib/base/date.h"
#include "lib/domain/gates.h"

namespace perennial {

using v1::Contact;

namespace {

template <class List>
void AddMissing(const List& added, List& list) {
  for (const auto& element : added) {
    if (!absl::c_linear_search(list, element)) *list.Add() = element;
  }
}

}  // namespace

bool IsVerified(const Contact& contact, const std::vector<v1::AccountEvent>& events) {
  if (!contact.has_verify_time()) return false;
  const absl::CivilDay verified = DayOf(contact.verify_time());
  return absl::c_none_of(events, [&](const v1::AccountEvent& event) {
    return IsUpheaval(event) && verified < ToCivilDay(event.event_date());
  });
}

void TakeOver(const Contact& duplicate, Contact& contact) {
  if (contact.title().empty()) contact.set_title(duplicate.title());
  if (contact.email().empty()) contact.set_email(duplicate.email());
  if (contact.phone().empty()) contact.set_phone(duplicate.phone());
  if (contact.note().empty()) contact.set_note(duplicate.note());
  if (contact.stance() == Contact::STANCE_UNSPECIFIED) contact.set_stance(duplicate.stance());
  if (contact.preferred_channel() == v1::CHANNEL_UNSPECIFIED) {
    contact.set_preferred_channel(duplicate.preferred_channel());
  }
  AddMissing(duplicate.roles(), *contact.mutable_roles());
  AddMissing(duplicate.needs(), *contact.mutable_needs());
  // Where both have a label, the contact's stays.
  contact.mutable_labels()->insert(duplicate.labels().begin(), duplicate.labels().end());
  contact.set_do_not_contact(contact.do_not_contact() || duplicate.do_not_contact());
  if (duplicate.has_verify_time() &&
      (!contact.has_verify_time() ||
       ToTime(contact.verify_time()) < ToTime(duplicate.verify_time()))) {
    *contact.mutable_verify_time() = duplicate.verify_time();
    contact.set_verified(duplicate.verified());
  }
}

}  // namespace perennial
