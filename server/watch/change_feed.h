#ifndef PERENNIAL_SERVER_WATCH_CHANGE_FEED_H_
#define PERENNIAL_SERVER_WATCH_CHANGE_FEED_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/storage/store.h"
#include "perennial/v1/history_service.pb.h"
#include "server/methods/response_stream.h"
#include "server/watch/watcher.h"

namespace perennial {

// Hands the history on to whoever watches it. What is committed is read once and goes to all
// watchers that keep up. One that starts in the past, or whose connection is slow, is behind: it
// reads the database by itself, a batch at a time, until it has caught up. So a watcher costs
// little memory, however slow it is, and none needs to have been here before.
//
// Thread-safe. Holds nothing that another server on the same database could not rebuild.
class ChangeFeed {
 public:
  struct Options {
    // More are refused.
    int max_watchers = 10000;
    // How often to look for what other servers have committed (MySQL).
    absl::Duration poll_period = absl::Milliseconds(50);
  };

  ChangeFeed(Store& store, Options options);
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;
  ~ChangeFeed() { Stop(); }

  // The responses of HistoryService.Watch. INVALID_ARGUMENT; OUT_OF_RANGE (RESUME_TOKEN_EXPIRED);
  // RESOURCE_EXHAUSTED; UNAVAILABLE once stopped. Reads the database, and waits for nothing else:
  // where a token is ahead of a replica, the stream waits. `writer` lives until its End.
  absl::StatusOr<std::unique_ptr<ResponseStream>> Watch(const v1::WatchRequest& request,
                                                        const Call& call, ResponseWriter& writer);

  // Something was committed. Waits for nobody; cheap, and cheaper where nobody watches.
  void Wake();

  // The history went back to `revision`, or is another one: every stream ends with OUT_OF_RANGE
  // (RESUME_TOKEN_EXPIRED).
  void ChangeTimeLine(int64_t revision);

  // Ends every stream with UNAVAILABLE.
  void Stop();

  int watchers() const;

 private:
  friend class WatchStream;
  friend class ChangeFeedPeer;
  using WatcherPtr = std::shared_ptr<Watcher>;
  // Something to do with a writer once the mutex is free.
  struct Delivery {
    WatcherPtr watcher;
    std::string response;
  };
  using Deliveries = std::vector<Delivery>;

  // Where a watcher begins, and whether the database is not there yet.
  struct Start {
    int64_t revision;
    bool ahead;
  };

  absl::StatusOr<Start> StartAt(const v1::WatchRequest& request, const Call& call);
  void Join(const WatcherPtr& watcher);
  void Written(const WatcherPtr& watcher, bool ok);
  void EndWatcher(const WatcherPtr& watcher, const absl::Status& status);
  void EndEveryWatcher(const absl::Status& status);

  // One thread follows the history ...
  void Follow();
  void AwaitWork(bool others_may_write) ABSL_LOCKS_EXCLUDED(wake_mutex_);
  // Answers how many changes it has handed on.
  absl::StatusOr<int> ReadOn();
  void Publish(const std::vector<FeedChangePtr>& changes, bool with_previous, int64_t up_to,
               Deliveries& deliveries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Offer(const FeedChangePtr& change, bool with_previous, const WatcherPtr& watcher)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ... and another helps those that are behind, and breaks silences.
  void HelpBehind();
  void CatchUp(const WatcherPtr& watcher);
  void SendHeartbeats();
  // Those for whose token the database has not come in time.
  void EndLostOnes();

  void MarkBehind(const WatcherPtr& watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the watcher is to get next, if anything.
  void Deliver(const WatcherPtr& watcher, Deliveries& deliveries)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DeliverNothing(const WatcherPtr& watcher, Deliveries& deliveries)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // To those that were ahead and are not any more.
  void DeliverReached(Deliveries& deliveries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Write(Deliveries& deliveries) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetNeeded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Store& store_;
  const Options options_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t history_id_ ABSL_GUARDED_BY(mutex_) = 0;
  // Everything up to this revision has been handed on.
  int64_t head_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<WatcherPtr> watchers_ ABSL_GUARDED_BY(mutex_);
  // The same by the accounts that they want; under "" those that want all.
  std::map<std::string, std::set<WatcherPtr>> by_account_ ABSL_GUARDED_BY(mutex_);
  int needing_previous_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<WatcherPtr> behind_ ABSL_GUARDED_BY(mutex_);
  std::set<WatcherPtr> ahead_ ABSL_GUARDED_BY(mutex_);

  // Held for moments only, so that no commit waits for a publish.
  absl::Mutex wake_mutex_ ABSL_ACQUIRED_AFTER(mutex_);
  // Something may have been committed that was not read yet.
  bool woken_ ABSL_GUARDED_BY(wake_mutex_) = false;
  // The follower has somebody to read for, or to end.
  bool needed_ ABSL_GUARDED_BY(wake_mutex_) = false;
  std::thread follower_;
  std::thread helper_;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WATCH_CHANGE_FEED_H_
