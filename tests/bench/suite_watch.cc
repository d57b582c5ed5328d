// What watching costs, and how fast it is.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/history_service.pb.h"
#include "tests/bench/suite.h"
#include "tests/bench/watchers.h"

namespace perennial::bench {
namespace {

constexpr char kUpdate[] = "/perennial.v1.AccountService/UpdateAccount";
constexpr char kListChanges[] = "/perennial.v1.HistoryService/ListChanges";

// Each change interests `kInterested` of those that follow accounts of their own.
constexpr int kOfAccounts = 1000;
constexpr int kInterested = 10;
constexpr int kAccountsEach = 2;
constexpr int kOfEverything = 20;
constexpr int kChangesPerSecond = 200;
constexpr int kBurstsPerSecond = 20;
constexpr int kMostUpdates = 20000;
constexpr absl::Duration kLongestDelivery = absl::Seconds(20);

// The aims.
constexpr double kP99Millis = 250;
constexpr double kKilobytesPerWatcher = 50;
constexpr double kWritesWithWatchers = 0.8;

// Groups of kInterested watchers share their accounts.
std::vector<std::string> WatchedAccounts(const World& world) {
  std::vector<std::string> accounts = world.AccountNames();
  const size_t wanted = kOfAccounts / kInterested * kAccountsEach;
  if (accounts.size() > wanted) accounts.resize(wanted);
  return accounts;
}

std::vector<std::string> WatchRequests(const std::vector<std::string>& accounts) {
  std::vector<std::string> requests;
  for (int i = 0; i < kOfAccounts; ++i) {
    v1::WatchRequest request;
    for (int j = 0; j < kAccountsEach; ++j) {
      const size_t account = (i / kInterested * kAccountsEach + j) % accounts.size();
      request.add_accounts(accounts[account]);
    }
    requests.push_back(request.SerializeAsString());
  }
  for (int i = 0; i < kOfEverything; ++i) {
    requests.push_back(v1::WatchRequest().SerializeAsString());
  }
  return requests;
}

// Each of them changes something.
std::vector<std::string> UpdateRequests(const std::vector<std::string>& accounts, int count) {
  static int64_t last = 0;
  std::vector<std::string> requests;
  for (int i = 0; i < count; ++i) {
    v1::UpdateAccountRequest request;
    request.mutable_account()->set_name(accounts[static_cast<size_t>(i) % accounts.size()]);
    request.mutable_account()->set_note(absl::StrCat("note ", ++last));
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

Measurement ToMeasurement(std::vector<absl::Duration> latencies, absl::Duration time) {
  Measurement measurement;
  measurement.calls = static_cast<int64_t>(latencies.size());
  measurement.time = time;
  measurement.latencies = std::move(latencies);
  return measurement;
}

}  // namespace

absl::StatusOr<double> Suite::MeasureWriteRate(Site& site,
                                               const std::vector<std::string>& accounts) {
  std::vector<double> rates;
  for (int round = 0; round < options_.rounds; ++round) {
    const std::vector<std::string> requests = UpdateRequests(accounts, kMostUpdates);
    LoadClient::Job job;
    job.method = kUpdate;
    job.requests = &requests;
    job.in_flight = options_.in_flight;
    job.time = options_.round_time;
    job.calls = kMostUpdates;
    ASSIGN_OR_RETURN(const Measurement measurement, site.client().Run(job));
    rates.push_back(measurement.Rate());
  }
  return Median(rates);
}

absl::Status Suite::MeasureDelivery(Site& site, const std::vector<std::string>& accounts,
                                    Watchers& watchers) {
  const int seconds = std::max(1, static_cast<int>(absl::ToDoubleSeconds(options_.round_time) * 2));
  const int bursts = seconds * kBurstsPerSecond;
  const int per_burst = kChangesPerSecond / kBurstsPerSecond;
  const std::vector<std::string> requests = UpdateRequests(accounts, bursts * per_burst);
  watchers.TakeLatencies();
  const int64_t before = watchers.delivered();
  const absl::Time start = absl::Now();
  for (int i = 0; i < bursts; ++i) {
    absl::SleepFor(start + i * absl::Seconds(1) / kBurstsPerSecond - absl::Now());
    LoadClient::Job job;
    job.method = kUpdate;
    job.requests = &requests;
    job.first = static_cast<size_t>(i * per_burst);
    job.calls = per_burst;
    job.in_flight = 4;
    RETURN_IF_ERROR(site.client().Run(job).status());
  }
  const int64_t expected = static_cast<int64_t>(requests.size()) * (kOfEverything + kInterested);
  watchers.AwaitDelivered(before + expected, kLongestDelivery);
  const int64_t delivered = watchers.delivered() - before;
  const Measurement measured = ToMeasurement(watchers.TakeLatencies(), absl::Now() - start);
  Line& line = AddLine("Watch: delivered", &site);
  line.rate = measured.Rate();
  line.p50 = measured.Percentile(0.5);
  line.p99 = measured.Percentile(0.99);
  line.compared_with = absl::StrFormat("p99 ms from write, %d/s", kChangesPerSecond);
  line.value = absl::ToDoubleMilliseconds(line.p99);
  line.at_most = kP99Millis;
  Line& all = AddLine("Watch: share of changes", &site);
  all.compared_with = absl::StrCat(expected, " deliveries");
  all.value = static_cast<double>(delivered) / static_cast<double>(expected);
  all.at_least = all.at_most = 1;
  return absl::OkStatus();
}

absl::StatusOr<v1::ListChangesResponse> Suite::LastChange(Site& site) {
  v1::ListChangesRequest request;
  request.set_page_size(1);
  request.set_order_by("revision desc");
  ASSIGN_OR_RETURN(const std::string answer,
                   site.client().Call(kListChanges, request.SerializeAsString()));
  v1::ListChangesResponse response;
  if (!response.ParseFromString(answer) || response.changes().empty()) {
    return absl::InternalError("there is no change");
  }
  return response;
}

absl::Status Suite::MeasureReplay(Site& site) {
  ASSIGN_OR_RETURN(const v1::ListChangesResponse before, LastChange(site));
  RETURN_IF_ERROR(MeasureWriteRate(site, WatchedAccounts(site.world())).status());
  ASSIGN_OR_RETURN(const v1::ListChangesResponse after, LastChange(site));
  const int64_t changes = after.changes(0).revision() - before.changes(0).revision();

  v1::WatchRequest request;
  request.set_resume_token(before.resume_token());
  Watchers::Options options;
  options.address = site.address();
  options.requests.assign(kOfEverything, request.SerializeAsString());
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const auto watchers, Watchers::Open(options));
  if (!watchers->AwaitDelivered(changes * kOfEverything, absl::Seconds(60))) {
    return absl::InternalError("watchers did not catch up");
  }
  const double rate =
      static_cast<double>(watchers->delivered()) / absl::ToDoubleSeconds(absl::Now() - start);

  const std::string address = FreeAddress();
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Process> echo,
      Process::Start({options_.echo, address, absl::StrCat(after.changes(0).ByteSizeLong())},
                     options_.folder + "/echo.log"));
  options.address = address;
  options.parse = false;
  ASSIGN_OR_RETURN(const auto bare, Watchers::Open(options));
  const int64_t first = bare->delivered();
  absl::SleepFor(options_.round_time);
  const double bare_rate =
      static_cast<double>(bare->delivered() - first) / absl::ToDoubleSeconds(options_.round_time);
  Line& line = AddLine("Watch: catching up", &site);
  line.rate = rate;
  line.compared_with = absl::StrFormat("bare stream, %.0f/s", bare_rate);
  line.value = rate / bare_rate;
  return absl::OkStatus();
}

absl::Status Suite::MeasureWatch(Site& site) {
  Say(absl::StrCat("Watch, ", kOfAccounts, " of accounts and ", kOfEverything, " of everything"));
  const std::vector<std::string> accounts = WatchedAccounts(site.world());
  ASSIGN_OR_RETURN(const double alone, MeasureWriteRate(site, accounts));
  const int64_t memory_before = site.MemoryBytes();
  Watchers::Options options;
  options.address = site.address();
  options.requests = WatchRequests(accounts);
  ASSIGN_OR_RETURN(auto watchers, Watchers::Open(options));
  Line& memory = AddLine("Watch: kB a watcher", &site);
  memory.value = static_cast<double>(site.MemoryBytes() - memory_before) / 1e3 /
                 static_cast<double>(options.requests.size());
  memory.at_most = kKilobytesPerWatcher;
  RETURN_IF_ERROR(MeasureDelivery(site, accounts, *watchers));
  ASSIGN_OR_RETURN(const double watched, MeasureWriteRate(site, accounts));
  Line& writes = AddLine("UpdateAccount, watched", &site);
  writes.rate = watched;
  writes.compared_with = absl::StrFormat("not watched, %.0f/s", alone);
  writes.value = watched / alone;
  writes.at_least = kWritesWithWatchers;
  watchers.reset();
  return MeasureReplay(site);
}

}  // namespace perennial::bench
