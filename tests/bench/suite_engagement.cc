// What it costs to know how things stand with many customers.

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/client/clock_client.h"
#include "perennial/client/connection.h"
#include "perennial/client/pipeline_client.h"
#include "perennial/v1/engagement_service.pb.h"
#include "tests/bench/customers.h"
#include "tests/bench/suite.h"

namespace perennial::bench {
namespace {

constexpr char kListAccounts[] = "/perennial.v1.AccountService/ListAccounts";
constexpr char kListTasks[] = "/perennial.v1.EngagementService/ListTasks";
constexpr char kUpdateAccount[] = "/perennial.v1.AccountService/UpdateAccount";

constexpr int kOwnersAsked = 20;
constexpr absl::Duration kWriteEvery = absl::Milliseconds(20);
constexpr absl::Duration kLongest = absl::Hours(1);

// The aim: what a write may wait for while all accounts are looked at again.
constexpr double kWriteMillisDuringReview = 50;

absl::CivilDay Today() { return absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()); }

std::vector<std::string> StandingRequests() {
  std::vector<std::string> requests;
  for (const char* state : {"NEGLECTED", "UNVERIFIED", "ONE_SIDED", "FADING", "FRESH"}) {
    v1::ListAccountsRequest request;
    request.set_filter(absl::StrCat("standing.state = ", state));
    request.set_order_by("standing.silent_since");
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

std::vector<std::string> WorklistRequests() {
  std::vector<std::string> requests;
  for (int i = 0; i < kOwnersAsked; ++i) {
    v1::ListTasksRequest request;
    request.set_parent("accounts/-");
    request.set_due(v1::ListTasksRequest::THIS_WEEK);
    request.set_filter(absl::StrCat("assignee = \"", Customers::Owner(i), "\""));
    request.set_order_by("due_date");
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

std::shared_ptr<client::Connection> ConnectPatiently(const Site& site) {
  client::ConnectionOptions options;
  options.calls.timeout = kLongest;
  return client::Connect(site.address(), options);
}

}  // namespace

absl::Status Suite::MeasureEngagement() {
  std::vector<std::unique_ptr<Site>> sites;
  for (const int size : options_.customers) {
    sites.push_back(std::make_unique<Site>(engine_, size, options_.channels, options_.server,
                                           options_.folder,
                                           absl::StrCat("manual:", FormatDate(ToDate(Today())))));
    RETURN_IF_ERROR(PrepareCustomers(*sites.back()));
  }
  RETURN_IF_ERROR(
      MeasureGrowth(sites, "ListAccounts, standing", kListAccounts, StandingRequests()));
  RETURN_IF_ERROR(MeasureGrowth(sites, "ListTasks, worklist", kListTasks, WorklistRequests()));
  for (const auto& site : sites) {
    RETURN_IF_ERROR(MeasureReach(*site));
    RETURN_IF_ERROR(MeasureTouches(*site));
    RETURN_IF_ERROR(MeasureReview(*site));
  }
  return absl::OkStatus();
}

absl::Status Suite::PrepareCustomers(Site& site) {
  RETURN_IF_ERROR(site.StartServer());
  Say(absl::StrCat(site.engine_name(), ", ", site.size(), " customers: import"));
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const int64_t rows,
                   Import(Customers(site.size(), Today()).Import(), site.address()));
  Line& line = AddLine("Import of customers, rows", &site);
  line.rate = static_cast<double>(rows) / absl::ToDoubleSeconds(absl::Now() - start);
  line.processor_time = site.ProcessorTime() / rows;
  Say("Opening the renewals that are due");
  v1::OpenDueOpportunitiesRequest request;
  request.set_parent("accounts/-");
  return client::PipelineClient(ConnectPatiently(site)).OpenDueOpportunities(request).status();
}

absl::Status Suite::MeasureTouches(Site& site) {
  return MeasureWrites(site, "EngagementService", "CreateTouch",
                       Customers(site.size(), Today()).TouchRequests(2 * WritesPerSide()));
}

// Other limits of the playbook: every account is looked at again, while somebody writes.
absl::Status Suite::MeasureReview(Site& site) {
  Say(absl::StrCat("Review of ", site.size(), " accounts"));
  const auto connection = ConnectPatiently(site);
  v1::UpdatePlaybookRequest update;
  update.mutable_playbook()->set_name("playbooks/default");
  update.mutable_playbook()->set_neglect_days(80);
  RETURN_IF_ERROR(client::PipelineClient(connection).UpdatePlaybook(update).status());

  v1::UpdateAccountRequest write;
  write.mutable_account()->set_name("accounts/customer-000000");
  std::atomic<bool> done = false;
  absl::Status moved;
  const absl::Time start = absl::Now();
  std::thread mover([&] {
    v1::MoveTimeRequest day;
    day.set_days(1);
    moved = client::ClockClient(connection).MoveTime(day).status();
    done = true;
  });
  Measurement writes;
  absl::Status status;
  while (!done && status.ok()) {
    write.mutable_account()->set_note(absl::StrCat("note ", ++writes.calls));
    const absl::Time sent = absl::Now();
    status = site.client().Call(kUpdateAccount, write.SerializeAsString()).status();
    writes.latencies.push_back(absl::Now() - sent);
    absl::SleepFor(kWriteEvery);
  }
  mover.join();
  RETURN_IF_ERROR(moved);
  RETURN_IF_ERROR(status);
  writes.time = absl::Now() - start;
  Line& review = AddLine("Review, accounts", &site);
  review.rate = site.size() / absl::ToDoubleSeconds(writes.time);
  Line& line = AddLine("UpdateAccount, in a review", &site);
  line.rate = writes.Rate();
  line.p50 = writes.Percentile(0.5);
  line.p99 = writes.Percentile(0.99);
  line.compared_with = "p99, ms";
  line.value = absl::ToDoubleMilliseconds(line.p99);
  line.at_most = kWriteMillisDuringReview;
  Line& memory = AddLine("peak memory, MB", &site);
  memory.value = static_cast<double>(site.PeakMemoryBytes()) / 1e6;
  memory.at_most = kMemoryMegabytes;
  return absl::OkStatus();
}

}  // namespace perennial::bench
