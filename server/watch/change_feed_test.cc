#include "server/watch/change_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/storage/history.h"
#include "lib/storage/migrations.h"
#include "lib/storage/time_line.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "tests/support/test_database.h"

namespace perennial {

class ChangeFeedPeer {
 public:
  // Runs `fn` in a moment in which the feed offers changes to its watchers.
  static void WhilePublishing(ChangeFeed& feed, absl::FunctionRef<void()> fn) {
    absl::MutexLock lock(&feed.mutex_);
    fn();
  }
};

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Change;

// What gRPC is to a stream: takes one response at a time. A reader that does not read
// leaves the first one on its way.
class Reader final : public ResponseWriter {
 public:
  explicit Reader(bool reads = true) : reads_(reads) {}
  ~Reader() override {
    if (stream_ == nullptr) return;
    stream_->OnCancelled();
    Read();
    AwaitEnd().IgnoreError();
    acknowledging_.join();
  }

  void Open(std::unique_ptr<ResponseStream> stream) {
    stream_ = std::move(stream);
    acknowledging_ = std::thread([this] { Acknowledge(); });
    stream_->Start();
  }

  void Write(std::string bytes) override {
    absl::MutexLock lock(&mutex_);
    EXPECT_FALSE(under_way_) << "two at a time";
    under_way_ = true;
    v1::WatchResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    for (const Change& change : response.changes()) changes_.push_back(change);
    tokens_.emplace_back(response.resume_token(), changes_.size());
  }

  void Cancel() override {}

  void End(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    EXPECT_FALSE(ended_) << "ended twice";
    end_ = status;
    ended_ = true;
  }

  void Read() {
    absl::MutexLock lock(&mutex_);
    reads_ = true;
  }

  // As soon as there are so many.
  std::vector<Change> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return changes_.size() >= count || ended_;
    };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(30)));
    return changes_;
  }

  absl::Status AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&ended_));
    return end_;
  }

  // Every token, with the number of changes that came before it.
  std::vector<std::pair<std::string, size_t>> tokens() {
    absl::MutexLock lock(&mutex_);
    return tokens_;
  }

 private:
  void Acknowledge() {
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        const auto something = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
          return ended_ || (under_way_ && reads_);
        };
        mutex_.Await(absl::Condition(&something));
        if (!under_way_) return;
        under_way_ = false;
      }
      stream_->OnWritten(true);
    }
  }

  absl::Mutex mutex_;
  bool reads_ ABSL_GUARDED_BY(mutex_);
  bool under_way_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  std::vector<Change> changes_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, size_t>> tokens_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ResponseStream> stream_;
  std::thread acknowledging_;
};

std::vector<int64_t> Revisions(const std::vector<Change>& changes) {
  std::vector<int64_t> revisions;
  for (const Change& change : changes) revisions.push_back(change.revision());
  return revisions;
}

std::vector<std::string> Names(const std::vector<Change>& changes) {
  std::vector<std::string> names;
  for (const Change& change : changes) names.push_back(change.resource_name());
  return names;
}

class ChangeFeedTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_.emplace(GetParam());
    std::unique_ptr<sql::Database> database = test_database_->Open();
    ASSERT_TRUE(sql::Migrate(*database, Migrations()).ok());
    store_.emplace(std::move(database), clock_);
    ASSERT_TRUE(OpenTimeLine(*store_, nullptr).ok());
    StartFeed({});
    call_.actor = "tester";
  }

  void StartFeed(const ChangeFeed::Options& options) {
    feed_.emplace(*store_, options);
    store_->OnCommit([this] { feed_->Wake(); });
  }

  void Write(absl::FunctionRef<absl::Status(WriteTx&)> fn, const std::string& actor = "writer") {
    Call call;
    call.actor = actor;
    call.method = "Test";
    const absl::Status status = store_->Apply(call, fn);
    ASSERT_TRUE(status.ok()) << status;
  }

  static v1::Account Account(const std::string& id, const std::string& owner = "") {
    v1::Account account;
    account.set_name("accounts/" + id);
    account.set_display_name(id);
    account.set_owner(owner);
    return account;
  }

  void Create(const std::string& id, const std::string& owner = "",
              const std::string& actor = "writer") {
    Write([&](WriteTx& tx) { return tx.Create(Account(id, owner)).status(); }, actor);
  }

  void SetOwner(const std::string& id, const std::string& owner) {
    Write([&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(v1::Account account, tx.Get<v1::Account>("accounts/" + id));
      account.set_owner(owner);
      return tx.Update(account).status();
    });
  }

  absl::Status Watch(Reader& reader, const v1::WatchRequest& request = {}) {
    auto stream = feed_->Watch(request, call_, reader);
    if (stream.ok()) reader.Open(*std::move(stream));
    return stream.status();
  }

  static v1::WatchRequest From(const std::string& token) {
    v1::WatchRequest request;
    request.set_resume_token(token);
    return request;
  }

  std::string StartToken() { return MakeResumeToken({HistoryId(), 0}); }

  uint64_t HistoryId() {
    ResumeToken position;
    EXPECT_TRUE(store_
                    ->Read(call_,
                           [&](ReadTx& tx) -> absl::Status {
                             ASSIGN_OR_RETURN(position, HistoryPosition(tx.connection()));
                             return absl::OkStatus();
                           })
                    .ok());
    return position.history_id;
  }

  std::optional<TestDatabase> test_database_;
  SystemClock clock_;
  std::optional<Store> store_;
  std::optional<ChangeFeed> feed_;
  Call call_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ChangeFeedTest, EveryEngine(), EngineName);

