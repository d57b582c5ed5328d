// What it costs to bring in files by the command line, the first time and again.

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "tests/bench/process.h"
#include "tests/bench/suite.h"

namespace perennial::bench {
namespace {

constexpr int kTouches = 10;
// The aim, on SQLite, for files that say nothing new.
constexpr double kKnownRowsPerSecond = 50'000;

constexpr char kMapping[] = R"(
files {
  csv: "customers.csv" resource: "Account" name: "accounts/{id|id}"
  fields { path: "display_name" text: "{name}" }
  fields { path: "segment" text: "{segment}" }
  fields { path: "owner" text: "{owner|lower}" }
  fields { path: "external_ids.crm" text: "{id}" }
}
files {
  csv: "people.csv" resource: "Contact" name: "accounts/{customer|id}/contacts/{id}"
  fields { path: "display_name" text: "{first} {last}" }
  fields { path: "email" text: "{mail|lower}" }
  fields { path: "phone" text: "{phone}" }
}
files {
  csv: "calls.csv" resource: "Touch" name: "accounts/{customer|id}/touches/{id}"
  fields { path: "touch_time" text: "{day}T09:00:00Z" }
  fields { path: "channel" text: "{channel|upper}" }
  fields { path: "direction" text: "OUTBOUND" }
  fields { path: "contacts" text: "accounts/{customer|id}/contacts/p{customer}" }
  fields { path: "disposition" text: "CONNECTED" }
  fields { path: "intent" text: "{intent}" }
  fields { path: "summary" text: "{subject}" }
}
)";

// A folder with customers, a person and ten calls each; it lives as long as the object.
class Files {
 public:
  Files(const std::string& parent, int customers, absl::CivilDay today)
      : folder_(std::filesystem::path(parent) / "import") {
    static const char* const kSegments[] = {"enterprise", "mid-market", "small"};
    static const char* const kChannels[] = {"Phone", "Email", "Video"};
    static const char* const kIntents[] = {"CHECK_IN", "GIVE", "ASK"};
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "mapping.textproto") << kMapping;
    std::ofstream accounts(folder_ / "customers.csv"), people(folder_ / "people.csv"),
        calls(folder_ / "calls.csv");
    accounts << "id,name,segment,owner\n";
    people << "customer,id,first,last,mail,phone\n";
    calls << "customer,id,day,channel,intent,subject\n";
    for (int i = 0; i < customers; ++i) {
      accounts << i << ",Customer " << i << ',' << kSegments[Pick(i, 1, 3)] << ",Manager-"
               << Pick(i, 2, 40) << "@Example.com\n";
      people << i << ",p" << i << ",Jane,Doe " << i << ",Jane.Doe." << i << "@example.com,+49 30 "
             << 1000000 + i << '\n';
      for (int call = 0; call < kTouches; ++call) {
        const int number = kTouches * i + call;
        calls << i << ",c" << number << ',' << FormatDate(ToDate(today - 1 - Pick(number, 3, 700)))
              << ',' << kChannels[Pick(number, 4, 3)] << ',' << kIntents[Pick(number, 5, 3)]
              << ",\"Talked about what is new, and what they need\"\n";
      }
    }
    rows_ = customers * (2 + kTouches);
  }
  ~Files() { std::filesystem::remove_all(folder_); }

  std::string folder() const { return folder_.string(); }
  int rows() const { return rows_; }

 private:
  std::filesystem::path folder_;
  int rows_ = 0;
};

}  // namespace

absl::Status Suite::MeasureImport() {
  const int size = options_.customers.front();
  Site site(engine_, size, options_.channels, options_.server, options_.folder);
  RETURN_IF_ERROR(site.StartServer());
  const Files files(options_.folder, size, absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
  const auto import = [&]() -> absl::StatusOr<Measurement> {
    Measurement measurement;
    const absl::Time start = absl::Now();
    ASSIGN_OR_RETURN(
        const auto process,
        Process::Start(
            {options_.command, absl::StrCat("--server=", site.address()), "import", files.folder(),
             absl::StrCat("--mapping=", files.folder(), "/mapping.textproto")},
            absl::StrCat(options_.folder, "/perennial-import.log")));
    const int exit_code = process->Wait();
    if (exit_code != 0) {
      return absl::InternalError(absl::StrCat("perennial import ends with ", exit_code, ": see ",
                                              options_.folder, "/perennial-import.log"));
    }
    measurement.time = absl::Now() - start;
    measurement.calls = files.rows();
    measurement.latencies = {measurement.time};
    return measurement;
  };
  for (const bool again : {false, true}) {
    Say(absl::StrCat(site.engine_name(), ", ", size,
                     " customers in files: ", again ? "again" : "import"));
    Rounds rounds;
    const absl::Duration processor_time = site.ProcessorTime();
    const int count = again ? options_.rounds : 1;
    for (int i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(const Measurement round, import());
      rounds.Add(round);
    }
    Line& line = AddLine(again ? "Files again, rows" : "Import of files, rows", &site);
    line.rate = rounds.Rate();
    line.spread = rounds.Spread();
    line.processor_time = (site.ProcessorTime() - processor_time) / (count * files.rows());
    if (!again) continue;
    line.compared_with = "rows/s";
    line.value = rounds.Rate();
    if (engine_ == sql::Engine::kSqlite) line.at_least = kKnownRowsPerSecond;
  }
  return absl::OkStatus();
}

}  // namespace perennial::bench
