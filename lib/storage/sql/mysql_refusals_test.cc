// What a server refuses, and what whoever starts ours reads about it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "lib/storage/sql/database.h"
#include "tests/support/test_database.h"

namespace perennial::sql {
namespace {

using ::testing::HasSubstr;

absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

class MysqlRefusalsTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(Engine::kMysql);
    const char* const administrator = std::getenv("PERENNIAL_TEST_MYSQL_ADMINISTRATOR");
    if (administrator == nullptr) {
      GTEST_SKIP() << "PERENNIAL_TEST_MYSQL_ADMINISTRATOR is not set";
    }
    test_database_ = std::make_unique<TestDatabase>(Engine::kMysql);
    administrator_ = std::move(Open(As(administrator, test_database_->options().password))).value();
    user_ = absl::StrReplaceAll(absl::StrCat("user_", NewRequestId()), {{"-", ""}}).substr(0, 32);
  }
  void TearDown() override {
    if (administrator_ == nullptr) return;
    Administrate(absl::StrCat("DROP USER IF EXISTS ", user_, "@'%'"));
    Administrate("SET GLOBAL max_prepared_stmt_count = DEFAULT");
  }

  Options As(const std::string& user, const std::string& password) const {
    Options options = test_database_->options();
    options.url =
        absl::StrReplaceAll(options.url, {{"//perennial@", absl::StrCat("//", user, "@")}});
    options.password = password;
    return options;
  }

  void Administrate(const std::string& sql) {
    const absl::Status status = administrator_->Write(
        Soon(), [&](Connection& connection) { return connection.Execute(sql, {}).status(); });
    ASSERT_TRUE(status.ok()) << sql << ": " << status;
  }

  // The user with the password "secret", and with `rights` on the test's database.
  Options MakeUser(const std::string& clause, const std::string& rights) {
    Administrate(absl::StrCat("CREATE USER ", user_, "@'%' IDENTIFIED BY 'secret' ", clause));
    if (!rights.empty()) {
      const std::string url = test_database_->options().url;
      Administrate(absl::StrCat("GRANT ", rights, " ON ", url.substr(url.rfind('/') + 1), ".* TO ",
                                user_, "@'%'"));
    }
    return As(user_, "secret");
  }

  // What the start of a server with the user answers.
  std::string Refusal(const std::string& clause, const std::string& rights) {
    const absl::Status status = Open(MakeUser(clause, rights)).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    Administrate(absl::StrCat("DROP USER ", user_, "@'%'"));
    return std::string(status.message());
  }

  std::unique_ptr<TestDatabase> test_database_;
  std::unique_ptr<Database> administrator_;
  std::string user_;
};

TEST_F(MysqlRefusalsTest, WhatAnAdministratorHasToMendIsToldApart) {
  EXPECT_THAT(Refusal("ACCOUNT LOCK", "ALL"), HasSubstr("ACCOUNT UNLOCK"));
  EXPECT_THAT(Refusal("PASSWORD EXPIRE", "ALL"), HasSubstr("has expired"));
  EXPECT_THAT(Refusal("REQUIRE SSL", "ALL"), HasSubstr("connect encrypted"));
  EXPECT_THAT(Refusal("", ""), HasSubstr("lacks a right"));
  Options options = MakeUser("", "ALL");
  options.password = "another";
  EXPECT_THAT(std::string(Open(options).status().message()), HasSubstr("the password"));
}

TEST_F(MysqlRefusalsTest, ACertificateThatDoesNotNameTheHostIsToldApart) {
  const char* const ca = std::getenv("PERENNIAL_TEST_MYSQL_CA");
  if (ca == nullptr) GTEST_SKIP() << "PERENNIAL_TEST_MYSQL_CA is not set";
  Options options = test_database_->options();
  options.tls_ca_file = ca;
  ASSERT_TRUE(Open(options).ok());
  options.url = absl::StrReplaceAll(options.url, {{"127.0.0.1", "localhost"}});
  const absl::Status refused = Open(options).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("does not name the host"));
  options.tls_ca_file = "/nowhere/ca.pem";
  EXPECT_THAT(std::string(Open(options).status().message()), HasSubstr("authority's certificate"));
}

