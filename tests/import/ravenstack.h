#ifndef PERENNIAL_TESTS_IMPORT_RAVENSTACK_H_
#define PERENNIAL_TESTS_IMPORT_RAVENSTACK_H_

// The RavenStack dataset, which is no part of this repository.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/import/imported_server.h"

namespace perennial {

inline std::string RavenStackFolder() {
  const char* folder = std::getenv("PERENNIAL_RAVENSTACK_DIR");
  return folder != nullptr ? folder : SourcePath("../shared/data/ravenstack");
}

inline std::string RavenStackMapping() {
  return SourcePath("client/cli/mappings/ravenstack.textproto");
}

inline bool HasRavenStack() {
  return std::filesystem::exists(RavenStackFolder() + "/ravenstack_accounts.csv");
}

// Why a test is skipped that needs it.
inline std::string LacksRavenStack() {
  return absl::StrCat("The RavenStack dataset is not in ", RavenStackFolder(),
                      ": set PERENNIAL_RAVENSTACK_DIR to its folder");
}

}  // namespace perennial

#endif  // PERENNIAL_TESTS_IMPORT_RAVENSTACK_H_
