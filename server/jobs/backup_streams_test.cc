#include "server/jobs/backup_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "lib/api/errors.h"
#include "lib/base/ids.h"
#include "lib/base/sha256.h"
#include "lib/storage/time_line.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/admin_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

namespace fs = std::filesystem;

// A caller that reads as the test tells it to.
class FakeWriter : public ResponseWriter {
 public:
  void Write(std::string response) override {
    v1::BackupResponse parsed;
    EXPECT_TRUE(parsed.ParseFromString(response));
    absl::MutexLock lock(&mutex_);
    if (throws_) throw std::bad_alloc();
    responses_.push_back(std::move(parsed));
  }
  void ThrowAtTheNextWrite() {
    absl::MutexLock lock(&mutex_);
    throws_ = true;
  }
  void Cancel() override { cancelled_.Notify(); }
  void End(const absl::Status& status) override {
    status_ = status;
    ended_.Notify();
  }

  // The next response.
  v1::BackupResponse Await() {
    absl::MutexLock lock(&mutex_);
    const auto come = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return responses_.size() > taken_ || ended_.HasBeenNotified();
    };
    mutex_.Await(absl::Condition(&come));
    return responses_.size() > taken_ ? responses_[taken_++] : v1::BackupResponse();
  }
  void AwaitCancelled() { cancelled_.WaitForNotification(); }
  absl::Status AwaitEnd() {
    ended_.WaitForNotification();
    return status_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<v1::BackupResponse> responses_ ABSL_GUARDED_BY(mutex_);
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  bool throws_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Notification cancelled_;
  absl::Notification ended_;
  absl::Status status_;
};

class BackupStreamsTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (!store_.has_value()) return;  // skipped
    ASSERT_TRUE(OpenTimeLine(*store_, nullptr).ok());
    folder_ = testing::TempDir() + "backup_streams_" + NewRequestId();
    fs::create_directories(folder_);
    streams_.emplace(*store_, folder_ + "/x-");
  }
  ~BackupStreamsTest() override {
    streams_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string folder_;
  std::optional<BackupStreams> streams_;
};
INSTANTIATE_TEST_SUITE_P(Engines, BackupStreamsTest, EveryEngine(), EngineName);

TEST_P(BackupStreamsTest, SendsInfoThenTheFileThenHowToCheckIt) {
  v1::Account account;
  account.set_name("accounts/acme");
  account.set_display_name("Acme");
  Create(account);
  FakeWriter writer;
  const auto stream = streams_->Open(writer);
  stream->Start();
  const v1::BackupResponse info = writer.Await();
  ASSERT_TRUE(info.has_info());
  EXPECT_EQ(info.info().revision(), 1);
  EXPECT_EQ(info.info().time_line(), TimeLineText(store_->time_line()));
  Sha256 hash;
  int64_t size = 0;
  v1::BackupResponse part;
  for (stream->OnWritten(true); (part = writer.Await()).part_case() == part.kData;
       stream->OnWritten(true)) {
    EXPECT_LE(part.data().size(), 256u << 10);
    hash.Update(part.data());
    size += static_cast<int64_t>(part.data().size());
  }
  ASSERT_TRUE(part.has_summary());
  stream->OnWritten(true);
  EXPECT_TRUE(writer.AwaitEnd().ok());
  EXPECT_EQ(part.summary().sha256(), hash.Finish());
  EXPECT_EQ(part.summary().size_bytes(), size);
  EXPECT_EQ(info.info().size_bytes(), size);
  EXPECT_EQ(part.summary().row_counts().at("accounts"), 1);
}

TEST_P(BackupStreamsTest, ACallerThatGoesLeavesNothingBehind) {
  for (int round = 0; round < 2 * BackupStreams::kMostAtOnce; ++round) {
    FakeWriter writer;
    const auto stream = streams_->Open(writer);
    stream->Start();
    ASSERT_TRUE(writer.Await().has_info());
    stream->OnCancelled();
    stream->OnWritten(false);
    EXPECT_EQ(writer.AwaitEnd().code(), absl::StatusCode::kCancelled);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_P(BackupStreamsTest, ACallerThatIsGoneBeforeItBeginsIsNoBackup) {
  FakeWriter writer;
  const auto stream = streams_->Open(writer);
  stream->OnCancelled();
  stream->OnCancelled();
  EXPECT_EQ(writer.AwaitEnd().code(), absl::StatusCode::kCancelled);
  // Whoever was about to start it comes too late.
  stream->Start();
  streams_.reset();
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_P(BackupStreamsTest, MoreThanTwoAtOnceAreRefused) {
  FakeWriter writers[3];
  std::unique_ptr<ResponseStream> streams[3];
  for (int i = 0; i < 3; ++i) streams[i] = streams_->Open(writers[i]);
  for (int i = 0; i < 2; ++i) {
    streams[i]->Start();
    ASSERT_TRUE(writers[i].Await().has_info());
  }
  streams[2]->Start();
  EXPECT_EQ(ReasonOf(writers[2].AwaitEnd()), v1::OVERLOADED);
  for (int i = 0; i < 2; ++i) {
    streams[i]->OnWritten(false);
    EXPECT_FALSE(writers[i].AwaitEnd().ok());
  }
}

TEST_P(BackupStreamsTest, ACallerThatTakesNothingIsNotWaitedForForEver) {
  streams_.emplace(*store_, folder_ + "/x-", absl::Milliseconds(1));
  FakeWriter writer;
  const auto stream = streams_->Open(writer);
  stream->Start();
  writer.AwaitCancelled();
  // As gRPC does then.
  stream->OnCancelled();
  stream->OnWritten(false);
  const absl::Status status = writer.AwaitEnd();
  EXPECT_EQ(ReasonOf(status), v1::DEADLINE_PASSED) << status;
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_P(BackupStreamsTest, WhatIsThrownEndsTheBackupThatMetIt) {
  FakeWriter writer;
  const auto stream = streams_->Open(writer);
  writer.ThrowAtTheNextWrite();
  stream->Start();
  EXPECT_TRUE(absl::IsInternal(writer.AwaitEnd()));
}

TEST_P(BackupStreamsTest, EndWhenTheServerStops) {
  FakeWriter writer, late;
  const auto stream = streams_->Open(writer);
  stream->Start();
  ASSERT_TRUE(writer.Await().has_info());
  streams_->Stop();
  stream->OnWritten(true);
  EXPECT_EQ(ReasonOf(writer.AwaitEnd()), v1::SERVER_UNAVAILABLE);
  const auto late_stream = streams_->Open(late);
  late_stream->Start();
  EXPECT_EQ(ReasonOf(late.AwaitEnd()), v1::SERVER_UNAVAILABLE);
}

}  // namespace
}  // namespace perennial
