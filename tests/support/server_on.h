#ifndef PERENNIAL_TESTS_SUPPORT_SERVER_ON_H_
#define PERENNIAL_TESTS_SUPPORT_SERVER_ON_H_

#include <string>
#include <vector>

#include "perennial/testing/throwaway_server.h"
#include "tests/support/test_database.h"

namespace perennial {

// What a server process needs to serve the database, which outlives it, with a clock that runs
// unless the flags say otherwise:
//
//   const TestDatabase database(sql::Engine::kSqlite);
//   client::ThrowawayServer server(ServerOn(database));
//   ASSERT_TRUE(server.Start().ok());
client::ThrowawayServerOptions ServerOn(const TestDatabase& database,
                                        std::vector<std::string> flags = {});

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_SERVER_ON_H_
