#ifndef PERENNIAL_LIB_API_RESUME_TOKEN_H_
#define PERENNIAL_LIB_API_RESUME_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace perennial {

// A place in a history: everything up to and including the revision was seen.
struct ResumeToken {
  uint64_t history_id = 0;
  int64_t revision = 0;
};

std::string MakeResumeToken(const ResumeToken& token);

// INVALID_ARGUMENT (INVALID_RESUME_TOKEN, field "resume_token") for one that is mangled.
absl::StatusOr<ResumeToken> ParseResumeToken(absl::string_view text);

}  // namespace perennial

#endif  // PERENNIAL_LIB_API_RESUME_TOKEN_H_
