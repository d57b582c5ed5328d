#ifndef PERENNIAL_LIB_BASE_STATUS_H_
#define PERENNIAL_LIB_BASE_STATUS_H_

// Two macros that pass errors up. Both return from the enclosing function.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define PERENNIAL_CONCAT_INNER(a, b) a##b
#define PERENNIAL_CONCAT(a, b) PERENNIAL_CONCAT_INNER(a, b)

#define PERENNIAL_RETURN_IF_ERROR(status, expr) \
  do {                                          \
    absl::Status status = (expr);               \
    if (!status.ok()) return status;            \
  } while (false)

#define RETURN_IF_ERROR(expr) \
  PERENNIAL_RETURN_IF_ERROR(PERENNIAL_CONCAT(perennial_status_, __LINE__), expr)

#define PERENNIAL_ASSIGN_OR_RETURN(result, lhs, expr)  \
  auto result = (expr);                                \
  if (!result.ok()) return std::move(result).status(); \
  lhs = std::move(result).value()

// ASSIGN_OR_RETURN(const Account account, tx.Get<Account>(name));
#define ASSIGN_OR_RETURN(lhs, expr) \
  PERENNIAL_ASSIGN_OR_RETURN(PERENNIAL_CONCAT(perennial_result_, __LINE__), lhs, expr)

#endif  // PERENNIAL_LIB_BASE_STATUS_H_
