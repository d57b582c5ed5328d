#include "client/cli/import/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/import/import_row.h"
#include "client/cpp/testing/fake_connection.h"

namespace perennial::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::ImportRequest;
using v1::ImportResponse;

// A server that takes every account but those with a note, which says why not.
class FakeImport {
 public:
  FakeImport() {
    connection_->On<ImportRequest, ImportResponse>(
        "Import", [this](const ImportRequest& request) { return Answer(request); });
  }

  absl::StatusOr<ImportResponse> Answer(const ImportRequest& request) {
    absl::MutexLock lock(&mutex_);
    if (failures_ > 0) {
      --failures_;
      return absl::UnavailableError("gone for a moment");
    }
    ImportResponse response;
    if (!request.rows(0).has_resource()) return Ask(request);
    int good = 0, known = 0;
    std::set<std::string> here;
    for (const v1::ImportRow& row : request.earlier_rows()) {
      here.insert(row.resource().account().name());
    }
    for (const v1::ImportRow& row : request.rows()) {
      const v1::Account& account = row.resource().account();
      const bool parent_missing = !account.parent_account().empty() &&
                                  here.count(account.parent_account()) == 0 &&
                                  written_.count(account.parent_account()) == 0;
      if (!account.note().empty() || parent_missing) {
        auto& rejected = *response.add_rejected_rows();
        rejected.set_source(row.source());
        rejected.set_line(row.line());
        rejected.set_resource_name(account.name());
        rejected.mutable_error()->set_message(account.note());
        if (parent_missing) {
          rejected.mutable_error()->set_reason("RESOURCE_NOT_FOUND");
          rejected.mutable_error()->add_violations()->set_subject(account.parent_account());
        }
        continue;
      }
      here.insert(account.name());
      digests_[account.name()] = row.digest();
      written_.count(account.name()) > 0 ? ++known : ++good;
    }
    response.mutable_counts()->set_skipped(known);
    response.mutable_counts()->set_rejected(response.rejected_rows_size());
    if (response.rejected_rows_size() > 0) {
      response.set_held_back(good);
    } else {
      response.mutable_counts()->set_created(good);
      if (!request.validate_only()) written_.insert(here.begin(), here.end());
    }
    ++chunks_;
    return response;
  }

  // Which of the rows are known.
  ImportResponse Ask(const ImportRequest& request) const {
    ImportResponse response;
    for (int i = 0; i < request.rows_size(); ++i) {
      const auto digest = digests_.find(request.rows(i).name());
      const bool known = digest != digests_.end() && digest->second == request.rows(i).digest();
      if (!known) response.add_unknown_rows(i);
    }
    return response;
  }

  const std::shared_ptr<client::FakeConnection> connection_ =
      std::make_shared<client::FakeConnection>();
  absl::Mutex mutex_;
  std::set<std::string> written_;
  std::map<std::string, uint64_t> digests_;
  int chunks_ = 0;
  int failures_ = 0;
};

v1::ImportRow Row(int line, const std::string& note = "") {
  v1::ImportRow row;
  row.set_source("a.csv");
  row.set_line(line);
  row.mutable_resource()->mutable_account()->set_name(absl::StrCat("accounts/a", line));
  row.mutable_resource()->mutable_account()->set_note(note);
  return row;
}

std::vector<v1::ImportRow> Rows(int count) {
  std::vector<v1::ImportRow> rows;
  for (int i = 1; i <= count; ++i) rows.push_back(Row(i));
  return rows;
}

class ImporterTest : public testing::Test {
 protected:
  absl::Status Send(std::vector<v1::ImportRow> rows, bool in_order = false) {
    Importer importer(server_.connection_, {}, options_);
    return importer.Send(std::move(rows), in_order, sent_);
  }

  FakeImport server_;
  SendOptions options_;
  SentRows sent_;
};

TEST_F(ImporterTest, SendsEverythingInChunks) {
  options_.chunk_size = 100;
  std::vector<int64_t> progress;
  options_.on_progress = [&](int64_t answered) { progress.push_back(answered); };
  EXPECT_TRUE(Send(Rows(950)).ok());
  EXPECT_EQ(sent_.created, 950);
  EXPECT_EQ(server_.written_.size(), 950);
  EXPECT_EQ(server_.chunks_, 10);
  EXPECT_EQ(progress.size(), 10);
  EXPECT_EQ(progress.back(), 950);
}

TEST_F(ImporterTest, AsksWhichRowsSayNothingNew) {
  std::vector<v1::ImportRow> rows = Rows(2500);
  for (v1::ImportRow& row : rows) row.set_digest(static_cast<uint64_t>(row.line()));
  EXPECT_TRUE(Send(rows).ok());
  std::vector<RowKey> keys;
  for (const v1::ImportRow& row : rows) keys.push_back({NameOf(row), row.digest()});
  keys[7].digest = 1;
  keys.push_back({"accounts/new", 1});
  const int sent = server_.chunks_;
  EXPECT_TRUE(Importer(server_.connection_, {}, options_).FindKnown(keys).ok());
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(keys[i].is_known, i != 7 && i != 2500) << i;
  EXPECT_EQ(server_.chunks_, sent);
}

