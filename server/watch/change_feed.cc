#include "server/watch/change_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/api/errors.h"
#include "lib/api/resume_token.h"
#include "lib/base/log.h"
#include "lib/base/no_throw.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"
#include "lib/storage/read_changes.h"
#include "lib/storage/time_line.h"

namespace perennial {
namespace {

constexpr int kChangesPerRead = 500;
// How far one catch-up read looks: it ends also where next to nothing is wanted.
constexpr int64_t kRevisionsPerRead = 20000;
constexpr absl::Duration kReadTimeout = absl::Seconds(10);
// Commits that come close together are read together. On MySQL reading numbers them first, which
// is a write.
constexpr absl::Duration kBreathSqlite = absl::Milliseconds(15);
constexpr absl::Duration kBreathMysql = absl::Milliseconds(40);
// The more comes, the longer it is gathered: a watcher then gets more at once, for less.
constexpr absl::Duration kBreathPerChange = absl::Microseconds(200);
constexpr absl::Duration kLongestBreath = absl::Milliseconds(100);
constexpr absl::Duration kPauseAfterError = absl::Milliseconds(500);
constexpr absl::Duration kHeartbeatCheck = absl::Milliseconds(250);
constexpr absl::Duration kDefaultHeartbeat = absl::Seconds(5);
// In a cluster this replica's database may lag behind the one that the token is from.
constexpr absl::Duration kLongestLag = absl::Seconds(3);

absl::Duration Breath(int changes, bool shared) {
  return std::min((shared ? kBreathMysql : kBreathSqlite) + changes * kBreathPerChange,
                  kLongestBreath);
}

absl::Status Stopping() {
  return RetryLater(absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE,
                    "The server is stopping: resume with the last token", absl::Milliseconds(100));
}

absl::Status Unreachable() {
  return RetryLater(absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE,
                    "The database cannot be reached: resume with the last token, here or elsewhere",
                    absl::Milliseconds(100));
}

absl::Status Expired(absl::string_view why) {
  return MakeError(absl::StatusCode::kOutOfRange, v1::RESUME_TOKEN_EXPIRED,
                   absl::StrCat("The resume token ", why, ": list again and watch from there"));
}

absl::Status Ahead() { return Expired("is ahead of this database"); }

absl::Status TimeLineLost() { return Expired("is from before the database was restored"); }

absl::StatusOr<absl::Duration> HeartbeatInterval(const v1::WatchRequest& request) {
  if (!request.has_heartbeat_interval()) return kDefaultHeartbeat;
  const auto& given = request.heartbeat_interval();
  const absl::Duration interval = absl::Seconds(given.seconds()) + absl::Nanoseconds(given.nanos());
  if (interval < absl::Seconds(1) || interval > absl::Seconds(60)) {
    return InvalidField("heartbeat_interval", "must be from 1 to 60 seconds");
  }
  return interval;
}

Call FeedCall() {
  Call call;
  call.actor = kSystemActor;
  call.method = "watch";
  call.deadline = absl::Now() + kReadTimeout;
  return call;
}

absl::StatusOr<std::vector<FeedChangePtr>> Read(Store& store, const ChangeRange& range) {
  std::vector<FeedChangePtr> changes;
  RETURN_IF_ERROR(store.Read(FeedCall(), [&](ReadTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<v1::Change> read, ReadChanges(range, tx));
    changes.clear();
    for (v1::Change& change : read) {
      changes.push_back(std::make_shared<const FeedChange>(std::move(change)));
    }
    return absl::OkStatus();
  }));
  return changes;
}

}  // namespace

// What gRPC's side holds of a watcher.
class WatchStream final : public ResponseStream {
 public:
  WatchStream(ChangeFeed& feed, std::shared_ptr<Watcher> watcher)
      : feed_(feed), watcher_(std::move(watcher)) {}
  void Start() override { feed_.Join(watcher_); }
  void OnWritten(bool ok) override { feed_.Written(watcher_, ok); }
  void OnCancelled() override {
    feed_.EndWatcher(watcher_, absl::CancelledError("The caller cancelled the call"));
  }

 private:
  ChangeFeed& feed_;
  const std::shared_ptr<Watcher> watcher_;
};

ChangeFeed::ChangeFeed(Store& store, Options options)
    : store_(store),
      options_(options),
      follower_([this] { Follow(); }),
      helper_([this] { HelpBehind(); }) {}