TEST_P(ChangeFeedTest, SaysWhatComesFromNowOn) {
  Create("before");
  Reader reader;
  ASSERT_TRUE(Watch(reader).ok());
  Create("a");
  Create("b");
  EXPECT_THAT(Names(reader.Await(2)), ElementsAre("accounts/a", "accounts/b"));
}

TEST_P(ChangeFeedTest, ResumesAtEveryTokenWithTheSameSequence) {
  Reader reader;
  ASSERT_TRUE(Watch(reader, From(StartToken())).ok());
  for (int i = 0; i < 30; ++i) Create(absl::StrCat("a", i));
  const std::vector<int64_t> recorded = Revisions(reader.Await(30));
  ASSERT_EQ(recorded.size(), 30u);
  for (const auto& [token, seen] : reader.tokens()) {
    Reader again;
    ASSERT_TRUE(Watch(again, From(token)).ok());
    EXPECT_EQ(Revisions(again.Await(30 - seen)),
              std::vector<int64_t>(recorded.begin() + static_cast<int>(seen), recorded.end()));
  }
}

// Bulk writes overflow what waits for a watcher: it goes on from the database.
TEST_P(ChangeFeedTest, WhoeverDoesNotReadIsCaughtUpLater) {
  Reader slow(/*reads=*/false), fast;
  ASSERT_TRUE(Watch(slow).ok());
  ASSERT_TRUE(Watch(fast).ok());
  for (int batch = 0; batch < 5; ++batch) {
    Write([&](WriteTx& tx) -> absl::Status {
      for (int i = 0; i < 300; ++i) {
        RETURN_IF_ERROR(tx.Create(Account(absl::StrCat("a", batch, "-", i))).status());
      }
      return absl::OkStatus();
    });
  }
  const std::vector<int64_t> all = Revisions(fast.Await(1500));
  ASSERT_EQ(all.size(), 1500u);
  for (size_t i = 1; i < all.size(); ++i) ASSERT_EQ(all[i], all[i - 1] + 1);
  slow.Read();
  EXPECT_EQ(Revisions(slow.Await(1500)), all);
  // And it keeps up again.
  Create("last");
  EXPECT_EQ(slow.Await(1501).back().resource_name(), "accounts/last");
}

TEST_P(ChangeFeedTest, EachWatcherGetsWhatItAsksFor) {
  v1::WatchRequest of_account, of_type, of_owner, filtered, not_own;
  of_account.add_accounts("accounts/b");
  of_type.add_resource_types("Product");
  of_owner.add_owners("jo");
  filtered.set_filter("operation = UPDATED");
  not_own.set_exclude_own(true);
  Reader everything, account, type, owner, filter, others;
  ASSERT_TRUE(Watch(everything).ok());
  ASSERT_TRUE(Watch(account, of_account).ok());
  ASSERT_TRUE(Watch(type, of_type).ok());
  ASSERT_TRUE(Watch(owner, of_owner).ok());
  ASSERT_TRUE(Watch(filter, filtered).ok());
  ASSERT_TRUE(Watch(others, not_own).ok());

  Create("a", "jo");
  Create("b", "", "tester");
  Write([](WriteTx& tx) {
    v1::Product product;
    product.set_name("products/p");
    return tx.Create(product).status();
  });
  SetOwner("a", "ada");  // which jo, who owned it, learns
  SetOwner("b", "jo");
  SetOwner("a", "eve");  // which jo does not
  Create("end", "jo");   // of accounts/end
  const std::vector<Change> all = everything.Await(7);
  ASSERT_EQ(all.size(), 7u);
  const auto expect = [&](Reader& reader, std::vector<size_t> indices) {
    std::vector<int64_t> revisions;
    for (const size_t i : indices) revisions.push_back(all[i].revision());
    EXPECT_EQ(Revisions(reader.Await(indices.size())), revisions);
  };
  expect(account, {1, 4});
  expect(type, {2});
  expect(owner, {0, 3, 4, 6});
  expect(filter, {3, 4, 5});
  expect(others, {0, 2, 3, 4, 5, 6});
}