TEST_F(MysqlRefusalsTest, AUserWithoutARightIsToldSo) {
  Administrate("CREATE TABLE items (name VARCHAR(20) PRIMARY KEY)");
  const std::unique_ptr<Database> database = std::move(Open(MakeUser("", "SELECT"))).value();
  const absl::Status status = database->Write(Soon(), [](Connection& connection) {
    return connection.Execute("INSERT INTO items (name) VALUES ('a')", {}).status();
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("GRANT"));
}

TEST_F(MysqlRefusalsTest, AUserWithItsLastConnectionIsUnavailable) {
  const Options options = MakeUser("WITH MAX_USER_CONNECTIONS 1", "ALL");
  const std::unique_ptr<Database> database = std::move(Open(options)).value();
  const absl::Status status = database->Read(Soon(), [&](Connection&) {
    const absl::Status second = Open(options).status();
    EXPECT_TRUE(absl::IsUnavailable(second)) << second;
    EXPECT_THAT(std::string(second.message()), HasSubstr("limits"));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(MysqlRefusalsTest, AUserWithItsLastQuestionIsUnavailable) {
  const std::unique_ptr<Database> database =
      std::move(Open(MakeUser("WITH MAX_QUERIES_PER_HOUR 60", "ALL"))).value();
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {
    status = database->Write(Soon(), [](Connection&) { return absl::OkStatus(); });
  }
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

// --- prepared statements ---

class MysqlStatementsTest : public MysqlRefusalsTest {
 protected:
  // Of a session that has used 20 different statements: how many of them the server still has.
  int64_t StatementsKept(Database& database) {
    int64_t kept = 0;
    const absl::Status status = database.Read(Soon(), [&](Connection& connection) -> absl::Status {
      for (int i = 0; i < 20; ++i) {
        RETURN_IF_ERROR(connection.Query(absl::StrCat("SELECT ", i), {},
                                         [](const Row&) { return absl::OkStatus(); }));
      }
      kept = 0;
      return connection.Query("SHOW SESSION STATUS LIKE 'Com_stmt_%'", {}, [&](const Row& row) {
        if (row.Text(0) == "Com_stmt_prepare") kept += row.Integer(1);
        if (row.Text(0) == "Com_stmt_close") kept -= row.Integer(1);
        return absl::OkStatus();
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    return kept;
  }

  // Binds of every kind come back as they went.
  void CheckBinds(Database& database) {
    const std::string text("it's \"so\"? \\ \0 ä", 18);
    const std::string bytes("'\0\xff?", 4);
    const int64_t lowest = std::numeric_limits<int64_t>::min();
    const absl::Status status = database.Write(Soon(), [&](Connection& connection) -> absl::Status {
      RETURN_IF_ERROR(connection.Execute("DELETE FROM items WHERE 1 -? > 0", {-1}).status());
      ASSIGN_OR_RETURN(const int64_t inserted,
                       connection.Execute("INSERT INTO items (name, n, x, data, note) VALUES (?, "
                                          "?, ?, ?, '?'), ('?', ?, ?, ?, ?)",
                                          {text, lowest, 0.1, Bind::Bytes(bytes), -5, -2.5e-300,
                                           Bind::Bytes(""), Bind()}));
      EXPECT_EQ(inserted, 2);
      return connection.Query(
          "SELECT name, n, x, data, note FROM items WHERE name = ? AND n = ? LIMIT ?",
          {text, lowest, 1}, [&](const Row& row) {
            EXPECT_EQ(row.Text(0), text);
            EXPECT_EQ(row.Integer(1), lowest);
            EXPECT_EQ(row.Real(2), 0.1);
            EXPECT_EQ(row.Text(3), bytes);
            EXPECT_EQ(row.Text(4), "?");
            return absl::OkStatus();
          });
    });
    EXPECT_TRUE(status.ok()) << status;
  }
};

TEST_F(MysqlStatementsTest, AServerThatPreparesNoMoreAnswersAllTheSame) {
  Administrate(
      "CREATE TABLE items (name VARCHAR(20) PRIMARY KEY, n BIGINT NOT NULL, x DOUBLE NOT NULL, "
      "data LONGBLOB NOT NULL, note VARCHAR(20)) CHARACTER SET utf8mb4");
  const std::unique_ptr<Database> database = test_database_->Open();
  CheckBinds(*database);
  // A session that reads is there as well.
  ASSERT_TRUE(database->Read(Soon(), [](Connection&) { return absl::OkStatus(); }).ok());
  // Used up by others, from now on.
  Administrate("SET GLOBAL max_prepared_stmt_count = 0");
  EXPECT_LE(StatementsKept(*database), 0);
  CheckBinds(*database);
  // A server that starts now.
  CheckBinds(*test_database_->Open());
  Administrate("SET GLOBAL max_prepared_stmt_count = DEFAULT");
  EXPECT_GE(StatementsKept(*database), 20);
}

TEST_F(MysqlStatementsTest, SessionsShareWhatTheServerAllows) {
  Options options = test_database_->options();
  options.connections = 4;
  Administrate("SET GLOBAL max_prepared_stmt_count = 400");
  // A quarter, by four sessions and the six that are aside.
  EXPECT_EQ(StatementsKept(*std::move(Open(options)).value()), 10);
}

}  // namespace
}  // namespace perennial::sql
