#ifndef PERENNIAL_LIB_DOMAIN_CONTACTS_H_
#define PERENNIAL_LIB_DOMAIN_CONTACTS_H_

#include <vector>

#include "perennial/v1/account_service.pb.h"

namespace perennial {

// Did somebody make sure of the contact, and on or after the day of every PERSONNEL, REORGANIZATION
// and OWNERSHIP event among those of the account?
bool IsVerified(const v1::Contact& contact, const std::vector<v1::AccountEvent>& events);

// The duplicate is the same person: the contact takes over what the duplicate has and it lacks. It
// has the addresses, numbers, roles, needs, labels and notes of both, so that these may be more
// than a contact can have; its note says what the duplicate had where it has something else; it is
// not to be contacted where one of the two is not; and it was verified when either was last.
void TakeOver(const v1::Contact& duplicate, v1::Contact& contact);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_CONTACTS_H_
