#include "server/workflows/moves.h"

#include <utility>

#include "lib/base/status.h"

namespace perennial {

using v1::Contact;

namespace {

absl::Status LetName(const std::string& successor, const std::string& contact,
                     const std::string& there, std::string* (Contact::*link)(), WriteTx& tx) {
  if (there.empty()) return absl::OkStatus();
  absl::StatusOr<Contact> other = tx.Get<Contact>(there);
  if (absl::IsNotFound(other.status())) return absl::OkStatus();
  RETURN_IF_ERROR(other.status());
  std::string& name = *((*other).*link)();
  if (name != contact) return absl::OkStatus();
  name = successor;
  return tx.Update(*std::move(other)).status();
}

}  // namespace

absl::Status LetMovesName(const std::string& successor, const Contact& contact, WriteTx& tx) {
  RETURN_IF_ERROR(
      LetName(successor, contact.name(), contact.moved_to(), &Contact::mutable_moved_from, tx));
  return LetName(successor, contact.name(), contact.moved_from(), &Contact::mutable_moved_to, tx);
}

}  // namespace perennial
