#ifndef PERENNIAL_SERVER_METHODS_STANDARD_H_
#define PERENNIAL_SERVER_METHODS_STANDARD_H_

// What the standard methods of every resource have in common.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "lib/api/errors.h"
#include "lib/api/field_mask.h"
#include "lib/api/resource_name.h"
#include "lib/api/validate.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "lib/storage/tx.h"
#include "server/methods/type_rules.h"

namespace perennial {

using google::protobuf::Empty;

template <class T>
absl::Status CheckNameOf(absl::string_view name) {
  return CheckName(name, ResourceTable::Of<T>().pattern(), "name");
}

// The resource that a Get, or any method of one resource, is about.
template <class T, class Request>
absl::StatusOr<T> Get(const Request& request, ReadTx& tx) {
  RETURN_IF_ERROR(CheckNameOf<T>(request.name()));
  return tx.Get<T>(request.name());
}

// The same for a method that has an etag.
template <class T, class Request>
absl::StatusOr<T> GetToChange(const Request& request, WriteTx& tx) {
  RETURN_IF_ERROR(CheckNameOf<T>(request.name()));
  return tx.Get<T>(request.name(), request.etag());
}

// A resource as a caller gave it, ready to be created: named, and without
// what only the server sets.
template <class T>
T Draft(absl::string_view parent, absl::string_view id, const T& given, WriteTx& tx) {
  T draft = given;
  ClearOutputOnly(draft);
  draft.set_name(tx.NewName<T>(parent, id));
  return draft;
}

// The stored resource with the patch applied and checked; `field` is the
// patch's name in the request.
template <class T>
absl::StatusOr<T> Patched(const T& patch, const google::protobuf::FieldMask& mask,
                          absl::string_view field, ReadTx& tx) {
  RETURN_IF_ERROR(
      CheckName(patch.name(), ResourceTable::Of<T>().pattern(), absl::StrCat(field, ".name")));
  ASSIGN_OR_RETURN(T resource, tx.Get<T>(patch.name(), patch.etag()));
  RETURN_IF_ERROR(ApplyMask(mask, patch, resource));
  RETURN_IF_ERROR(ValidateResource(resource, field));
  return resource;
}

// The field of a Create or Update request that has the resource.
template <class T, class Request>
const google::protobuf::FieldDescriptor& ResourceField() {
  int i = 0;
  while (Request::descriptor()->field(i)->message_type() != T::descriptor()) ++i;
  return *Request::descriptor()->field(i);
}

// A text field of the request; empty where it has none of that name.
template <class Request>
std::string TextIn(const Request& request, const std::string& name) {
  const auto* field = Request::descriptor()->FindFieldByName(name);
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

// The standard methods of a type to whose rules nothing is to be added.
template <class T, class Request>
absl::StatusOr<T> Create(const Request& request, WriteTx& tx) {
  static const auto& field = ResourceField<T, Request>();
  const auto& given = static_cast<const T&>(request.GetReflection()->GetMessage(request, &field));
  T resource = Draft(TextIn(request, "parent"), TextIn(request, field.name() + "_id"), given, tx);
  Writing writing(tx);
  RETURN_IF_ERROR(TypeRules<T>::Of().Complete(resource, writing));
  return TypeRules<T>::Of().Create(std::move(resource), writing);
}

template <class T, class Request>
absl::StatusOr<T> Update(const Request& request, WriteTx& tx) {
  static const auto& field = ResourceField<T, Request>();
  const auto& patch = static_cast<const T&>(request.GetReflection()->GetMessage(request, &field));
  ASSIGN_OR_RETURN(T resource, Patched(patch, request.update_mask(), field.name(), tx));
  ASSIGN_OR_RETURN(const T before, tx.Get<T>(resource.name()));
  Writing writing(tx);
  RETURN_IF_ERROR(TypeRules<T>::Of().Complete(resource, writing));
  return TypeRules<T>::Of().Update(before, std::move(resource), writing);
}

template <class T, class Request>
absl::StatusOr<Empty> Delete(const Request& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const T resource, GetToChange<T>(request, tx));
  RETURN_IF_ERROR(tx.Delete(resource));
  return Empty();
}

// INVALID_ARGUMENT where a time that somebody typed in lies ahead.
template <class Timestamp>
absl::Status CheckNotInFuture(const Timestamp& time, absl::string_view field, const ReadTx& tx) {
  if (ToTime(time) <= tx.now()) return absl::OkStatus();
  return InvalidField(field, "must not be in the future");
}

// INVALID_ARGUMENT unless every name is below the account.
template <class Names>
absl::Status CheckOfAccount(const Names& names, absl::string_view account,
                            absl::string_view field) {
  for (const std::string& name : names) {
    if (AccountOf(name) != account) {
      return InvalidField(field, absl::StrCat("must be of ", account, ", but ", name, " is not"));
    }
  }
  return absl::OkStatus();
}

}  // namespace perennial

#endif  // PERENNIAL_SERVER_METHODS_STANDARD_H_
