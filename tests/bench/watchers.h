#ifndef PERENNIAL_TESTS_BENCH_WATCHERS_H_
#define PERENNIAL_TESTS_BENCH_WATCHERS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}

namespace perennial::bench {

// Many streams from one server, read by one thread as fast as they come.
class Watchers {
 public:
  struct Options {
    std::string address;
    // A stream for each of these serialized requests.
    std::vector<std::string> requests;
    // Whether responses are WatchResponses, of which each change counts. Otherwise each response.
    bool parse = true;
  };
  // Returns when each stream has had its first response.
  static absl::StatusOr<std::unique_ptr<Watchers>> Open(const Options& options);
  ~Watchers();

  int64_t delivered() const { return delivered_; }
  // Whether so many were delivered in time, since the streams were opened.
  bool AwaitDelivered(int64_t count, absl::Duration timeout);
  // From the time that a change bears to its arrival here, of each that arrived since the last
  // call.
  std::vector<absl::Duration> TakeLatencies();

 private:
  struct Stream;
  struct Parts;
  explicit Watchers(bool parse);
  void Start(Stream& stream, const std::shared_ptr<grpc::Channel>& channel,
             const std::string& request);
  // False where one has failed, or not all begin in time.
  bool AwaitBegun(int count);
  void Drive();
  void Count(const std::string& response);

  const bool parse_;
  const std::unique_ptr<Parts> parts_;
  std::atomic<int> started_{0};
  std::atomic<int> begun_{0};
  std::atomic<int> failed_{0};
  std::atomic<bool> done_{false};
  std::atomic<int64_t> delivered_{0};
  absl::Mutex mutex_;
  std::vector<absl::Duration> latencies_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_WATCHERS_H_
