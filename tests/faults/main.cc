// A perenniald whose database fails now and then, as databases do, in ways that its own retries
// make up for: nobody who calls it notices.

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "lib/base/log.h"
#include "server/perenniald.h"
#include "tests/faults/faulty_database.h"

int main(int argc, char** argv) {
  perennial::Faults faults;
  if (const char* const seed = getenv("PERENNIAL_FAULT_SEED")) faults.seed = std::atoi(seed);
  faults.run_again = 150;
  faults.throw_and_run_again = 300;
  faults.lose_answer = 20;
  faults.delay = 200;
  faults.spared = 100;
  static auto& state = *new perennial::FaultState;
  bool serves = false;
  const int exit_code =
      perennial::Perenniald(argc, argv, [&](std::unique_ptr<perennial::sql::Database> database) {
        serves = true;
        return std::make_unique<perennial::FaultyDatabase>(std::move(database), faults, state);
      });
  std::fprintf(stderr, "Faults: %lld runs again, %lld exceptions, %lld lost answers\n",
               static_cast<long long>(state.runs_again), static_cast<long long>(state.exceptions),
               static_cast<long long>(state.lost_answers));
  // Whoever is served without them is served in a way that passes all of this by.
  const bool due = serves && (state.statements > faults.spared || state.statements == 0);
  const bool some = state.runs_again > 0 && state.exceptions > 0;
  return exit_code == 0 && due && !some ? 1 : exit_code;
}
