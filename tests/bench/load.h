#ifndef PERENNIAL_TESTS_BENCH_LOAD_H_
#define PERENNIAL_TESTS_BENCH_LOAD_H_

// Load on a gRPC server: so many calls in flight at any time, over so many
// channels, each of which has a thread. It sends and receives bytes as they are, so that
// little of what is measured is its own work, and the same for every server.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}

namespace perennial::bench {

struct Measurement {
  int64_t calls = 0;
  absl::Duration time;
  std::vector<absl::Duration> latencies;

  double Rate() const { return static_cast<double>(calls) / absl::ToDoubleSeconds(time); }
  // The latency that `share` of the calls stayed within.
  absl::Duration Percentile(double share) const;
};

class LoadClient {
 public:
  // UNAVAILABLE where nobody answers in time.
  static absl::StatusOr<std::unique_ptr<LoadClient>> Connect(const std::string& address,
                                                             int channels, absl::Duration timeout);

  struct Job {
    // "/perennial.v1.PipelineService/GetOpportunity"
    std::string method;
    // Serialized; sent in their order, and over again unless `calls` is reached.
    const std::vector<std::string>* requests;
    // Which of them is the first.
    size_t first = 0;
    int in_flight = 1;
    // Ends with whichever comes first.
    absl::Duration time = absl::InfiniteDuration();
    int64_t calls = INT64_MAX;
  };
  // The error of the first call that fails: all have to be answered.
  absl::StatusOr<Measurement> Run(const Job& job);

  // The answer to one call.
  absl::StatusOr<std::string> Call(const std::string& method, const std::string& request);

 private:
  explicit LoadClient(std::vector<std::shared_ptr<grpc::Channel>> channels);

  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_LOAD_H_
