#ifndef PERENNIAL_TESTS_CONFORMANCE_MATCHERS_H_
#define PERENNIAL_TESTS_CONFORMANCE_MATCHERS_H_

// How tests say what a call should answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "perennial/v1/error_reason.pb.h"

namespace perennial::conformance {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Code, reason, message and violations, for people.
std::string Describe(const absl::Status& status);

// Is it an error for this reason, with the code that error_reason.proto gives it?
bool HasReason(const absl::Status& status, v1::ErrorReason reason);

// The subjects of the violations: fields, or types of criteria.
std::vector<std::string> SubjectsOf(const absl::Status& status);

// The name in the ResourceInfo; "" where there is none.
std::string ResourceOf(const absl::Status& status);

bool ExplainDifference(const google::protobuf::Message& expected,
                       const google::protobuf::Message& actual,
                       testing::MatchResultListener* listener);

MATCHER(IsOk, "is OK") {
  *result_listener << Describe(StatusOf(arg));
  return StatusOf(arg).ok();
}

MATCHER_P(FailsWith, reason, "fails with " + v1::ErrorReason_Name(reason)) {
  *result_listener << Describe(StatusOf(arg));
  return HasReason(StatusOf(arg), reason);
}

// The same, and these are at fault: fields, or criteria.
MATCHER_P2(FailsWith, reason, subjects, "fails with " + v1::ErrorReason_Name(reason)) {
  *result_listener << Describe(StatusOf(arg));
  return HasReason(StatusOf(arg), reason) &&
         testing::ExplainMatchResult(subjects, SubjectsOf(StatusOf(arg)), result_listener);
}

// INVALID_FIELD, and the field is among those at fault.
inline auto IsInvalid(const std::string& field) {
  return FailsWith(v1::INVALID_FIELD, testing::Contains(field));
}

// The resource is missing, or there already.
MATCHER_P2(FailsWithResource, reason, name, "fails with " + v1::ErrorReason_Name(reason)) {
  *result_listener << Describe(StatusOf(arg));
  return HasReason(StatusOf(arg), reason) && ResourceOf(StatusOf(arg)) == name;
}
inline auto IsNotFound(const std::string& name) {
  return FailsWithResource(v1::RESOURCE_NOT_FOUND, name);
}

// Every field is the same.
MATCHER_P(EqualsCopy, expected, "equals\n" + expected->DebugString()) {
  return ExplainDifference(*expected, arg, result_listener);
}
inline auto EqualsProto(const google::protobuf::Message& expected) {
  std::shared_ptr<google::protobuf::Message> copy(expected.New());
  copy->CopyFrom(expected);
  return EqualsCopy(std::move(copy));
}

// The answer of a call that has to succeed; an empty one, and a failure of the test, otherwise.
template <class T>
T Must(absl::StatusOr<T> result, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (result.ok()) return *std::move(result);
  ADD_FAILURE_AT(file, line) << Describe(result.status());
  return T();
}
inline void Must(const absl::Status& status, const char* file = __builtin_FILE(),
                 int line = __builtin_LINE()) {
  if (!status.ok()) ADD_FAILURE_AT(file, line) << Describe(status);
}

// Everything that a list method finds.
template <class Range>
auto MustList(Range range, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  std::vector<typename std::decay_t<decltype(*range.begin())>::value_type> items;
  for (auto& item : range) {
    if (!item.ok()) {
      ADD_FAILURE_AT(file, line) << Describe(item.status());
      break;
    }
    items.push_back(*std::move(item));
  }
  return items;
}

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_MATCHERS_H_