// Live, and from the database, are the same.
TEST_P(ChangeFeedTest, SaysWhatWasBeforeWhereAsked) {
  v1::WatchRequest request = From(StartToken());
  request.set_include_previous(true);
  Reader live, plain;
  ASSERT_TRUE(Watch(live, request).ok());
  ASSERT_TRUE(Watch(plain, From(StartToken())).ok());
  Create("a", "jo");
  SetOwner("a", "ada");
  Write([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Account account, tx.Get<v1::Account>("accounts/a"));
    return tx.Delete(account);
  });
  Reader replayed;
  live.Await(3);
  ASSERT_TRUE(Watch(replayed, request).ok());
  for (Reader* reader : {&live, &replayed}) {
    const std::vector<Change> changes = reader->Await(3);
    ASSERT_EQ(changes.size(), 3u);
    EXPECT_FALSE(changes[0].has_previous_resource());
    EXPECT_EQ(changes[1].previous_resource().account().owner(), "jo");
    EXPECT_EQ(changes[1].resource().account().owner(), "ada");
    EXPECT_THAT(changes[1].changed_fields().paths(), ElementsAre("owner"));
    EXPECT_FALSE(changes[2].has_previous_resource());
    EXPECT_EQ(changes[2].resource().account().owner(), "ada");
  }
  EXPECT_FALSE(plain.Await(3)[1].has_previous_resource());
}

// The transaction that began first commits last: it is numbered, and told, when it does.
TEST_P(ChangeFeedTest, WhoeverCommitsLateIsNotSkipped) {
  if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "its one writer cannot be overtaken";
  Reader reader;
  ASSERT_TRUE(Watch(reader).ok());
  absl::Mutex mutex;
  bool written = false, may_commit = false;
  std::thread late([&] {
    Write([&](WriteTx& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.Create(Account("late")).status());
      RETURN_IF_ERROR(tx.Flush().status());
      absl::MutexLock lock(&mutex);
      written = true;
      mutex.Await(absl::Condition(&may_commit));
      return absl::OkStatus();
    });
  });
  {
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(&written));
  }
  Create("early");
  EXPECT_THAT(Names(reader.Await(1)), ElementsAre("accounts/early"));
  {
    absl::MutexLock lock(&mutex);
    may_commit = true;
  }
  late.join();
  const std::vector<Change> changes = reader.Await(2);
  EXPECT_THAT(Names(changes), ElementsAre("accounts/early", "accounts/late"));
  EXPECT_EQ(changes[1].revision(), changes[0].revision() + 1);
}

TEST_P(ChangeFeedTest, BreaksSilenceWithATokenThatIsUpToDate) {
  v1::WatchRequest request;
  request.add_accounts("accounts/quiet");
  request.mutable_heartbeat_interval()->set_seconds(1);
  Reader reader, everything;
  ASSERT_TRUE(Watch(reader, request).ok());
  ASSERT_TRUE(Watch(everything).ok());
  Create("loud");
  const int64_t revision = everything.Await(1)[0].revision();
  // The first response, which says where it begins, and heartbeats.
  ResumeToken token;
  for (const absl::Time end = absl::Now() + absl::Seconds(30);
       token.revision < revision && absl::Now() < end; std::this_thread::yield()) {
    const auto tokens = reader.tokens();
    if (!tokens.empty()) token = ParseResumeToken(tokens.back().first).value();
  }
  EXPECT_EQ(token.revision, revision);
  EXPECT_THAT(reader.Await(0), IsEmpty());
}

