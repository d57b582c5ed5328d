#include "tests/bench/suite.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "lib/base/ids.h"
#include "lib/base/status.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "tests/bench/raw.h"
#include "tests/bench/recording.h"

namespace perennial::bench {

namespace {

constexpr char kGet[] = "/perennial.v1.PipelineService/GetOpportunity";
constexpr char kList[] = "/perennial.v1.PipelineService/ListOpportunities";
constexpr char kBoard[] = "/perennial.v1.PipelineService/GetBoard";

// Names that Get asks for: more of them would only be more memory.
constexpr size_t kNames = 50000;

// The aims. Ratios, milliseconds, rows a second, megabytes.
constexpr double kGetOfEcho = 0.8;
constexpr double kMoveOfRaw = 0.5;
constexpr double kListGrowth = 1.5;
constexpr double kBoardMillis = 50;
constexpr double kImportRate = 20000;

template <class Request>
std::vector<std::string> Serialize(const std::vector<Request>& requests) {
  std::vector<std::string> bytes;
  for (const Request& request : requests) bytes.push_back(request.SerializeAsString());
  return bytes;
}

std::vector<std::string> GetRequests(const World& world) {
  std::vector<v1::GetOpportunityRequest> requests;
  for (std::string& name : world.OpportunityNames(kNames)) {
    requests.emplace_back().set_name(std::move(name));
  }
  return Serialize(requests);
}

std::vector<std::string> ListRequests() {
  std::vector<v1::ListOpportunitiesRequest> requests;
  for (const char* stage : {"OUTREACH", "ADOPTION_REVIEW", "UPSELL", "RENEWAL"}) {
    v1::ListOpportunitiesRequest& request = requests.emplace_back();
    request.set_parent("accounts/-");
    request.set_page_size(50);
    request.set_filter(absl::StrCat("stage = ", stage));
    request.set_order_by("arr desc");
  }
  return Serialize(requests);
}

std::vector<std::string> AdvanceRequests(const std::vector<std::string>& names) {
  std::vector<v1::AdvanceOpportunityRequest> requests;
  for (const std::string& name : names) {
    v1::AdvanceOpportunityRequest& request = requests.emplace_back();
    request.set_name(name);
    request.set_from_stage(v1::Opportunity::OUTREACH);
    request.set_request_id(NewRequestId());
  }
  return Serialize(requests);
}

}  // namespace

void Say(const std::string& text) {
  static const absl::Time start = absl::Now();
  std::fprintf(stderr, "%5.0f s  %s\n", absl::ToDoubleSeconds(absl::Now() - start), text.c_str());
}

absl::Status Suite::Run(std::vector<Line>& lines) {
  const absl::Status status = MeasureAll();
  lines.insert(lines.end(), lines_.begin(), lines_.end());
  return status;
}

absl::Status Suite::MeasureAll() {
  if (options_.pipeline) RETURN_IF_ERROR(MeasurePipeline());
  if (options_.engagement) RETURN_IF_ERROR(MeasureEngagement());
  if (options_.references) RETURN_IF_ERROR(MeasureReferences());
  if (options_.search) RETURN_IF_ERROR(MeasureSearch());
  return options_.import ? MeasureImport() : absl::OkStatus();
}

absl::Status Suite::MeasurePipeline() {
  RETURN_IF_ERROR(Prepare());
  RETURN_IF_ERROR(MeasureGet());
  RETURN_IF_ERROR(MeasureList());
  RETURN_IF_ERROR(MeasureBoard());
  for (const auto& site : sites_) RETURN_IF_ERROR(MeasureMoves(*site));
  MeasureMemory();
  return MeasureWatch(*sites_.front());
}

Line& Suite::AddLine(const std::string& operation, const Site* site) {
  Line& line = lines_.emplace_back();
  line.operation = operation;
  if (site != nullptr) {
    line.engine = site->engine_name();
    line.size = site->size();
  }
  return line;
}

Line& Suite::AddLine(const Contestant& contestant) {
  Line& line = AddLine(contestant.name, contestant.site);
  line.rate = contestant.rounds.Rate();
  line.p50 = contestant.rounds.Percentile50();
  line.p99 = contestant.rounds.Percentile99();
  line.spread = contestant.rounds.Spread();
  if (contestant.calls > 0) line.processor_time = contestant.processor_time / contestant.calls;
  return line;
}

absl::Status Suite::TakeTurns(std::vector<Contestant>& contestants) {
  // The round before the first warms up.
  for (int round = -1; round < options_.rounds; ++round) {
    for (Contestant& contestant : contestants) {
      const auto& server_time = contestant.server_time;
      const absl::Duration before = server_time ? server_time() : absl::ZeroDuration();
      ASSIGN_OR_RETURN(const Measurement measurement, contestant.run());
      if (round < 0) continue;
      contestant.rounds.Add(measurement);
      if (!server_time) continue;
      contestant.processor_time += server_time() - before;
      contestant.calls += measurement.calls;
    }
  }
  return absl::OkStatus();
}

absl::Status Suite::Prepare() {
  for (const int size : options_.sizes) {
    sites_.push_back(
        std::make_unique<Site>(engine_, size, options_.channels, options_.server, options_.folder));
    Site& site = *sites_.back();
    RETURN_IF_ERROR(site.StartServer());
    Say(absl::StrCat(site.engine_name(), ", ", size, " opportunities: import"));
    const absl::Time start = absl::Now();
    ASSIGN_OR_RETURN(const int64_t rows, Import(site.world().Import(), site.address()));
    Line& line = AddLine("Import, rows", &site);
    line.rate = static_cast<double>(rows) / absl::ToDoubleSeconds(absl::Now() - start);
    line.processor_time = site.ProcessorTime() / rows;
    line.value = line.rate;
    if (engine_ == sql::Engine::kSqlite) line.at_least = kImportRate;
  }
  return absl::OkStatus();
}

absl::Status Suite::MeasureGet() {
  Say("GetOpportunity, in turn with a bare echo");
  std::vector<std::vector<std::string>> requests;
  for (const auto& site : sites_) requests.push_back(GetRequests(site->world()));
  ASSIGN_OR_RETURN(const std::string answer,
                   sites_.front()->client().Call(kGet, requests.front().front()));

  const std::string address = FreeAddress();
  ASSIGN_OR_RETURN(const std::unique_ptr<Process> echo,
                   Process::Start({options_.echo, address, absl::StrCat(answer.size())},
                                  options_.folder + "/echo.log"));
  ASSIGN_OR_RETURN(const std::unique_ptr<LoadClient> echo_client,
                   LoadClient::Connect(address, options_.channels, absl::Seconds(10)));
  LoadClient::Job job;
  job.method = kGet;
  job.in_flight = options_.in_flight;
  job.time = options_.round_time;

  std::vector<Contestant> contestants;
  contestants.push_back({absl::StrCat("echo of ", answer.size(), " bytes"), nullptr,
                         [&] {
                           LoadClient::Job echo_job = job;
                           echo_job.requests = &requests.front();
                           return echo_client->Run(echo_job);
                         },
                         [&] { return echo->ProcessorTime(); }});
  for (size_t i = 0; i < sites_.size(); ++i) {
    contestants.push_back({"GetOpportunity", sites_[i].get(),
                           [&, i] {
                             LoadClient::Job get = job;
                             get.requests = &requests[i];
                             return sites_[i]->client().Run(get);
                           },
                           [&, i] { return sites_[i]->ProcessorTime(); }});
  }
  RETURN_IF_ERROR(TakeTurns(contestants));
  const Contestant& ceiling = contestants.front();
  AddLine(ceiling);
  for (size_t i = 1; i < contestants.size(); ++i) {
    Line& line = AddLine(contestants[i]);
    line.compared_with = absl::StrFormat("echo, %.0f/s", ceiling.rounds.Rate());
    line.value = contestants[i].rounds.RatioTo(ceiling.rounds);
    if (engine_ == sql::Engine::kSqlite) line.at_least = kGetOfEcho;
  }
  return absl::OkStatus();
}

absl::Status Suite::MeasureList() {
  return MeasureGrowth(sites_, "ListOpportunities", kList, ListRequests());
}

absl::Status Suite::MeasureGrowth(const std::vector<std::unique_ptr<Site>>& sites,
                                  const std::string& operation, const std::string& method,
                                  const std::vector<std::string>& requests) {
  Say(operation);
  std::vector<Contestant> contestants;
  for (const auto& site : sites) {
    contestants.push_back({operation, site.get(),
                           [&, site = site.get()] {
                             LoadClient::Job job;
                             job.method = method;
                             job.requests = &requests;
                             job.in_flight = options_.in_flight;
                             job.time = options_.round_time;
                             return site->client().Run(job);
                           },
                           [site = site.get()] { return site->ProcessorTime(); }});
  }
  RETURN_IF_ERROR(TakeTurns(contestants));
  const Contestant& smallest = contestants.front();
  for (const Contestant& contestant : contestants) {
    Line& line = AddLine(contestant);
    if (&contestant == &smallest) continue;
    line.compared_with =
        absl::StrFormat("%d, %.0f/s", smallest.site->size(), smallest.rounds.Rate());
    line.value = smallest.rounds.RatioTo(contestant.rounds);
    line.at_most = kListGrowth;
  }
  return absl::OkStatus();
}

absl::Status Suite::MeasureBoard() {
  Say("GetBoard");
  v1::GetBoardRequest request;
  request.set_parent("accounts/-");
  const std::vector<std::string> requests = Serialize<v1::GetBoardRequest>({request});
  std::vector<Contestant> contestants;
  for (const auto& site : sites_) {
    contestants.push_back({"GetBoard", site.get(),
                           [&, site = site.get()] {
                             LoadClient::Job job;
                             job.method = kBoard;
                             job.requests = &requests;
                             job.time = options_.round_time;
                             return site->client().Run(job);
                           },
                           [site = site.get()] { return site->ProcessorTime(); }});
  }
  RETURN_IF_ERROR(TakeTurns(contestants));
  for (const Contestant& contestant : contestants) {
    Line& line = AddLine(contestant);
    line.compared_with = "p50, one call at a time";
    line.value = absl::ToDoubleMilliseconds(line.p50);
    line.at_most = kBoardMillis;
  }
  return absl::OkStatus();
}

absl::Status Suite::MeasureMoves(Site& site) {
  const size_t needed = 2 * WritesPerSide();
  std::vector<std::string> names = site.world().EarnedOpportunityNames();
  if (names.size() < needed) {
    return absl::InvalidArgumentError("too few opportunities for so many moves");
  }
  names.resize(needed);
  return MeasureWrites(site, "PipelineService", "AdvanceOpportunity", AdvanceRequests(names));
}

absl::Status Suite::MeasureWrites(Site& site, const std::string& service, const std::string& method,
                                  const std::vector<std::string>& requests) {
  Say(absl::StrCat(method, ", ", site.size(), ", in turn with the raw engine"));
  const bool is_sqlite = engine_ == sql::Engine::kSqlite;
  const size_t writes = options_.moves_per_round;
  const std::vector<std::string> served(requests.begin(), requests.begin() + WritesPerSide());
  const std::vector<std::string> recorded(requests.begin() + WritesPerSide(), requests.end());

  // What the engine alone does it does on a copy, or, where many can use one database, to other
  // resources.
  sql::Options database = site.database();
  if (is_sqlite) {
    site.StopServer();
    const std::string file(absl::StripPrefix(database.url, "sqlite:"));
    std::filesystem::copy_file(file, file + ".raw",
                               std::filesystem::copy_options::overwrite_existing);
    database.url += ".raw";
    RETURN_IF_ERROR(site.StartServer());
  }
  // SQLite plays twice as many: one a commit, and several.
  ASSIGN_OR_RETURN(const Recording recording, Record(database, absl::StrCat(service, ".", method),
                                                     is_sqlite ? requests : recorded));
  std::unique_ptr<RawEngine> raw;
  if (is_sqlite) {
    ASSIGN_OR_RETURN(
        raw, OpenRawSqlite(std::string(absl::StripPrefix(database.url, "sqlite:")), recording));
  } else {
    ASSIGN_OR_RETURN(raw, OpenRawMysql(database, recording));
  }

  size_t next = 0;
  std::vector<Contestant> contestants;
  contestants.push_back({method, &site,
                         [&] {
                           LoadClient::Job job;
                           job.method = absl::StrCat("/perennial.v1.", service, "/", method);
                           job.requests = &served;
                           job.first = next;
                           job.in_flight = options_.in_flight;
                           job.calls = static_cast<int64_t>(writes);
                           next += writes;
                           return site.client().Run(job);
                         },
                         [&] { return site.ProcessorTime(); }});
  contestants.push_back(
      {absl::StrCat("raw ", method), nullptr, [&] { return raw->Play(writes, 1); }, nullptr});
  if (is_sqlite) {
    contestants.push_back(
        {absl::StrCat("raw ", method, ", ", options_.moves_per_commit, " a commit"), nullptr,
         [&] { return raw->Play(writes, options_.moves_per_commit); }, nullptr});
  }
  RETURN_IF_ERROR(TakeTurns(contestants));
  AddComparedLines(site, contestants);
  return absl::OkStatus();
}

void Suite::AddComparedLines(const Site& site, const std::vector<Contestant>& contestants) {
  for (size_t i = 1; i < contestants.size(); ++i) {
    Line& floor = AddLine(contestants[i]);
    floor.engine = site.engine_name();
    floor.size = site.size();
  }
  for (size_t i = 1; i < contestants.size(); ++i) {
    Line& line = AddLine(contestants.front());
    line.compared_with =
        absl::StrFormat("%s, %.0f/s", contestants[i].name, contestants[i].rounds.Rate());
    line.value = contestants.front().rounds.RatioTo(contestants[i].rounds);
    line.at_least = kMoveOfRaw;
  }
}

size_t Suite::WritesPerSide() const {
  return static_cast<size_t>(options_.moves_per_round) * (options_.rounds + 1);
}

void Suite::MeasureMemory() {
  for (const auto& site : sites_) {
    Line& line = AddLine("peak memory, MB", site.get());
    line.value = static_cast<double>(site->PeakMemoryBytes()) / 1e6;
    line.at_most = kMemoryMegabytes;
  }
}

}  // namespace perennial::bench