absl::StatusOr<std::unique_ptr<ResponseStream>> ChangeFeed::Watch(const v1::WatchRequest& request,
                                                                  const Call& call,
                                                                  ResponseWriter& writer) {
  ASSIGN_OR_RETURN(WatchCriteria criteria, WatchCriteria::Parse(request, call.actor));
  ASSIGN_OR_RETURN(const absl::Duration heartbeat, HeartbeatInterval(request));
  ASSIGN_OR_RETURN(const Start start, StartAt(request, call));
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  if (static_cast<int>(watchers_.size()) >= options_.max_watchers) {
    return RetryLater(absl::StatusCode::kResourceExhausted, v1::OVERLOADED,
                      absl::StrCat("The server has ", options_.max_watchers, " watchers already"),
                      absl::Seconds(5));
  }
  auto watcher = std::make_shared<Watcher>(std::move(criteria), writer, heartbeat, start.revision);
  if (start.ahead) watcher->give_up = absl::Now() + kLongestLag;
  return std::make_unique<WatchStream>(*this, std::move(watcher));
}

absl::StatusOr<ChangeFeed::Start> ChangeFeed::StartAt(const v1::WatchRequest& request,
                                                      const Call& call) {
  ResumeToken token;
  if (!request.resume_token().empty()) {
    ASSIGN_OR_RETURN(token, ParseResumeToken(request.resume_token()));
  }
  RETURN_IF_ERROR(store_.NumberPendingChanges(call.deadline));
  HistorySpan history;
  RETURN_IF_ERROR(store_.Read(call, [&](ReadTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(history, ReadHistorySpan(token.history_id, tx));
    return absl::OkStatus();
  }));
  const ResumeToken& position = history.end;
  {
    absl::MutexLock lock(&mutex_);
    history_id_ = position.history_id;
    // Where nobody watched, nothing was handed on, and nobody waits for it.
    if (watchers_.empty()) head_ = std::max(head_, position.revision);
  }
  if (request.resume_token().empty()) return Start{position.revision, false};
  if (history.is_lost) return TimeLineLost();
  if (token.history_id != position.history_id) return Expired("is of another database");
  if (token.revision + 1 < history.first) return Expired("is older than the history that is kept");
  const bool ahead = token.revision > position.revision;
  if (ahead && !store_.database().facts().others_may_write) return Ahead();
  return Start{token.revision, ahead};
}

void ChangeFeed::Join(const WatcherPtr& watcher) {
  Deliveries deliveries;
  {
    absl::MutexLock lock(&mutex_);
    if (!watcher->end.ok()) return;
    watchers_.insert(watcher);
    for (const std::string& account : watcher->criteria.accounts()) {
      by_account_[account].insert(watcher);
    }
    if (watcher->criteria.accounts().empty()) by_account_[""].insert(watcher);
    if (watcher->criteria.needs_previous()) ++needing_previous_;
    if (stopping_) watcher->end = Stopping();
    watcher->live = watcher->position >= head_;
    const bool ahead = watcher->position > head_ && watcher->give_up != absl::InfinitePast();
    if (ahead && !stopping_) {
      ahead_.insert(watcher);
    } else {
      // Says at once that it watches, and from where.
      DeliverNothing(watcher, deliveries);
    }
    SetNeeded();
  }
  Wake();
  Write(deliveries);
}

void ChangeFeed::Written(const WatcherPtr& watcher, bool ok) {
  Deliveries deliveries;
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    watcher->writing = false;
    if (!ok && watcher->end.ok()) {
      watcher->end = absl::CancelledError("The caller cancelled the call");
    }
    end = watcher->end;
    if (end.ok()) Deliver(watcher, deliveries);
  }
  if (!end.ok()) return EndWatcher(watcher, end);
  Write(deliveries);
}

void ChangeFeed::EndWatcher(const WatcherPtr& watcher, const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (watcher->end.ok()) watcher->end = status;
    if (watcher->writing) return;  // Written comes here again
    // So that nobody else ends it, or writes to it, any more.
    watcher->writing = true;
    if (watchers_.erase(watcher) != 0 && watcher->criteria.needs_previous()) --needing_previous_;
    std::set<std::string> accounts = watcher->criteria.accounts();
    if (accounts.empty()) accounts.insert("");
    for (const std::string& account : accounts) {
      const auto found = by_account_.find(account);
      if (found == by_account_.end()) continue;
      found->second.erase(watcher);
      if (found->second.empty()) by_account_.erase(found);
    }
    ahead_.erase(watcher);
    SetNeeded();
    watcher->pending.clear();
  }
  watcher->writer->End(watcher->end);
}

void ChangeFeed::Wake() {
  absl::MutexLock lock(&wake_mutex_);
  woken_ = true;
}

