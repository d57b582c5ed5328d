#include "lib/storage/time_line.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/api/errors.h"
#include "lib/storage/history.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

v1::Account AccountNamed(absl::string_view id) {
  v1::Account account;
  account.set_name(absl::StrCat("accounts/", id));
  account.set_display_name("An account");
  return account;
}

// --- requests and the database's own time line, on both engines ---

class TimeLineTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (!store_.has_value()) return;  // skipped
    ASSERT_TRUE(OpenTimeLine(*store_, nullptr).ok());
  }

  absl::Status BeginAnother() {
    return store_->database().Write(
        absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
          ASSIGN_OR_RETURN(const uint64_t id, BeginTimeLine(connection, "a test", clock_.Now()));
          store_->set_time_line(id);
          return absl::OkStatus();
        });
  }

  absl::Status CreateAs(absl::string_view request_id, absl::string_view account) {
    call_.request_id = std::string(request_id);
    return store_->Apply(call_,
                         [&](WriteTx& tx) { return tx.Create(AccountNamed(account)).status(); });
  }

  void GoBackTo(int64_t revision) {
    const absl::Status status =
        store_->database().Write(absl::InfiniteFuture(), [&](sql::Connection& connection) {
          return connection.Execute("DELETE FROM changes WHERE revision > ?", {revision}).status();
        });
    ASSERT_TRUE(status.ok()) << status;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, TimeLineTest, EveryEngine(), EngineName);

TEST_P(TimeLineTest, StaysOverARestart) {
  const uint64_t id = store_->time_line();
  EXPECT_NE(id, 0u);
  ASSERT_TRUE(OpenTimeLine(*store_, nullptr).ok());
  EXPECT_EQ(store_->time_line(), id);
}

TEST_P(TimeLineTest, AnAnswerIsOfItsTimeLineOnly) {
  ASSERT_TRUE(CreateAs("first", "acme").ok());
  ASSERT_TRUE(CreateAs("first", "acme").ok());  // the same answer again
  ASSERT_TRUE(BeginAnother().ok());
  EXPECT_EQ(ReasonOf(CreateAs("first", "acme")), v1::TIME_LINE_CHANGED);
  EXPECT_TRUE(CreateAs("second", "globex").ok());
}

TEST_P(TimeLineTest, ACallOfAnotherTimeLineWritesNothing) {
  call_.time_line = store_->time_line();
  EXPECT_TRUE(CreateAs("", "acme").ok());
  ASSERT_TRUE(BeginAnother().ok());
  EXPECT_EQ(ReasonOf(CreateAs("", "globex")), v1::TIME_LINE_CHANGED);
  call_.time_line = store_->time_line();
  EXPECT_TRUE(CreateAs("", "globex").ok());
}

