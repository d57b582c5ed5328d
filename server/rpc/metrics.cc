#include "server/rpc/metrics.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "server/rpc/database_metrics.h"

namespace perennial {
namespace {

const prometheus::Histogram::BucketBoundaries kLatencySeconds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

}  // namespace

Metrics::Method::Method(const std::string& name, prometheus::Family<prometheus::Counter>& calls,
                        prometheus::Family<prometheus::Histogram>& latency)
    : name_(name),
      calls_(calls),
      ok_calls_(calls.Add({{"method", name}, {"code", "OK"}})),
      latency_(latency.Add({{"method", name}}, kLatencySeconds)) {}

void Metrics::Method::Record(absl::StatusCode code, absl::Duration latency) {
  prometheus::Counter& calls =
      code == absl::StatusCode::kOk
          ? ok_calls_
          : calls_.Add({{"method", name_}, {"code", absl::StatusCodeToString(code)}});
  calls.Increment();
  latency_.Observe(absl::ToDoubleSeconds(latency));
}

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      calls_(prometheus::BuildCounter()
                 .Name("perennial_calls_total")
                 .Help("Calls that have ended, by method and status code")
                 .Register(*registry_)),
      latency_(prometheus::BuildHistogram()
                   .Name("perennial_call_seconds")
                   .Help("From a call's arrival to its end, waiting included")
                   .Register(*registry_)),
      in_flight_(prometheus::BuildGauge()
                     .Name("perennial_calls_in_flight")
                     .Help("Calls that have arrived and not ended, waiting ones included")
                     .Register(*registry_)
                     .Add({})),
      waiting_(prometheus::BuildGauge()
                   .Name("perennial_calls_waiting")
                   .Help("Calls that wait for a thread")
                   .Register(*registry_)
                   .Add({})) {}

std::unique_ptr<Metrics::Method> Metrics::AddMethod(const std::string& name) {
  return std::unique_ptr<Method>(new Method(name, calls_, latency_));
}

absl::StatusOr<int> Metrics::Expose(const std::string& address,
                                    const std::function<sql::Statistics()>& statistics) {
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": is the port taken?"));
  }
  exposer_->RegisterCollectable(registry_);
  if (statistics != nullptr) {
    database_ = std::make_shared<DatabaseMetrics>(statistics);
    exposer_->RegisterCollectable(database_);
  }
  return exposer_->GetListeningPorts().front();
}

}  // namespace perennial
