#ifndef PERENNIAL_SERVER_WATCH_WATCHER_H_
#define PERENNIAL_SERVER_WATCH_WATCHER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "perennial/v1/history_service.pb.h"
#include "server/methods/response_stream.h"
#include "server/watch/watch_criteria.h"

namespace perennial {

// A change as it goes to many watchers: serialized once. Immutable.
struct FeedChange {
  explicit FeedChange(v1::Change change);

  v1::Change change;
  std::string serialized;     // without the resource before
  std::string with_previous;  // where that was read
};
using FeedChangePtr = std::shared_ptr<const FeedChange>;

// What the feed knows of one stream. Guarded by the feed's mutex, apart from what is const.
struct Watcher {
  Watcher(WatchCriteria wanted, ResponseWriter& sink, absl::Duration heartbeat, int64_t start)
      : criteria(std::move(wanted)),
        writer(&sink),
        heartbeat_interval(heartbeat),
        position(start) {}

  const WatchCriteria criteria;
  ResponseWriter* const writer;
  const absl::Duration heartbeat_interval;

  // Everything up to this revision is in `pending`, was sent, or was not wanted.
  int64_t position;
  // Gets what the feed reads. Otherwise it is behind, and `position` falls back further.
  bool live = false;
  // `position` is one that the database has not reached: until then at most it may take.
  absl::Time give_up = absl::InfinitePast();
  // Waits for the feed's helper, or has it.
  bool helped = false;
  // In the order of their revisions: to be sent.
  std::deque<FeedChangePtr> pending;
  size_t pending_bytes = 0;
  // A response is on its way.
  bool writing = false;
  absl::Time last_written = absl::InfinitePast();
  // Not OK once it ends: then nothing more is sent but that.
  absl::Status end = absl::OkStatus();

  // Puts as much of what is pending as fits into one response.
  std::string TakeResponse(uint64_t history_id);
  void Push(const FeedChangePtr& change);
  // Whether more may be pending, beside what is on its way.
  bool HasRoom() const;
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WATCH_WATCHER_H_
