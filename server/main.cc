// perenniald: serves a database of renewals over gRPC.

#include "server/perenniald.h"

int main(int argc, char** argv) { return perennial::Perenniald(argc, argv); }
