// A perenniald that explains every statement it runs, and fails at its end where one scans or sorts
// what grows.

#include <cstdio>
#include <string>
#include <utility>

#include "server/perenniald.h"
#include "tests/plans/explaining_database.h"

int main(int argc, char** argv) {
  static auto& findings = *new perennial::PlanFindings;
  bool serves = false;
  const int exit_code =
      perennial::Perenniald(argc, argv, [&](std::unique_ptr<perennial::sql::Database> database) {
        serves = true;
        return perennial::Explaining(std::move(database), findings);
      });
  const std::string faults = findings.ToString();
  if (exit_code == 0 && serves && findings.explained() == 0) {
    std::fprintf(stderr, "No statement was explained\n");
    return 1;
  }
  if (faults.empty()) return exit_code;
  std::fprintf(stderr, "Plans of statements:\n%s", faults.c_str());
  return 1;
}