TEST_P(TimeLineTest, TellsLostTimeLinesFromOthers) {
  const uint64_t first = store_->time_line();
  ASSERT_TRUE(BeginAnother().ok());
  const absl::Status status = store_->database().Read(
      absl::InfiniteFuture(), [&](sql::Connection& connection) -> absl::Status {
        EXPECT_TRUE(*IsLostTimeLine(connection, first));
        EXPECT_FALSE(*IsLostTimeLine(connection, store_->time_line()));
        EXPECT_FALSE(*IsLostTimeLine(connection, 12345));
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(TimeLineTest, ADatabaseThatGoesBackUnderARunningServerIsNoticed) {
  ASSERT_TRUE(CreateAs("", "acme").ok());
  ASSERT_TRUE(CreateAs("", "globex").ok());
  ASSERT_TRUE(store_->NumberPendingChanges(absl::InfiniteFuture()).ok());
  const uint64_t first = store_->time_line();
  int64_t told = -1;
  TimeLineWatch watch(*store_, [&](int64_t revision) { told = revision; });
  ASSERT_TRUE(watch.Look(absl::InfiniteFuture()).ok());
  ASSERT_TRUE(watch.Look(absl::InfiniteFuture()).ok());
  EXPECT_EQ(store_->time_line(), first);
  GoBackTo(1);
  ASSERT_TRUE(watch.Look(absl::InfiniteFuture()).ok());
  EXPECT_NE(store_->time_line(), first);
  EXPECT_EQ(told, 1);
}

TEST_P(TimeLineTest, ATimeLineThatAnotherServerBeganIsNoticed) {
  const uint64_t first = store_->time_line();
  ASSERT_TRUE(BeginAnother().ok());
  const uint64_t second = store_->time_line();
  store_->set_time_line(first);
  int64_t told = -1;
  TimeLineWatch watch(*store_, [&](int64_t revision) { told = revision; });
  ASSERT_TRUE(watch.Look(absl::InfiniteFuture()).ok());
  EXPECT_EQ(store_->time_line(), second);
  EXPECT_EQ(told, 0);
}

// --- files that somebody copies by hand ---

class ServedFileTest : public testing::Test {
 protected:
  ServedFileTest() : database_(sql::Engine::kSqlite) {
    absl::string_view path = database_.options().url;
    absl::ConsumePrefix(&path, "sqlite:");
    path_ = std::string(path);
    EXPECT_TRUE(sql::Migrate(*database_.Open(), Migrations()).ok());
  }

  // Serves the file for so many writes. Answers its time line.
  uint64_t Serve(int writes) {
    Store store(database_.Open(), clock_);
    const auto mark = ServedMark::Open(path_);
    EXPECT_TRUE(mark.ok()) << mark.status();
    const absl::Status opened = OpenTimeLine(store, mark->get());
    EXPECT_TRUE(opened.ok()) << opened;
    Call call;
    call.actor = "tester";
    for (int i = 0; i < writes; ++i) {
      const absl::Status status = store.Apply(call, [&](WriteTx& tx) {
        return tx.Create(AccountNamed(absl::StrCat("a", ++last_account_))).status();
      });
      EXPECT_TRUE(status.ok()) << status;
    }
    return store.time_line();
  }

  static void Copy(const std::string& from, const std::string& to) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  }

  const TestDatabase database_;
  std::string path_;
  int last_account_ = 0;
  ManualClock clock_{absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone())};
};

TEST_F(ServedFileTest, IsTheSameAfterARestart) {
  const uint64_t first = Serve(0);
  EXPECT_EQ(Serve(3), first);
  EXPECT_EQ(Serve(0), first);
}

TEST_F(ServedFileTest, AnOlderCopyInItsPlaceBeginsATimeLine) {
  const uint64_t first = Serve(3);
  Copy(path_, path_ + ".copy");
  ASSERT_EQ(Serve(3), first);
  Copy(path_ + ".copy", path_);
  const uint64_t second = Serve(0);
  EXPECT_NE(second, first);
  EXPECT_EQ(Serve(6), second) << "and that one stays";
}

// Also where it has come as far as the lost one.
TEST_F(ServedFileTest, AnotherFileInItsPlaceBeginsATimeLine) {
  const uint64_t first = Serve(3);
  Copy(path_, path_ + ".copy");
  fs::rename(path_ + ".copy", path_);
  EXPECT_NE(Serve(0), first);
}

TEST_F(ServedFileTest, ACopyElsewhereBeginsATimeLine) {
  const uint64_t first = Serve(3);
  fs::remove(path_ + ".served");
  EXPECT_NE(Serve(0), first);
}

TEST_F(ServedFileTest, AWholeFolderPutBackBeginsATimeLine) {
  const uint64_t first = Serve(3);
  const std::string folder = fs::path(path_).parent_path();
  fs::copy(folder, folder + ".copy", fs::copy_options::recursive);
  ASSERT_EQ(Serve(3), first);
  fs::remove_all(folder);
  fs::rename(folder + ".copy", folder);
  EXPECT_NE(Serve(0), first);
}

TEST_F(ServedFileTest, AMarkThatSaysLessThanWasCommittedChangesNothing) {
  const uint64_t first = Serve(3);
  Copy(path_ + ".served", path_ + ".served.copy");
  ASSERT_EQ(Serve(3), first);
  Copy(path_ + ".served.copy", path_ + ".served");
  EXPECT_EQ(Serve(0), first);
}

TEST_F(ServedFileTest, AFileOfAnOlderProgramKeepsItsTimeLine) {
  const uint64_t first = Serve(3);
  fs::remove(path_ + ".served");
  const absl::Status status =
      database_.Open()->Write(absl::InfiniteFuture(), [](sql::Connection& connection) {
        return connection.Execute("DELETE FROM time_lines", {}).status();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Serve(0), first);
}

TEST_F(ServedFileTest, AMangledMarkIsNone) {
  const uint64_t first = Serve(1);
  fs::resize_file(path_ + ".served", 20);
  EXPECT_NE(Serve(0), first);
}

}  // namespace
}  // namespace perennial
