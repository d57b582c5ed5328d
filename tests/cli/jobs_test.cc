// What docs/jobs.md promises of the commonest jobs.

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/api/text.h"
#include "tests/cli/seeded_server.h"

namespace perennial {
namespace {

using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

struct Job {
  std::string title;
  std::vector<std::string> commands;
  int most_commands = 0;
  int most_keystrokes = 0;
};

// The texts between backquotes.
std::vector<std::string> Commands(const std::string& cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  std::vector<std::string> commands;
  for (size_t i = 1; i < parts.size(); i += 2) commands.push_back(parts[i]);
  return commands;
}

std::vector<Job> ReadJobs() {
  std::ifstream file(absl::StrCat(PERENNIAL_SOURCE_DIR, "/docs/jobs.md"));
  std::vector<Job> jobs;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    Job job;
    if (cells.size() != 6 || !absl::SimpleAtoi(cells[3], &job.most_commands)) continue;
    EXPECT_TRUE(absl::SimpleAtoi(cells[4], &job.most_keystrokes)) << line;
    job.title = std::string(absl::StripAsciiWhitespace(cells[1]));
    job.commands = Commands(cells[2]);
    jobs.push_back(job);
  }
  return jobs;
}

// What was done before somebody comes to the job, and what must be seen of it.
struct Scene {
  std::vector<std::string> before;
  std::string seen;
};

const std::map<std::string, Scene>& Scenes() {
  static const auto* scenes = new std::map<std::string, Scene>{
      {"See what to do today", {{}, "Thank them for the"}},
      {"See the one thing to do now", {{}, "touches log acme called jane"}},
      {"Be done with a task of that list", {{}, "done: Thank them for the reference (acme)"}},
      {"Put a task off", {{}, "snoozed: Send the roadmap (acme) until 2025-01-08"}},
      {"Find a customer, or somebody there", {{}, "accounts/acme/contacts/zoe-mueller"}},
      {"Prepare a call", {{}, "Jane Doe, Head of IT"}},
      {"Log a call", {{}, "benchmark figures"}},
      {"Log a call that does a task", {{}, "her budget"}},
      {"Move a renewal on a stage", {{"perennial contacts verify acme/jane"}, "ADOPTION_REVIEW"}},
      {"Renew on what was agreed",
       {{"perennial reviews create acme/pro-2024 --contacts=jane",
         "perennial feedback acknowledge acme/dark-mode",
         "perennial opportunities update acme --no-expansion-reason='they have it all'"},
        "renewed: Acme Corp, renewal 2025-04-01, USD 13,000.00 a year for 12 months"}},
      {"Close a renewal as churned", {{}, "churned: Globex, renewal 2025-03-01"}},
      {"See who is neglected", {{"perennial clock move --days=100"}, "accounts/globex"}},
      {"Hand over what somebody owns", {{}, "accounts/acme"}}};
  return *scenes;
}

class JobsTest : public SeededServerTest {};
INSTANTIATE_TEST_SUITE_P(Engines, JobsTest, EveryEngine(), EngineName);

TEST_P(JobsTest, TakeAsFewCommandsAndKeystrokesAsTheTableSays) {
  const std::vector<Job> jobs = ReadJobs();
  ASSERT_THAT(jobs, SizeIs(Ge(10u)));
  for (const Job& job : jobs) {
    SCOPED_TRACE(job.title);
    EXPECT_FALSE(job.commands.empty());
    EXPECT_THAT(static_cast<int>(job.commands.size()), Le(job.most_commands));
    int keystrokes = 0;
    for (const std::string& command : job.commands) {
      keystrokes += CountCharacters(command).value_or(0);
    }
    EXPECT_THAT(keystrokes, Le(job.most_keystrokes));
    const auto scene = Scenes().find(job.title);
    ASSERT_NE(scene, Scenes().end()) << "say what is seen of it, above";
    for (const std::string& line : scene->second.before) ASSERT_EQ(Shell(line), 0) << output_;
    for (const std::string& command : job.commands) {
      EXPECT_EQ(Shell(command), 0) << command << '\n' << output_;
    }
    EXPECT_THAT(output_, HasSubstr(scene->second.seen));
  }
}

}  // namespace
}  // namespace perennial
