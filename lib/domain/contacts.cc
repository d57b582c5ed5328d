#include "lib/domain/contacts.h"

#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

// Of addresses or numbers: all that the duplicate has and the contact has not.
template <class List>
void AddOthers(const std::string& first, const List& others, const std::string& own, List& list) {
  const auto add = [&](const std::string& element) {
    if (!element.empty() && element != own && !absl::c_linear_search(list, element)) {
      *list.Add() = element;
    }
  };
  add(first);
  for (const std::string& element : others) add(element);
}

// What the duplicate has where the contact has something else: "Merged from ...: title: CIO".
std::string Differences(const Contact& contact, const Contact& duplicate) {
  std::vector<std::string> differences;
  const auto compare = [&](absl::string_view field, const std::string& own,
                           const std::string& other) {
    if (!own.empty() && !other.empty() && own != other) {
      differences.push_back(absl::StrCat(field, ": ", other));
    }
  };
  compare("display_name", contact.display_name(), duplicate.display_name());
  compare("title", contact.title(), duplicate.title());
  compare("moved_to", contact.moved_to(), duplicate.moved_to());
  compare("moved_from", contact.moved_from(), duplicate.moved_from());
  const auto stance = [](const Contact& c) {
    return c.stance() == Contact::STANCE_UNSPECIFIED ? "" : Contact::Stance_Name(c.stance());
  };
  compare("stance", stance(contact), stance(duplicate));
  const auto channel = [](const Contact& c) {
    return c.preferred_channel() == v1::CHANNEL_UNSPECIFIED
               ? ""
               : v1::Channel_Name(c.preferred_channel());
  };
  compare("preferred_channel", channel(contact), channel(duplicate));
  const auto compare_entries = [&](absl::string_view field, const auto& own, const auto& others) {
    for (const auto& [key, value] :
         std::map<std::string, std::string>(others.begin(), others.end())) {
      const auto entry = own.find(key);
      if (entry == own.end() || entry->second == value) continue;
      differences.push_back(absl::StrCat(field, ".", key, ": ", value));
    }
  };
  compare_entries("labels", contact.labels(), duplicate.labels());
  compare_entries("external_ids", contact.external_ids(), duplicate.external_ids());
  if (differences.empty()) return "";
  return absl::StrCat("Merged from ", duplicate.name(), ": ", absl::StrJoin(differences, "; "));
}

void AddToNote(const std::string& text, Contact& contact) {
  if (text.empty()) return;
  contact.set_note(absl::StrCat(contact.note(), contact.note().empty() ? "" : "\n", text));
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
  const std::string differences = Differences(contact, duplicate);
  if (contact.title().empty()) contact.set_title(duplicate.title());
  if (contact.email().empty()) contact.set_email(duplicate.email());
  if (contact.phone().empty()) contact.set_phone(duplicate.phone());
  if (contact.moved_to().empty()) contact.set_moved_to(duplicate.moved_to());
  if (contact.moved_from().empty()) contact.set_moved_from(duplicate.moved_from());
  AddOthers(duplicate.email(), duplicate.other_emails(), contact.email(),
            *contact.mutable_other_emails());
  AddOthers(duplicate.phone(), duplicate.other_phones(), contact.phone(),
            *contact.mutable_other_phones());
  if (contact.stance() == Contact::STANCE_UNSPECIFIED) contact.set_stance(duplicate.stance());
  if (contact.preferred_channel() == v1::CHANNEL_UNSPECIFIED) {
    contact.set_preferred_channel(duplicate.preferred_channel());
  }
  AddMissing(duplicate.roles(), *contact.mutable_roles());
  AddMissing(duplicate.needs(), *contact.mutable_needs());
  contact.mutable_labels()->insert(duplicate.labels().begin(), duplicate.labels().end());
  contact.mutable_external_ids()->insert(duplicate.external_ids().begin(),
                                         duplicate.external_ids().end());
  if (duplicate.note() != contact.note()) AddToNote(duplicate.note(), contact);
  AddToNote(differences, contact);
  contact.set_do_not_contact(contact.do_not_contact() || duplicate.do_not_contact());
  if (duplicate.has_verify_time() &&
      (!contact.has_verify_time() ||
       ToTime(contact.verify_time()) < ToTime(duplicate.verify_time()))) {
    *contact.mutable_verify_time() = duplicate.verify_time();
    contact.set_verified(duplicate.verified());
  }
}

}  // namespace perennial
