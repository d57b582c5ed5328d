#include "client/cli/import/rejects_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/errors.h"
#include "client/cli/import/file_rows_fixture.h"
#include "client/cli/import/run_import.h"
#include "client/cpp/testing/fake_connection.h"
#include "perennial/v1/clock_service.pb.h"

namespace perennial::cli {
namespace {

using testing::HasSubstr;

constexpr char kMapping[] = R"(
files { csv: "a.csv" resource: "Account" name: "accounts/{id}"
  fields { path: "display_name" text: "{name}" } })";

// Imports the folder by m.textproto to a server that takes everything.
class RejectsFileTest : public FileRowsTest {
 protected:
  RejectsFileTest() {
    connection_->On<v1::GetTimeRequest, v1::ClockTime>(
        "GetTime", [](const v1::GetTimeRequest&) { return v1::ClockTime(); });
    connection_->On<v1::ImportRequest, v1::ImportResponse>(
        "Import", [](const v1::ImportRequest& request) { return Answer(request); });
    Write("m.textproto", kMapping);
    Write("a.csv", "id,name\na,A\nB b,B\n");
  }

  static absl::StatusOr<v1::ImportResponse> Answer(const v1::ImportRequest& request) {
    v1::ImportResponse response;
    if (request.rows(0).has_resource()) {
      response.mutable_counts()->set_created(request.rows_size());
    } else {
      for (int i = 0; i < request.rows_size(); ++i) response.add_unknown_rows(i);
    }
    return response;
  }

  absl::StatusOr<ImportSummary> Import(const std::string& rejects_file) {
    ImportOptions options;
    options.folder = folder_path_;
    options.mapping = PathOf("m.textproto");
    options.rejects_file = rejects_file;
    std::ostringstream report;
    const auto summary = RunImport(options, connection_, {}, report, nullptr);
    report_ = report.str();
    return summary;
  }

