// A perenniald that explains every statement it runs, and fails at its end where one scans or sorts
// what grows.

#include <cstdio>
#include <string>
#include <utility>

#include "server/perenniald.h"
#include "tests/plans/explaining_database.h"

int main(int argc, char** argv) {
  static auto& findings = *new perennial::PlanFindings;
  const int exit_code =
      perennial::Perenniald(argc, argv, [](std::unique_ptr<perennial::sql::Database> database) {
        return perennial::Explaining(std::move(database), findings);
      });
  const std::string faults = findings.ToString();
  if (faults.empty()) return exit_code;
  std::fprintf(stderr, "Plans of statements:\n%s", faults.c_str());
  return 1;
}