void ChangeFeed::SetNeeded() {
  absl::MutexLock lock(&wake_mutex_);
  needed_ = stopping_ || !watchers_.empty();
}

void ChangeFeed::ChangeTimeLine(int64_t revision) {
  {
    absl::MutexLock lock(&mutex_);
    history_id_ = store_.time_line();
    head_ = revision;
  }
  EndEveryWatcher(TimeLineLost());
}

int ChangeFeed::watchers() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(watchers_.size());
}

void ChangeFeed::EndEveryWatcher(const absl::Status& status) {
  std::set<WatcherPtr> ending;
  {
    absl::MutexLock lock(&mutex_);
    ending = watchers_;
  }
  for (const WatcherPtr& watcher : ending) EndWatcher(watcher, status);
}

void ChangeFeed::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    SetNeeded();
  }
  Wake();
  EndEveryWatcher(Stopping());
  if (follower_.joinable()) follower_.join();
  if (helper_.joinable()) helper_.join();
}

void ChangeFeed::AwaitWork(bool others_may_write) {
  absl::MutexLock lock(&wake_mutex_);
  wake_mutex_.Await(absl::Condition(&needed_));
  const auto wait = others_may_write ? options_.poll_period : absl::InfiniteDuration();
  const auto something = [this]()
                             ABSL_SHARED_LOCKS_REQUIRED(wake_mutex_) { return woken_ && needed_; };
  wake_mutex_.AwaitWithTimeout(absl::Condition(&something), wait);
  woken_ = false;
}

void ChangeFeed::Follow() {
  const bool shared = store_.database().facts().others_may_write;
  while (true) {
    AwaitWork(shared);
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
    }
    const absl::StatusOr<int> read = NoThrow([this] { return ReadOn(); });
    if (!read.ok()) {
      LogLine(Severity::kWarning, "the history cannot be followed",
              {{"error", read.status().ToString()}});
      // Heartbeats would keep them here, where nothing comes, while another server may have it.
      EndEveryWatcher(Unreachable());
      Wake();
    }
    absl::SleepFor(read.ok() ? Breath(*read, shared) : kPauseAfterError);
  }
}

absl::StatusOr<int> ChangeFeed::ReadOn() {
  RETURN_IF_ERROR(store_.NumberPendingChanges(absl::Now() + kReadTimeout));
  int total = 0;
  size_t count = kChangesPerRead;
  while (count == kChangesPerRead) {
    ChangeRange range;
    range.up_to = std::numeric_limits<int64_t>::max();
    range.limit = kChangesPerRead;
    {
      absl::MutexLock lock(&mutex_);
      range.after = head_;
      range.with_previous = needing_previous_ > 0;
    }
    ASSIGN_OR_RETURN(const std::vector<FeedChangePtr> changes, Read(store_, range));
    count = changes.size();
    if (count == 0) break;
    total += static_cast<int>(count);
    Deliveries deliveries;
    {
      absl::MutexLock lock(&mutex_);
      // Unless the feed went on without watchers meanwhile.
      if (head_ == range.after) {
        Publish(changes, range.with_previous, changes.back()->change.revision(), deliveries);
      }
    }
    Write(deliveries);
  }
  return total;
}

void ChangeFeed::Publish(const std::vector<FeedChangePtr>& changes, bool with_previous,
                         int64_t up_to, Deliveries& deliveries) {
  std::set<WatcherPtr> offered;
  const auto offer = [&](const std::string& account, const FeedChangePtr& change)
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                           const auto found = by_account_.find(account);
                           if (found == by_account_.end()) return;
                           for (const WatcherPtr& watcher : found->second) {
                             Offer(change, with_previous, watcher);
                             offered.insert(watcher);
                           }
                         };
  for (const FeedChangePtr& change : changes) {
    offer("", change);
    if (!change->change.account().empty()) offer(change->change.account(), change);
  }
  head_ = up_to;
  DeliverReached(deliveries);
  for (const WatcherPtr& watcher : offered) {
    if (watcher->live) watcher->position = std::max(watcher->position, head_);
    if (!watcher->pending.empty()) Deliver(watcher, deliveries);
  }
}

void ChangeFeed::Offer(const FeedChangePtr& change, bool with_previous, const WatcherPtr& watcher) {
  const int64_t revision = change->change.revision();
  if (!watcher->live || revision <= watcher->position) return;
  const bool lacks_previous = watcher->criteria.needs_previous() && !with_previous;
  if (lacks_previous || !watcher->HasRoom()) return MarkBehind(watcher);
  if (watcher->criteria.Want(change->change)) watcher->Push(change);
  watcher->position = revision;
}

