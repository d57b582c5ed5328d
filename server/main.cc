// perenniald: serves a database of renewals over gRPC.

#include <malloc.h>

#include "server/perenniald.h"

int main(int argc, char** argv) {
  // With one for each worker, what an import used in each of them stays there: tens of megabytes.
  mallopt(M_ARENA_MAX, 4);
  return perennial::Perenniald(argc, argv);
}
