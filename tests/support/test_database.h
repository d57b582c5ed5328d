#ifndef PERENNIAL_TESTS_SUPPORT_TEST_DATABASE_H_
#define PERENNIAL_TESTS_SUPPORT_TEST_DATABASE_H_

// A fresh database on either engine, for tests that run over both:
//
//   class StoreTest : public testing::TestWithParam<sql::Engine> {
//    protected:
//     void SetUp() override { SKIP_UNLESS_AVAILABLE(GetParam()); }
//   };
//   INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, EveryEngine(), EngineName);
//
//   TEST_P(StoreTest, Writes) {
//     const TestDatabase test_database(GetParam());
//     const std::unique_ptr<sql::Database> database = test_database.Open();
//
// MySQL is the server that scripts/with-mariadb exports: PERENNIAL_TEST_MYSQL is its url without
// a database's name and PERENNIAL_TEST_MYSQL_PASSWORD_FILE the password of its user.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "lib/storage/sql/database.h"

namespace perennial {

// Uniquely named, empty, and dropped at the end of the object's life; whatever has it open must be
// gone by then.
class TestDatabase {
 public:
  // The engine has to be available.
  explicit TestDatabase(sql::Engine engine);
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  // What opens it: change a copy for other settings, or hand it to a server.
  const sql::Options& options() const { return options_; }

  // Ends the program where the database cannot be opened.
  std::unique_ptr<sql::Database> Open() const;

 private:
  const sql::Engine engine_;
  sql::Options options_;
  std::string folder_;  // of the SQLite file
};

// Takes all of the database's reading connections at once: where one has not come back, that
// fails after a minute.
void ExpectEveryConnectionIsThere(sql::Database& database, int connections);

bool IsAvailable(sql::Engine engine);

#define SKIP_UNLESS_AVAILABLE(engine)                                          \
  if (!::perennial::IsAvailable(engine))                                       \
  GTEST_SKIP() << "PERENNIAL_TEST_MYSQL is not set: run scripts/with-mariadb " \
               << "with this test as its command"

inline auto EveryEngine() { return testing::Values(sql::Engine::kSqlite, sql::Engine::kMysql); }

std::string EngineName(const testing::TestParamInfo<sql::Engine>& info);

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_TEST_DATABASE_H_