void ChangeFeed::MarkBehind(const WatcherPtr& watcher) {
  watcher->live = false;
  if (watcher->helped || watcher->writing || !watcher->pending.empty()) return;
  watcher->helped = true;
  behind_.push_back(watcher);
}

void ChangeFeed::Deliver(const WatcherPtr& watcher, Deliveries& deliveries) {
  if (watcher->writing || !watcher->end.ok()) return;
  if (!watcher->pending.empty()) {
    watcher->writing = true;
    watcher->last_written = absl::Now();
    deliveries.push_back({watcher, watcher->TakeResponse(history_id_)});
  } else if (!watcher->live) {
    MarkBehind(watcher);
  }
}

void ChangeFeed::DeliverNothing(const WatcherPtr& watcher, Deliveries& deliveries) {
  if (watcher->live) watcher->position = std::max(watcher->position, head_);
  watcher->writing = true;
  watcher->last_written = absl::Now();
  deliveries.push_back({watcher, watcher->TakeResponse(history_id_)});
}

void ChangeFeed::DeliverReached(Deliveries& deliveries) {
  for (auto each = ahead_.begin(); each != ahead_.end();) {
    if ((*each)->position > head_) {
      ++each;
      continue;
    }
    if ((*each)->end.ok()) DeliverNothing(*each, deliveries);
    each = ahead_.erase(each);
  }
}

void ChangeFeed::Write(Deliveries& deliveries) {
  // Whoever is written to stays: its End waits for Written.
  for (Delivery& delivery : deliveries) {
    delivery.watcher->writer->Write(std::move(delivery.response));
  }
}

void ChangeFeed::HelpBehind() {
  absl::Time next_heartbeats = absl::Now() + kHeartbeatCheck;
  while (true) {
    WatcherPtr watcher;
    {
      absl::MutexLock lock(&mutex_);
      const auto something = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !behind_.empty();
      };
      mutex_.AwaitWithDeadline(absl::Condition(&something), next_heartbeats);
      if (stopping_) return;
      if (!behind_.empty()) {
        watcher = std::move(behind_.front());
        behind_.pop_front();
      }
    }
    if (watcher != nullptr) CatchUp(watcher);
    if (absl::Now() >= next_heartbeats) {
      EndLostOnes();
      SendHeartbeats();
      next_heartbeats = absl::Now() + kHeartbeatCheck;
    }
  }
}

void ChangeFeed::CatchUp(const WatcherPtr& watcher) {
  ChangeRange range;
  range.limit = kChangesPerRead;
  watcher->criteria.Narrow(range);
  range.with_previous = watcher->criteria.needs_previous();
  {
    absl::MutexLock lock(&mutex_);
    range.after = watcher->position;
    range.up_to = std::min(head_, range.after + kRevisionsPerRead);
  }
  const auto changes = NoThrow([&] { return Read(store_, range); });
  if (!changes.ok()) {
    LogLine(Severity::kWarning, "a watcher cannot catch up",
            {{"error", changes.status().ToString()}});
    absl::SleepFor(kPauseAfterError);
  }
  Deliveries deliveries;
  {
    absl::MutexLock lock(&mutex_);
    watcher->helped = false;
    if (changes.ok()) {
      for (const FeedChangePtr& change : *changes) {
        if (watcher->criteria.Want(change->change)) watcher->Push(change);
      }
      const bool all = static_cast<int>(changes->size()) < range.limit;
      watcher->position =
          all ? std::max(range.after, range.up_to) : changes->back()->change.revision();
      watcher->live = watcher->position >= head_;
    }
    Deliver(watcher, deliveries);
  }
  Write(deliveries);
}

void ChangeFeed::SendHeartbeats() {
  Deliveries deliveries;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = absl::Now();
    for (const WatcherPtr& watcher : watchers_) {
      // The clock may have gone back meanwhile.
      const bool silent =
          absl::AbsDuration(now - watcher->last_written) >= watcher->heartbeat_interval;
      if (silent && !watcher->writing && watcher->end.ok() && ahead_.count(watcher) == 0) {
        DeliverNothing(watcher, deliveries);
      }
    }
  }
  Write(deliveries);
}

void ChangeFeed::EndLostOnes() {
  std::vector<WatcherPtr> lost;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = absl::Now();
    for (const WatcherPtr& watcher : ahead_) {
      if (now < watcher->give_up || !watcher->end.ok()) continue;
      watcher->end = Ahead();
      lost.push_back(watcher);
    }
  }
  for (const WatcherPtr& watcher : lost) EndWatcher(watcher, watcher->end);
}

}  // namespace perennial
