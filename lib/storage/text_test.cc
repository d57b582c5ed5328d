// Texts are compared, ordered and grouped on both engines as C++ does it with their bytes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using testing::ElementsAreArray;
using testing::UnorderedElementsAreArray;
using v1::Account;

const std::vector<std::string>& Texts() {
  static const auto* const texts = new std::vector<std::string>{
      "a",  "a ",     "a  ",        " a", "a\t",         "a\u00a0", "a!", "A",     "a b", "b",
      "B ", "\u00e4", "a\u0308",    "z",  "\u00e4 ",     "\u3042",  "_",  "%",     "a%",  "\\",
      "'",  "a'",     "\U0001f600", " ",  "\U0001f600 ", "\uffee",  "ss", "\u00df"};
  return *texts;
}

class TextTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (!store_.has_value()) return;
    const absl::Status status = store_->Apply(call_, [](WriteTx& tx) -> absl::Status {
      for (size_t i = 0; i < Texts().size(); ++i) {
        Account account;
        account.set_name(NameOf(i));
        account.set_display_name(Texts()[i]);             // a VARCHAR
        account.set_note(Texts()[i]);                     // a MEDIUMTEXT
        (*account.mutable_labels())["key"] = Texts()[i];  // within one
        RETURN_IF_ERROR(tx.Create(account).status());
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    // There are rows from before blanks were taken off their lines.
    store_.reset();
    std::unique_ptr<sql::Database> database = test_database_->Open();
    const absl::Status untrimmed =
        database->Write(absl::InfiniteFuture(), [](sql::Connection& connection) -> absl::Status {
          for (size_t i = 0; i < Texts().size(); ++i) {
            RETURN_IF_ERROR(
                connection
                    .Execute("UPDATE accounts SET display_name = ?, labels = ? WHERE name = ?",
                             {Texts()[i], absl::StrCat("\nkey=", Texts()[i], "\n"), NameOf(i)})
                    .status());
          }
          return absl::OkStatus();
        });
    ASSERT_TRUE(untrimmed.ok()) << untrimmed;
    store_.emplace(std::move(database), clock_);
  }

  static std::string NameOf(size_t i) { return absl::StrCat("accounts/", 100 + i); }

  std::vector<std::string> Names(const Selection& selection) {
    std::vector<std::string> names;
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const std::vector<Account> found, tx.Select<Account>(selection));
      names.clear();
      for (const Account& account : found) names.push_back(account.name());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return names;
  }

  std::vector<std::string> Matching(const std::string& filter_text) {
    const absl::StatusOr<Filter> filter =
        Filter::Parse(filter_text, ResourceTable::Of<Account>().fields());
    EXPECT_TRUE(filter.ok()) << filter_text << ": " << filter.status();
    return Names(From<Account>().Matching(*filter));
  }

  // The names of those whose text the function says to be found.
  template <class Function>
  static std::vector<std::string> Expected(Function found) {
    std::vector<std::string> names;
    for (size_t i = 0; i < Texts().size(); ++i) {
      if (found(Texts()[i])) names.push_back(NameOf(i));
    }
    return names;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, TextTest, EveryEngine(), EngineName);

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

TEST_P(TextTest, FiltersCompareEveryCharacter) {
  using Compare = bool (*)(const std::string& stored, const std::string& asked);
  const std::pair<const char*, Compare> operators[] = {
      {"=", [](const auto& stored, const auto& asked) { return stored == asked; }},
      {"!=", [](const auto& stored, const auto& asked) { return stored != asked; }},
      {"<", [](const auto& stored, const auto& asked) { return stored < asked; }},
      {"<=", [](const auto& stored, const auto& asked) { return stored <= asked; }},
      {">", [](const auto& stored, const auto& asked) { return stored > asked; }},
      {">=", [](const auto& stored, const auto& asked) { return stored >= asked; }},
      {":", [](const auto& stored, const auto& asked) { return absl::StrContains(stored, asked); }},
  };
  for (const std::string& asked : Texts()) {
    for (const auto& [op, compare] : operators) {
      const auto expected = Expected([&](const auto& stored) { return compare(stored, asked); });
      for (const char* const field : {"display_name", "note"}) {
        const std::string filter = absl::StrCat(field, " ", op, " ", Quoted(asked));
        EXPECT_THAT(Matching(filter), UnorderedElementsAreArray(expected)) << filter;
      }
    }
    EXPECT_THAT(Matching(absl::StrCat("display_name = ", Quoted(asked + "*"))),
                UnorderedElementsAreArray(
                    Expected([&](const auto& stored) { return absl::StartsWith(stored, asked); })))
        << asked;
    EXPECT_THAT(Matching(absl::StrCat("display_name = ", Quoted("*" + asked))),
                UnorderedElementsAreArray(
                    Expected([&](const auto& stored) { return absl::EndsWith(stored, asked); })))
        << asked;
    EXPECT_THAT(
        Matching(absl::StrCat("labels.key = ", Quoted(asked))),
        UnorderedElementsAreArray(Expected([&](const auto& stored) { return stored == asked; })))
        << asked;
    EXPECT_THAT(
        Names(From<Account>().WhereAnyOf("display_name", {asked, "nothing"})),
        UnorderedElementsAreArray(Expected([&](const auto& stored) { return stored == asked; })))
        << asked;
  }
}

TEST_P(TextTest, TextsAreOrderedByTheirCodePoints) {
  std::vector<std::pair<std::string, std::string>> by_text;
  for (size_t i = 0; i < Texts().size(); ++i) by_text.emplace_back(Texts()[i], NameOf(i));
  std::sort(by_text.begin(), by_text.end());
  std::vector<std::string> expected;
  for (const auto& [text, name] : by_text) expected.push_back(name);
  EXPECT_THAT(Names(From<Account>().OrderBy("display_name")), ElementsAreArray(expected));
  EXPECT_THAT(Names(From<Account>().OrderBy("display_name desc")),
              ElementsAreArray(expected.rbegin(), expected.rend()));
}

TEST_P(TextTest, TextsAreGroupedByEveryCharacter) {
  for (const char* const field : {"display_name", "note"}) {
    std::vector<std::string> distinct;
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(distinct, tx.SelectDistinct(field, From<Account>()));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_THAT(distinct, UnorderedElementsAreArray(Texts())) << field;
  }
}

TEST_P(TextTest, RequestIdsThatDifferInBlanksAreTwo) {
  const auto write = [&](const std::string& request_id, const std::string& answer) {
    call_.request_id = request_id;
    const auto written =
        store_->Write(call_, [&](WriteTx&) -> absl::StatusOr<std::string> { return answer; });
    return written.value_or(written.status().ToString());
  };
  EXPECT_EQ(write("r", "first"), "first");
  EXPECT_EQ(write("r ", "second"), "second");
  EXPECT_EQ(write("R", "third"), "third");
  EXPECT_EQ(write("r", "fourth"), "first");
}

}  // namespace
}  // namespace perennial
