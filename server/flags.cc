#include "server/flags.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "lib/base/date.h"

namespace perennial {
namespace {

constexpr char kExamples[] = R"(
Examples:
  perenniald
      serves data/perennial.db, which is created, on 127.0.0.1:50051
  perenniald --listen=127.0.0.1:0 --port-file=port --clock=manual:2025-01-01
      for a test: a free port, and a clock that ClockService moves
  perenniald --database=mysql://perennial@db.example:3306/perennial \
      --database-password-file=password --database-tls-ca=ca.pem
  perenniald migrate --database=sqlite:data/perennial.db
      upgrades the database that an older program made, and ends
  perenniald verify --database=sqlite:data/perennial.db
      names what is damaged: pages, history, rows; a SQLite file must not be served meanwhile
  perenniald restore monday.db --database=sqlite:data/restored.db
      makes a database of what `perennial backup monday.db` has made, and ends
  perenniald --config=perenniald.toml
      a flag is a line: listen="127.0.0.1:50051"
  perenniald --log-file=/var/log/perennial/log
      its log is rotated by logrotate, with these lines in /etc/logrotate.d/perennial:
      /var/log/perennial/log { daily rotate 14 compress delaycompress missingok
        postrotate
          pkill -HUP -x perenniald
        endscript }

Health (grpc.health.v1.Health), of which Watch tells each change:
  perennial.v1.reads    whether the database answers
  perennial.v1.writes   whether it takes writes: not while its disk is full
  perennial.v1.XService whether everything of that service can be done
  (no name)             whether everything can be done

Exit codes: 0 ended as asked, 1 failed, 2 wrong usage. Of verify: 0 all is whole, 1 something is
damaged, 2 it was not checked.)";

// What the flags say before it is taken apart.
struct RawFlags {
  std::string clock = "system";
  std::optional<uint64_t> id_seed;
  std::string password_file;
  int default_deadline_seconds = 30;
  int shutdown_seconds = 10;
  int renewal_job_seconds = 60;
  int review_job_seconds = 60;
  int gesture_job_seconds = 3600;
  bool no_reflection = false;
  bool no_call_log = false;
};

void AddDatabaseFlags(CLI::App& app, sql::Options& database, RawFlags& raw) {
  database.url = "sqlite:data/perennial.db";
  app.add_option("--database", database.url,
                 "sqlite:PATH or mysql://user@host:port/name, without a password")
      ->group("Database")
      ->capture_default_str();
  app.add_option("--database-password-file", raw.password_file,
                 "File with the password of the MySQL user")
      ->group("Database")
      ->check(CLI::ExistingFile);
  app.add_option("--database-tls-ca", database.tls_ca_file,
                 "File with the certificate of the authority that signed the MySQL server's; "
                 "the connection is encrypted and verified, or refused")
      ->group("Database")
      ->check(CLI::ExistingFile);
  app.add_option("--database-connections", database.connections,
                 "Connections to the database, and calls that are worked on at once")
      ->group("Database")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void AddServingFlags(CLI::App& app, Flags& flags, RawFlags& raw) {
  RpcOptions& rpc = flags.server.rpc;
  const auto number = [&app](const char* name, int& value, int least, const char* help) {
    app.add_option(name, value, help)
        ->group("Serving")
        ->check(CLI::Range(least, 1000000000))
        ->capture_default_str();
  };
  app.add_option("--listen", rpc.listen,
                 "Address to serve gRPC on: loopback only; port 0: a free one")
      ->group("Serving")
      ->capture_default_str();
  app.add_option("--port-file", flags.port_file, "File to write the port to once it is served")
      ->group("Serving");
  app.add_option("--metrics-address", rpc.metrics_listen,
                 "Address to serve Prometheus metrics on, at /metrics: loopback only; none where "
                 "it is not given")
      ->group("Serving");
  number("--queue-size", rpc.queue_size, 1,
         "Calls that may wait for a database connection; more are refused, to be retried");
  number("--default-deadline-seconds", raw.default_deadline_seconds, 1,
         "Deadline of calls that come without one");
  number("--max-message-bytes", rpc.max_message_bytes, 1024, "The largest message that is taken");
  number("--max-watchers", flags.server.feed.max_watchers, 0,
         "Streams of HistoryService.Watch at once; more are refused, to be retried");
  number("--shutdown-seconds", raw.shutdown_seconds, 1,
         "After SIGTERM or SIGINT: how long calls that run may take to end");
  app.add_option("--log-file", flags.log_file,
                 "File to append the log to, instead of stderr; it is opened again at SIGHUP")
      ->group("Serving");
  app.add_flag("--no-reflection", raw.no_reflection, "Do not describe the services to clients")
      ->group("Serving");
  app.add_flag("--no-call-log", raw.no_call_log, "Log only the calls that fail")->group("Serving");
}

void AddTestFlags(CLI::App& app, Flags& flags, RawFlags& raw) {
  constexpr char kGroup[] = "For tests";
  app.add_option("--clock", raw.clock,
                 "`system`, or `manual:2025-01-01` (or `manual:2025-01-01T12:00:00Z`) for a clock "
                 "that stands still until ClockService moves it")
      ->group(kGroup)
      ->capture_default_str();
  app.add_option("--id-seed", raw.id_seed,
                 "With a manual clock: the ids that the server makes are the same for the same "
                 "calls, one after another, on the same data")
      ->group(kGroup);
  app.add_flag("--throw-away", flags.server.throw_away,
               "The database is for one test: a new SQLite file is there at once, and no write "
               "waits for the disk; what was written survives the end of the server, also by "
               "SIGKILL, and not that of the machine. The log has the requests of calls that fail")
      ->group(kGroup);
  app.add_option("--copy-of", flags.server.copy_of,
                 "With --throw-away: a new SQLite file begins as a copy of this one, which no "
                 "server has open")
      ->group(kGroup);
}

void AddJobFlags(CLI::App& app, RawFlags& raw) {
  const auto seconds = [&app](const char* name, int& value, const char* help) {
    app.add_option(name, value, help)
        ->group("Jobs, which with a manual clock run when it is moved")
        ->check(CLI::Range(0, 1000000000))
        ->capture_default_str();
  };
  seconds("--renewal-job-seconds", raw.renewal_job_seconds,
          "How often renewals are opened and ended terms settled; 0: never");
  seconds("--review-job-seconds", raw.review_job_seconds,
          "How often it is looked for customers whose standing and risks change because a day has "
          "come or a playbook was changed; 0: never");
  seconds("--gesture-job-seconds", raw.gesture_job_seconds,
          "How often gestures are proposed for customers who were only asked or never called; "
          "0: never");
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  std::ostringstream content;
  if (!(content << std::ifstream(path).rdbuf())) {
    return absl::InvalidArgumentError("--database-password-file is empty or cannot be read");
  }
  return std::string(absl::StripTrailingAsciiWhitespace(content.str()));
}

absl::Status TakeApart(const RawFlags& raw, Flags& flags) {
  Server::Options& server = flags.server;
  absl::string_view start = raw.clock;
  if (absl::ConsumePrefix(&start, "manual:")) {
    ASSIGN_OR_RETURN(server.manual_clock, ParseTime(start));
  } else if (raw.clock != "system") {
    return absl::InvalidArgumentError("--clock is neither `system` nor `manual:2025-01-01`");
  }
  if (raw.id_seed.has_value() && !server.manual_clock.has_value()) {
    return absl::InvalidArgumentError("--id-seed goes with --clock=manual:DATE");
  }
  server.id_seed = raw.id_seed;
  if (!server.copy_of.empty() && !server.throw_away) {
    return absl::InvalidArgumentError("--copy-of goes with --throw-away");
  }
  server.rpc.log_failed_requests = server.throw_away;
  RETURN_IF_ERROR(sql::CheckUrl(server.database.url));
  if (!raw.password_file.empty()) {
    ASSIGN_OR_RETURN(server.database.password, ReadSecret(raw.password_file));
  }
  server.rpc.default_deadline = absl::Seconds(raw.default_deadline_seconds);
  server.rpc.reflection = !raw.no_reflection;
  server.rpc.log_successful_calls = !raw.no_call_log;
  server.renewal_job_period = absl::Seconds(raw.renewal_job_seconds);
  server.review_job_period = absl::Seconds(raw.review_job_seconds);
  server.gesture_job_period = absl::Seconds(raw.gesture_job_seconds);
  flags.shutdown_bound = absl::Seconds(raw.shutdown_seconds);
  return absl::OkStatus();
}

}  // namespace

std::optional<int> ParseFlags(int argc, const char* const* argv, Flags& flags) {
  RawFlags raw;
  CLI::App app("Perennial, a server for customer renewals", "perenniald");
  app.set_version_flag("--version", PERENNIAL_VERSION);
  app.set_config("--config", "", "File with flags, as TOML; the command line goes before it")
      ->check(CLI::ExistingFile);
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.add_subcommand("serve", "Serve the database (this is done without a command too)");
  const CLI::App* migrate = app.add_subcommand(
      "migrate", "Bring the database's schema up to what this program serves, and end");
  const CLI::App* verify =
      app.add_subcommand("verify", "Look through the database for damage, change nothing, and end");
  CLI::App* restore =
      app.add_subcommand("restore", "Make a new database of a backup, on a new time line, and end");
  restore->add_option("FILE", flags.backup, "What `perennial backup` made")->required();
  restore->add_option("--sha256", flags.sha256, "What `perennial backup` printed, to be checked");
  const CLI::App* begin_time_line = app.add_subcommand(
      "begin-time-line",
      "Say that the database was put back to an earlier state by other means (a snapshot of a "
      "machine, mysqldump), and end");
  const CLI::App* drop = app.add_subcommand(
      "drop",
      "Drop a MySQL database of a test, whose name begins with perennial_throw_away_, and end");
  AddDatabaseFlags(app, flags.server.database, raw);
  AddServingFlags(app, flags, raw);
  AddTestFlags(app, flags, raw);
  AddJobFlags(app, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const absl::Status status = TakeApart(raw, flags);
  if (!status.ok()) {
    std::cerr << "perenniald: " << status.message() << "\n";
    return kExitUsage;
  }
  if (migrate->parsed()) flags.command = Flags::Command::kMigrate;
  if (verify->parsed()) flags.command = Flags::Command::kVerify;
  if (restore->parsed()) flags.command = Flags::Command::kRestore;
  if (drop->parsed()) flags.command = Flags::Command::kDrop;
  if (begin_time_line->parsed()) flags.command = Flags::Command::kBeginTimeLine;
  return std::nullopt;
}

}  // namespace perennial
