#ifndef PERENNIAL_LIB_API_RESOURCE_NAME_H_
#define PERENNIAL_LIB_API_RESOURCE_NAME_H_

// Names of resources, by the pattern each resource message declares in its
// proto: `accounts/{account}/contacts/{contact}`.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace perennial {

// Does `name` have the shape of `pattern`, each variable being a valid id?
bool MatchesPattern(absl::string_view name, absl::string_view pattern);

// INVALID_ARGUMENT naming `field` and the right pattern, unless it does.
absl::Status CheckName(absl::string_view name, absl::string_view pattern, absl::string_view field);

// For the parent of a List: as CheckName with the pattern's last two segments
// dropped, and `-` allowed for any variable that only `-` follows.
absl::Status CheckListParent(absl::string_view parent, absl::string_view pattern,
                             absl::string_view field);

// What every name under a checked list parent starts with: "accounts/acme/contacts/" for
// "accounts/acme"; "accounts/" for "accounts/-". "products/" for "" and a top-level pattern.
std::string NamePrefix(absl::string_view parent, absl::string_view pattern);

// "accounts/a/contacts/c" -> "accounts/a"; "" for a top-level name.
absl::string_view ParentOf(absl::string_view name);
// "accounts/a/contacts/c" -> "c".
absl::string_view IdOf(absl::string_view name);
// "accounts/a/contacts/c" -> "accounts/a"; "" where it is not below an account.
absl::string_view AccountOf(absl::string_view name);
// The same, and the name itself where it is an account's.
absl::string_view OwnAccount(absl::string_view name);

// parent + "/" + the pattern's last collection + "/" + id.
std::string ChildName(absl::string_view parent, absl::string_view pattern, absl::string_view id);

// The pattern of a resource message, of its parent ("" at the top), its type and table.
absl::string_view PatternOf(const google::protobuf::Descriptor& resource);
std::string ParentPattern(absl::string_view pattern);

// The descriptor of a resource type such as "Contact"; null if there is none.
const google::protobuf::Descriptor* ResourceByType(absl::string_view type);
// The descriptor of the resource whose pattern `name` has; null if there is none.
const google::protobuf::Descriptor* ResourceByName(absl::string_view name);
// All of them, in the order of their tables' names.
const std::vector<const google::protobuf::Descriptor*>& AllResources();

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_RESOURCE_NAME_H_
