#ifndef PERENNIAL_SERVER_PERENNIALD_H_
#define PERENNIAL_SERVER_PERENNIALD_H_

#include "server/server.h"

namespace perennial {

// The program perenniald, up to its exit code. Tests give it a database that is decorated.
int Perenniald(int argc, char** argv, DatabaseDecorator decorate = nullptr);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_PERENNIALD_H_