  std::string PathOf(const std::string& name) const { return folder_path_ + "/" + name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(PathOf(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  bool WasSent() const {
    for (const auto& record : connection_->records()) {
      if (record.method == "Import") return true;
    }
    return false;
  }

  const std::shared_ptr<client::FakeConnection> connection_ =
      std::make_shared<client::FakeConnection>();
  std::string report_;
};

TEST_F(RejectsFileTest, HasTheRowsBehindWhatIsWrongWithThem) {
  ASSERT_TRUE(Import(PathOf("r.csv")).ok());
  EXPECT_EQ(Read("r.csv"),
            "file,line,resource,reason,id,name\n"
            "a.csv,3,,\"the name \"\"accounts/B b\"\" does not have the form "
            "accounts/{account}\",B b,B\n");
}

TEST_F(RejectsFileTest, HasTheRowsThatCannotBeLookedUp) {
  Write("l.csv", "id,note\na,5\" disk\nb,M\xfcller\nc,good\n");
  Write("m.textproto", R"(
files { csv: "a.csv" resource: "Account" name: "accounts/{id|id}"
  lookups { name: "l" csv: "l.csv" column: "id" text: "{id}" }
  lookups { name: "again" csv: "l.csv" column: "note" text: "{id}" }
  lookups { name: "itself" csv: "a.csv" column: "name" text: "{id}" }
  fields { path: "note" text: "{l.note}{again.note}{itself.id}" } })");
  const absl::StatusOr<ImportSummary> summary = Import(PathOf("r.csv"));
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->rejected, 2);
  EXPECT_THAT(report_, HasSubstr("l.csv, looked up: 3 read: 2 rejected\n"));
  EXPECT_THAT(report_, HasSubstr("l.csv:2: cannot be looked up: a quote in a value"));
  EXPECT_THAT(report_, HasSubstr("l.csv:3: cannot be looked up: the column \"note\""));
  EXPECT_THAT(Read("r.csv"), HasSubstr("file,line,resource,reason,id,note\nl.csv,2,,"));
}

TEST_F(RejectsFileTest, HasARowThatIsImportedAndLookedUpOnce) {
  Write("a.csv", "id,name\na,5\" disk\n");
  Write("m.textproto", R"(
files { csv: "a.csv" resource: "Account" name: "accounts/{id}"
  lookups { name: "itself" csv: "a.csv" column: "name" text: "{id}" }
  fields { path: "note" text: "{itself.name}{name}" } })");
  const absl::StatusOr<ImportSummary> summary = Import(PathOf("r.csv"));
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->rejected, 1);
}

TEST_F(RejectsFileTest, HasTheCellsOfBadQuotes) {
  Write("a.csv", "id,name\nm1,\"a\"b\nm2,5\" disk\nm3,\"open\n");
  ASSERT_TRUE(Import(PathOf("r.csv")).ok());
  const CsvTable rejects = *CsvTable::Read(PathOf("r.csv"), "r.csv", {});
  std::vector<std::string> cells;
  for (const CsvRecord& record : rejects.records()) {
    ASSERT_EQ(record.values.size(), 6u);
    cells.push_back(absl::StrCat(record.values[4], "|", record.values[5]));
  }
  EXPECT_THAT(cells, testing::ElementsAre("m1|\"a\"b", "m2|5\" disk", "m3|\"open"));
}

TEST_F(RejectsFileTest, IsImportedByTheSameMapping) {
  Write("a.csv", "id;name\nb b;M\xfcller, =1+1\n");
  Write("m.textproto", R"(
files { csv: "a.csv" delimiter: ";" encoding: "windows-1252" resource: "Account"
  name: "accounts/{id}" fields { path: "display_name" text: "{name}" } })");
  // Also what is rejected of it again.
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(Import(PathOf("r.csv")).ok());
    EXPECT_THAT(Read("r.csv"), HasSubstr("Müller, =1+1"));
    std::filesystem::copy_file(PathOf("r.csv"), PathOf("a.csv"),
                               std::filesystem::copy_options::overwrite_existing);
  }
  Write("a.csv", absl::StrReplaceAll(Read("a.csv"), {{"b b", "bb"}}));
  const absl::StatusOr<ImportSummary> summary = Import("");
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->rejected, 0) << report_;
  const auto sent = connection_->LastRequest<v1::ImportRequest>();
  EXPECT_EQ(sent.rows(0).resource().account().display_name(), "Müller, =1+1");
}

TEST_F(RejectsFileTest, ATerminalIsShownWhatItWouldObey) {
  Write("a.csv", "id,name,\x1b[1mx\n1\x1b[31m,A,\n");
  ASSERT_TRUE(Import(PathOf("r.csv")).ok());
  EXPECT_THAT(report_, HasSubstr("accounts/1<U+001B>[31m"));
  EXPECT_THAT(report_, HasSubstr("columns not used: <U+001B>[1mx"));
  EXPECT_THAT(report_, testing::Not(HasSubstr("\x1b")));
  EXPECT_THAT(Read("r.csv"), HasSubstr("1\x1b[31m,A,"));
}

TEST_F(RejectsFileTest, IsNoneOfTheFilesThatAreRead) {
  std::filesystem::create_symlink(PathOf("a.csv"), PathOf("link.csv"));
  for (const char* name : {"a.csv", "link.csv", "m.textproto"}) {
    const std::string before = Read(name);
    const absl::Status status = Import(PathOf(name)).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("is read by this import"));
    EXPECT_EQ(ExitCodeOf(status), kRefused);
    EXPECT_EQ(Read(name), before);
  }
  EXPECT_FALSE(WasSent());
}

TEST_F(RejectsFileTest, IsOpenedBeforeAnythingIsSent) {
  const absl::Status status = Import(PathOf("nowhere/r.csv")).status();
  EXPECT_EQ(ExitCodeOf(status), kUnwritten) << status;
  EXPECT_FALSE(WasSent());
}

TEST_F(RejectsFileTest, ThatCannotBeWrittenIsAnErrorOfTheOutput) {
  EXPECT_EQ(ExitCodeOf(Import("/dev/full").status()), kUnwritten);
}

}  // namespace
}  // namespace perennial::cli