TEST_P(ChangeFeedTest, RefusesWhatCannotBeWatched) {
  const auto refused = [&](const v1::WatchRequest& request) {
    Reader unused;
    return ReasonOf(feed_->Watch(request, call_, unused).status());
  };
  v1::WatchRequest request;
  request.add_resource_types("Customer");
  EXPECT_EQ(refused(request), v1::INVALID_FIELD);
  request.Clear();
  request.set_filter("nothing = 1");
  EXPECT_EQ(refused(request), v1::INVALID_FILTER);
  request.Clear();
  request.mutable_heartbeat_interval()->set_nanos(1000);
  EXPECT_EQ(refused(request), v1::INVALID_FIELD);
  EXPECT_EQ(refused(From("what")), v1::INVALID_RESUME_TOKEN);
  EXPECT_EQ(refused(From(MakeResumeToken({HistoryId() + 1, 0}))), v1::RESUME_TOKEN_EXPIRED);
}

TEST_P(ChangeFeedTest, ATokenThatTheDatabaseNeverReachesIsExpired) {
  Reader reader;
  absl::Status status = Watch(reader, From(MakeResumeToken({HistoryId(), 1000})));
  if (status.ok()) status = reader.AwaitEnd();
  EXPECT_EQ(ReasonOf(status), v1::RESUME_TOKEN_EXPIRED);
  EXPECT_THAT(reader.tokens(), IsEmpty());
}

// As in a cluster, where a watcher comes from a replica that is ahead of this one.
TEST_P(ChangeFeedTest, AWatcherWaitsForTheDatabaseWithoutHoldingUpItsCaller) {
  if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "SQLite has no replicas";
  Create("before");
  Reader reader;
  ASSERT_TRUE(Watch(reader, From(MakeResumeToken({HistoryId(), 3}))).ok());
  EXPECT_THAT(reader.tokens(), IsEmpty()) << "it is not known yet that it can be resumed";
  for (const char* id : {"a", "b", "c"}) Create(id);
  EXPECT_THAT(Names(reader.Await(1)), ElementsAre("accounts/c"));
}

TEST_P(ChangeFeedTest, AWakeUpDoesNotWaitForAPublish) {
  Reader reader;
  ASSERT_TRUE(Watch(reader).ok());
  ChangeFeedPeer::WhilePublishing(*feed_, [this] { feed_->Wake(); });
}

TEST_P(ChangeFeedTest, SaysThatTheHistoryBeforeIsGone) {
  for (const char* id : {"a", "b", "c"}) Create(id);
  Reader reader;
  ASSERT_TRUE(Watch(reader, From(StartToken())).ok());
  const std::vector<Change> changes = reader.Await(3);
  ASSERT_EQ(changes.size(), 3u);
  ASSERT_TRUE(store_->database()
                  .Write(absl::InfiniteFuture(),
                         [&](sql::Connection& connection) {
                           return connection
                               .Execute("DELETE FROM changes WHERE revision <= ?",
                                        {changes[1].revision()})
                               .status();
                         })
                  .ok());
  Reader late;
  EXPECT_EQ(ReasonOf(Watch(late, From(StartToken()))), v1::RESUME_TOKEN_EXPIRED);
  EXPECT_EQ(ReasonOf(Watch(late, From(MakeResumeToken({HistoryId(), changes[0].revision()})))),
            v1::RESUME_TOKEN_EXPIRED);
  ASSERT_TRUE(Watch(late, From(MakeResumeToken({HistoryId(), changes[1].revision()}))).ok());
  EXPECT_THAT(Names(late.Await(1)), ElementsAre("accounts/c"));
}

TEST_P(ChangeFeedTest, HasABoundOfWatchersAndForgetsThoseThatLeave) {
  ChangeFeed::Options options;
  options.max_watchers = 1;
  StartFeed(options);
  std::optional<Reader> first(std::in_place);
  ASSERT_TRUE(Watch(*first).ok());
  Reader second;
  EXPECT_EQ(ReasonOf(feed_->Watch({}, call_, second).status()), v1::OVERLOADED);
  first.reset();
  EXPECT_EQ(feed_->watchers(), 0);
  EXPECT_TRUE(Watch(second).ok());
}

TEST_P(ChangeFeedTest, EndsEveryStreamWhenItStops) {
  Reader reading, not_reading(/*reads=*/false);
  ASSERT_TRUE(Watch(reading).ok());
  ASSERT_TRUE(Watch(not_reading).ok());
  feed_->Stop();
  EXPECT_EQ(ReasonOf(reading.AwaitEnd()), v1::SERVER_UNAVAILABLE);
  not_reading.Read();
  EXPECT_EQ(ReasonOf(not_reading.AwaitEnd()), v1::SERVER_UNAVAILABLE);
  Reader late;
  EXPECT_EQ(ReasonOf(feed_->Watch({}, call_, late).status()), v1::SERVER_UNAVAILABLE);
}

}  // namespace
}  // namespace perennial