TEST_F(ImporterTest, WhatIsToBeTakenIsLookedAt) {
  EXPECT_TRUE(Send(Rows(1)).ok());
  options_.on_conflict = ImportRequest::TAKE;
  std::vector<RowKey> keys = {{"accounts/a1", 0}};
  EXPECT_TRUE(Importer(server_.connection_, {}, options_).FindKnown(keys).ok());
  EXPECT_FALSE(keys[0].is_known);
}

TEST_F(ImporterTest, ABadRowLosesOnlyItself) {
  std::vector<v1::ImportRow> rows = Rows(10);
  rows[3] = Row(4, "too long");
  EXPECT_TRUE(Send(rows).ok());
  EXPECT_EQ(sent_.created, 9);
  EXPECT_EQ(sent_.held_back, 0);
  ASSERT_EQ(sent_.rejected.size(), 1);
  EXPECT_EQ(sent_.rejected[0].line, 4);
  EXPECT_EQ(sent_.rejected[0].message, "too long");
  EXPECT_EQ(sent_.rejected[0].resource_name, "accounts/a4");
}

TEST_F(ImporterTest, StrictlyABadRowTakesItsChunkWithIt) {
  options_.strict = true;
  options_.chunk_size = 5;
  std::vector<v1::ImportRow> rows = Rows(10);
  rows[3] = Row(4, "too long");
  EXPECT_TRUE(Send(rows, /*in_order=*/true).ok());
  EXPECT_EQ(sent_.created, 5);
  EXPECT_EQ(sent_.held_back, 4);
  EXPECT_EQ(sent_.rejected.size(), 1);
}

TEST_F(ImporterTest, RowsGoInOrderWhereTheyHaveTo) {
  options_.chunk_size = 1;
  std::vector<v1::ImportRow> rows = {Row(9), Row(1)};
  rows[1].mutable_resource()->mutable_account()->set_parent_account("accounts/a9");
  EXPECT_TRUE(Send(rows, /*in_order=*/true).ok());
  EXPECT_EQ(sent_.created, 2);
}

TEST_F(ImporterTest, LargeRowsMakeSmallChunks) {
  std::vector<v1::ImportRow> rows = Rows(4);
  for (v1::ImportRow& row : rows) {
    row.mutable_resource()->mutable_account()->set_owner(std::string(400000, 'x'));
  }
  EXPECT_TRUE(Send(rows).ok());
  EXPECT_EQ(server_.chunks_, 2);
}

TEST_F(ImporterTest, ARowThatNoMessageHoldsLosesOnlyItself) {
  std::vector<v1::ImportRow> rows = Rows(4);
  rows[1].mutable_resource()->mutable_account()->set_owner(std::string(4300000, 'x'));
  EXPECT_TRUE(Send(rows).ok());
  EXPECT_EQ(sent_.created, 3);
  ASSERT_EQ(sent_.rejected.size(), 1);
  EXPECT_EQ(sent_.rejected[0].source, "a.csv");
  EXPECT_EQ(sent_.rejected[0].line, 2);
  EXPECT_EQ(sent_.rejected[0].resource_name, "accounts/a2");
  EXPECT_THAT(sent_.rejected[0].message, testing::ContainsRegex("the row is of 43000.. bytes: "));
}

TEST_F(ImporterTest, ADryRunTakesEarlierRowsForWritten) {
  options_.dry_run = true;
  options_.chunk_size = 1;
  std::vector<v1::ImportRow> rows = {Row(1), Row(2), Row(3)};
  rows[1].mutable_resource()->mutable_account()->set_parent_account("accounts/a1");
  rows[2].mutable_resource()->mutable_account()->set_parent_account("accounts/nowhere");
  EXPECT_TRUE(Send(rows, /*in_order=*/true).ok());
  EXPECT_EQ(sent_.created, 2);
  EXPECT_EQ(sent_.rejected.size(), 1);
  EXPECT_THAT(server_.written_, IsEmpty());
}

TEST_F(ImporterTest, ErrorsThatPassAreWaitedFor) {
  server_.failures_ = 2;
  EXPECT_TRUE(Send(Rows(3)).ok());
  EXPECT_EQ(sent_.created, 3);
}

TEST_F(ImporterTest, OtherErrorsEndTheImport) {
  server_.connection_->On<ImportRequest, ImportResponse>(
      "Import", [](const ImportRequest&) -> absl::StatusOr<ImportResponse> {
        return absl::PermissionDeniedError("no");
      });
  EXPECT_TRUE(absl::IsPermissionDenied(Send(Rows(3))));
  EXPECT_EQ(sent_.created, 0);
}

}  // namespace
}  // namespace perennial::cli
