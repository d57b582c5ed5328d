#include "server/server.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "lib/base/log.h"
#include "lib/base/status.h"
#include "lib/storage/backup/restore.h"
#include "lib/storage/backup/work_folder.h"
#include "lib/storage/clock_check.h"
#include "lib/storage/migrations.h"
#include "lib/storage/probe.h"
#include "lib/storage/sql/sqlite_copy.h"
#include "lib/storage/throw_away.h"
#include "server/handlers/handlers.h"
#include "server/jobs/gesture_job.h"
#include "server/jobs/leased_jobs.h"
#include "server/jobs/renewal_job.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/relationships.h"

namespace perennial {
namespace {

constexpr absl::Duration kNumberChangesPeriod = absl::Milliseconds(200);
constexpr absl::Duration kTimeLinePeriod = absl::Milliseconds(500);
// Together, a database that answers no more is known of within three seconds.
constexpr absl::Duration kProbePeriod = absl::Seconds(1);
constexpr absl::Duration kProbePatience = absl::Milliseconds(1500);
constexpr absl::Duration kHealthPeriod = absl::Milliseconds(250);
constexpr absl::Duration kForgetRequestsPeriod = absl::Hours(1);
// A caller may repeat a request for this long and gets the first answer.
constexpr absl::Duration kKeepRequests = absl::Hours(7 * 24);

absl::StatusOr<std::unique_ptr<sql::Database>> OpenDatabase(const sql::Options& options) {
  bool waiting = false;
  return sql::OpenAfterUpgrade(options, [&] {
    if (!std::exchange(waiting, true)) {
      LogLine(Severity::kInfo, "waiting for another process that may upgrade the SQLite file");
    }
  });
}

absl::Status PrepareSchema(sql::Database& database) {
  RETURN_IF_ERROR(CheckRestored(database));
  ASSIGN_OR_RETURN(const bool unfinished, sql::IsUnfinished(database));
  if (unfinished) return sql::Migrate(database, Migrations());
  ASSIGN_OR_RETURN(const int version, sql::SchemaVersion(database));
  bool waiting = false;
  const absl::Status status = sql::AwaitSchema(database, Migrations(), [&] {
    if (!std::exchange(waiting, true)) {
      LogLine(Severity::kInfo, "waiting for another server to upgrade the database");
    }
  });
  const bool older = version < static_cast<int>(Migrations().size());
  if (!absl::IsFailedPrecondition(status) || !older) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(status.message(), ": `perenniald migrate` upgrades it"));
}

absl::Status PrepareFile(const Server::Options& options) {
  if (!options.throw_away) return absl::OkStatus();
  const std::optional<std::string> path = sql::SqlitePath(options.database.url);
  if (path.has_value()) return PrepareThrowAway(*path, options.copy_of);
  if (options.copy_of.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--copy-of is for SQLite files: `perenniald restore` makes a MySQL database of a backup");
}

std::unique_ptr<ManualClock> MakeManualClock(std::optional<absl::Time> start) {
  return start.has_value() ? std::make_unique<ManualClock>(*start) : nullptr;
}

}  // namespace

Server::Server(std::unique_ptr<sql::Database> database, const Options& options)
    : manual_clock_(MakeManualClock(options.manual_clock)),
      store_(std::move(database),
             manual_clock_ != nullptr ? static_cast<const Clock&>(*manual_clock_) : system_clock_),
      server_id_(NewRequestId()),
      feed_(store_, options.feed),
      time_line_(store_, [this](int64_t revision) { feed_.ChangeTimeLine(revision); }),
      backups_(store_, sql::TemporaryPrefix(options.database)),
      reads_([this](absl::Time deadline) { return ProbeReads(store_.database(), deadline); },
             kProbePatience),
      writes_([this](absl::Time deadline) { return ProbeWrites(store_.database(), deadline); },
              kProbePatience),
      review_(store_),
      registry_(store_) {
  store_.OnCommit([this] { feed_.Wake(); });
  store_.SetConsequences(RelationshipConsequences());
  RegisterHandlers(registry_, {store_, feed_, review_, backups_, manual_clock_.get()});
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  RETURN_IF_ERROR(CheckRpcOptions(options.rpc));
  RETURN_IF_ERROR(PrepareFile(options));
  ASSIGN_OR_RETURN(std::unique_ptr<sql::Database> database, OpenDatabase(options.database));
  RETURN_IF_ERROR(PrepareSchema(*database));
  const std::string file = database->file();
  if (!options.manual_clock.has_value()) RETURN_IF_ERROR(CheckClock(*database, absl::Now()));
  if (options.decorate) database = options.decorate(std::move(database));
  std::unique_ptr<Server> server(new Server(std::move(database), options));
  WorkFolder::RemoveLeft(sql::TemporaryPrefix(options.database));
  RETURN_IF_ERROR(server->OpenTimeLine(file, options));
  RETURN_IF_ERROR(server->FollowManualTime());
  RETURN_IF_ERROR(EnsureDefaultPlaybook(server->store_));
  RpcOptions rpc = options.rpc;
  rpc.workers = options.database.connections;
  rpc.statistics = [store = &server->store_] { return store->database().statistics(); };
  ASSIGN_OR_RETURN(server->rpc_, RpcServer::Start(server->registry_, rpc));
  server->StartJobs(options);
  return server;
}

absl::Status Server::OpenTimeLine(const std::string& file, const Options& options) {
  if (!file.empty()) {
    ASSIGN_OR_RETURN(mark_, ServedMark::Open(file));
  }
  RETURN_IF_ERROR(perennial::OpenTimeLine(store_, mark_.get()));
  return options.id_seed.has_value() ? SeedIdsFor(store_.database(), *options.id_seed)
                                     : absl::OkStatus();
}

absl::Status Server::FollowManualTime() {
  if (manual_clock_ == nullptr) return absl::OkStatus();
  const absl::Time start = manual_clock_->Now();
  ASSIGN_OR_RETURN(const ManualTime stands, store_.FollowManualTime(*manual_clock_));
  if (stands.time > start) {
    LogLine(Severity::kInfo, "the manual clock goes on from where it stood",
            {{"time", absl::FormatTime(absl::RFC3339_full, stands.time, absl::UTCTimeZone())}});
  }
  return absl::OkStatus();
}

void Server::StartJobs(const Options& options) {
  std::vector<Job> jobs;
  jobs.push_back({"forget_requests", kForgetRequestsPeriod, [this](const RunLimit& limit) {
                    return store_.ForgetRequestsBefore(store_.clock().Now() - kKeepRequests,
                                                       limit.deadline);
                  }});
  const auto add_of_time = [&](Job job) {
    if (manual_clock_ == nullptr && job.period > absl::ZeroDuration()) jobs.push_back(job);
  };
  add_of_time({"renewals", options.renewal_job_period,
               [this](const RunLimit& limit) { return RunRenewalJob(store_, limit); }});
  add_of_time({"relationships", options.review_job_period,
               [this](const RunLimit& limit) { return review_.Run(limit); }});
  add_of_time({"gestures", options.gesture_job_period,
               [this](const RunLimit& limit) { return RunGestureJob(store_, limit); }});
  if (store_.database().facts().others_may_write) {
    // What one server does is done for all that share the database.
    leased_jobs_ = std::make_unique<LeasedJobs>(std::exchange(jobs, {}), store_.database(),
                                                server_id_, LeasedJobs::Times());
    // Whoever reads the history numbers it; this is for those who query the table themselves.
    jobs.push_back({"number_changes", kNumberChangesPeriod, [this](const RunLimit& limit) {
                      return store_.NumberPendingChanges(limit.deadline);
                    }});
    jobs.push_back({"time_line", kTimeLinePeriod,
                    [this](const RunLimit& limit) { return time_line_.Look(limit.deadline); }});
  }
  jobs.push_back({"probe_reads", kProbePeriod, [this](const RunLimit&) { return reads_.Run(); }});
  jobs.push_back({"probe_writes", kProbePeriod, [this](const RunLimit&) { return writes_.Run(); }});
  jobs.push_back({"health", kHealthPeriod, [this](const RunLimit&) {
                    rpc_->SetServing(reads_.well(), writes_.well());
                    return absl::OkStatus();
                  }});
  jobs_ = std::make_unique<JobRunner>(std::move(jobs));
}

void Server::Shutdown() {
  if (rpc_ != nullptr) rpc_->Drain();
  // Whoever watches comes back at once, and is to go elsewhere.
  feed_.Stop();
  backups_.Stop();
  if (rpc_ != nullptr) rpc_->Shutdown();
  leased_jobs_.reset();
  jobs_.reset();
}

absl::Status MigrateDatabase(const sql::Options& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, OpenDatabase(options));
  return sql::Migrate(*database, Migrations());
}

absl::Status LeaveTimeLine(sql::Options options) {
  options.use = sql::Use::kChange;
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, OpenDatabase(options));
  RETURN_IF_ERROR(sql::CheckSchema(*database, Migrations()));
  return BeginTimeLine(*database, "perenniald begin-time-line", absl::Now());
}

}  // namespace perennial
