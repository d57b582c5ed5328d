#ifndef PERENNIAL_SERVER_SERVER_H_
#define PERENNIAL_SERVER_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/storage/served_mark.h"
#include "lib/storage/sql/database.h"
#include "lib/storage/store.h"
#include "lib/storage/time_line.h"
#include "server/jobs/backup_streams.h"
#include "server/jobs/health_probe.h"
#include "server/jobs/job_runner.h"
#include "server/jobs/leased_jobs.h"
#include "server/jobs/relationship_review.h"
#include "server/methods/registry.h"
#include "server/rpc/rpc_server.h"
#include "server/watch/change_feed.h"

namespace perennial {

// Puts something around a database that has its schema.
using DatabaseDecorator =
    std::function<std::unique_ptr<sql::Database>(std::unique_ptr<sql::Database>)>;

// A whole server, as perenniald and tests run it.
class Server {
 public:
  struct Options {
    sql::Options database;
    // As many handlers run at once as there are database connections: `rpc.workers` is not used.
    RpcOptions rpc;
    // Where it is set the server has a clock that stands still until ClockService moves it, and
    // jobs that depend on the time run only then.
    std::optional<absl::Time> manual_clock;
    // With a manual clock: from the same state the same calls, one after another, get the same ids.
    std::optional<uint64_t> id_seed;
    // A database to throw away, for a test: SQLite does not wait for the disk, and a new file
    // begins as a copy (PrepareThrowAway) of the database at `copy_of`, or of one that only has its
    // schema.
    bool throw_away = false;
    std::string copy_of;
    // How often these jobs run; 0 for never.
    absl::Duration renewal_job_period = absl::Minutes(1);
    absl::Duration review_job_period = absl::Minutes(1);
    absl::Duration gesture_job_period = absl::Hours(1);
    ChangeFeed::Options feed;
    // For tests.
    DatabaseDecorator decorate;
  };

  // An empty database gets its schema. INVALID_ARGUMENT says which option is wrong;
  // FAILED_PRECONDITION that the database has a schema that this program does not serve;
  // UNAVAILABLE that the database cannot be reached or a port is taken.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { Shutdown(); }

  // "127.0.0.1:50051"
  const std::string& address() const { return rpc_->address(); }
  int port() const { return rpc_->port(); }
  int metrics_port() const { return rpc_->metrics_port(); }

  // Refuses new calls and returns when the calls and jobs that run have ended. Happens at the
  // latest at the end of the object's life.
  void Shutdown();

 private:
  Server(std::unique_ptr<sql::Database> database, const Options& options);
  // `file` is that of the database; empty where it has none.
  absl::Status OpenTimeLine(const std::string& file, const Options& options);
  absl::Status FollowManualTime();
  void StartJobs(const Options& options);

  // What is below uses what is above.
  const std::unique_ptr<ManualClock> manual_clock_;  // or nullptr
  const SystemClock system_clock_;
  std::unique_ptr<ServedMark> mark_;  // or nullptr
  Store store_;
  const std::string server_id_;  // tells the servers on one database apart
  ChangeFeed feed_;
  TimeLineWatch time_line_;
  BackupStreams backups_;
  HealthProbe reads_;
  HealthProbe writes_;
  RelationshipReview review_;
  Registry registry_;
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<JobRunner> jobs_;
  std::unique_ptr<LeasedJobs> leased_jobs_;
};

// Brings the schema of the database up to what this program serves.
absl::Status MigrateDatabase(const sql::Options& options);

// Begins a new time line on a database that was put back by other means than a restore. NOT_FOUND
// where there is none.
absl::Status LeaveTimeLine(sql::Options options);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_SERVER_H_
