// What sales operations do from the command line, over the sample book of business on a whole
// server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/run.h"
#include "lib/base/ids.h"
#include "perennial/client/account_client.h"
#include "perennial/client/engagement_client.h"
#include "perennial/client/pipeline_client.h"
#include "tests/import/imported_server.h"

namespace perennial {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using v1::Account;
using v1::Opportunity;
using v1::Task;

class SalesOperationsTest : public ImportedServerTest {
 protected:
  // The book is brought in once for each engine: the tests take it as others have left it.
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    std::unique_ptr<TestServer>& server = servers_[GetParam()];
    const bool is_new = server == nullptr;
    if (is_new) server = std::make_unique<TestServer>(GetParam());
    connection_ = client::Connect(server->address());
    if (!is_new) return;
    ASSERT_EQ(Run({"import", SourcePath("data/sample"),
                   "--mapping=" + SourcePath("data/sample/mapping.textproto")}),
              cli::kOk)
        << err_.str();
    ASSERT_EQ(Run({"opportunities", "open-due", "--all"}), cli::kOk) << err_.str();
  }
  static void TearDownTestSuite() { servers_.clear(); }

  cli::ExitCode Run(const std::vector<std::string>& args) {
    out_.str("");
    err_.str("");
    cli::CliContext context([this](const std::string&) { return connection_; }, out_, err_, 120);
    context.actor = "ops";
    return cli::Run(args, context);
  }

  std::vector<Opportunity> OpenRenewals() {
    std::vector<Opportunity> open =
        All(client::PipelineClient(connection_).ListOpportunities, "accounts/-");
    open.erase(std::remove_if(open.begin(), open.end(),
                              [](const Opportunity& renewal) {
                                return renewal.outcome() != Opportunity::OPEN;
                              }),
               open.end());
    return open;
  }

  Opportunity Get(const std::string& name) {
    v1::GetOpportunityRequest request;
    request.set_name(name);
    const auto renewal = client::PipelineClient(connection_).GetOpportunity(request);
    EXPECT_TRUE(renewal.ok()) << renewal.status();
    return renewal.ok() ? *renewal : Opportunity();
  }

  static std::string File(const std::string& content) {
    const std::string path = absl::StrCat(testing::TempDir(), "sales_", NewRequestId(), ".csv");
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  static std::map<sql::Engine, std::unique_ptr<TestServer>> servers_;
  std::ostringstream out_;
  std::ostringstream err_;
};
std::map<sql::Engine, std::unique_ptr<TestServer>> SalesOperationsTest::servers_;
INSTANTIATE_TEST_SUITE_P(Engines, SalesOperationsTest, EveryEngine(), EngineName);

TEST_P(SalesOperationsTest, ChangesAllThatMatch) {
  const size_t open = OpenRenewals().size();
  ASSERT_GT(open, 50u) << "more than one call finds by their names";
  ASSERT_EQ(Run({"opportunities", "update", "--filter=outcome = OPEN", "--next-step=Call them",
                 "--dry-run"}),
            cli::kOk)
      << err_.str();
  EXPECT_EQ(err_.str(), absl::StrCat(open, " would change, 0 would fail\n"));
  for (const absl::string_view line : absl::StrSplit(out_.str(), '\n', absl::SkipEmpty())) {
    EXPECT_LE(line.size(), 124u)
        << line;  // an arrow and an ellipsis are two bytes wider than they look
  }
  for (const Opportunity& renewal : OpenRenewals()) EXPECT_NE(renewal.next_step(), "Call them");

  std::vector<std::string> lines = {"name,next_step,labels.plan"};
  for (const Opportunity& renewal : OpenRenewals()) {
    lines.push_back(absl::StrCat(renewal.name(), ",Call ", lines.size(), ",spring"));
  }
  ASSERT_EQ(Run({"opportunities", "update", "--from-file=" + File(absl::StrJoin(lines, "\n")),
                 "--reason=Spring plan"}),
            cli::kOk)
      << err_.str();
  EXPECT_EQ(err_.str(), absl::StrCat(open, " changed, 0 failed\n"));
  int call = 0;
  for (const Opportunity& renewal : OpenRenewals()) {
    EXPECT_EQ(renewal.next_step(), absl::StrCat("Call ", ++call));
    EXPECT_EQ(renewal.labels().at("plan"), "spring");
  }
  ASSERT_EQ(Run({"changes", "--filter=reason = \"Spring plan\"", "--limit=0", "--format=csv"}),
            cli::kOk)
      << err_.str();
  const std::string changes = out_.str();
  EXPECT_EQ(std::count(changes.begin(), changes.end(), '\n'), static_cast<ptrdiff_t>(open + 1));
}

TEST_P(SalesOperationsTest, MovesThoseThatMayAndTellsWhatOthersNeed) {
  EXPECT_EQ(Run({"opportunities", "advance", "--filter=stage = OUTREACH", "--format=csv"}),
            cli::kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("GATE_UNMET"));
  EXPECT_THAT(out_.str(), HasSubstr("DECISION_ROLE_REACHED: "));
  // Others are not tried, nor those that are closed.
  EXPECT_THAT(out_.str(), Not(HasSubstr("WRONG_STATE")));
  const std::string name = OpenRenewals().front().name();
  ASSERT_EQ(Run({"opportunities", "close", name, OpenRenewals().back().name(), "--outcome=CHURNED",
                 "--churn-reason=PRICE"}),
            cli::kOk)
      << out_.str() << err_.str();
  EXPECT_EQ(Get(name).outcome(), Opportunity::CHURNED);
  EXPECT_THAT(out_.str(), ContainsRegex("outcome: OPEN → CHURNED"));
  ASSERT_EQ(Run({"opportunities", "reopen", "--from-file=" + File(name + "\n"), "--reason=oops"}),
            cli::kOk)
      << out_.str() << err_.str();
  EXPECT_EQ(Get(name).outcome(), Opportunity::OPEN);
}

TEST_P(SalesOperationsTest, TagsAndReassigns) {
  ASSERT_EQ(Run({"accounts", "tag", "--filter=owner:*", "wave=one"}), cli::kOk) << err_.str();
  const client::AccountClient accounts(connection_);
  v1::ListAccountsRequest list;
  list.set_filter("labels.wave = \"one\"");
  list.set_page_size(3);
  const auto some = accounts.ListAccounts.Page(list);
  ASSERT_TRUE(some.ok()) << some.status();
  ASSERT_EQ(some->accounts_size(), 3);
  std::vector<std::string> lines = {"name;owner"};
  for (const Account& account : some->accounts()) {
    lines.push_back(absl::StrCat(account.name(), ";ada@lumen.example"));
  }
  ASSERT_EQ(Run({"accounts", "reassign", "--from-file=" + File(absl::StrJoin(lines, "\r\n"))}),
            cli::kOk)
      << out_.str() << err_.str();
  for (const Account& account : some->accounts()) {
    for (const Opportunity& renewal :
         All(client::PipelineClient(connection_).ListOpportunities, account.name())) {
      if (renewal.outcome() != Opportunity::OPEN) continue;
      EXPECT_NE(renewal.owner(), account.owner()) << renewal.name();
    }
    for (const Task& task : All(client::EngagementClient(connection_).ListTasks, account.name())) {
      if (task.state() != Task::OPEN) continue;
      EXPECT_NE(task.assignee(), account.owner()) << task.name();
    }
  }
}

TEST_P(SalesOperationsTest, HandsOverWhatItShowed) {
  const std::string from = OpenRenewals().front().owner();
  ASSERT_NE(from, "");
  ASSERT_EQ(Run({"handover", from, "bea@lumen.example", "--dry-run"}), cli::kOk) << err_.str();
  const std::string preview = absl::StrReplaceAll(out_.str(), {{"would go", "went"}});
  EXPECT_THAT(preview, ContainsRegex("renewal  accounts/"));
  ASSERT_EQ(Run({"handover", from, "bea@lumen.example"}), cli::kOk) << err_.str();
  EXPECT_EQ(out_.str(), preview);
  for (const Opportunity& renewal : OpenRenewals()) EXPECT_NE(renewal.owner(), from);
}

TEST_P(SalesOperationsTest, PreviewsAPlaybook) {
  const std::string criteria =
      "--criteria=[{\"type\": \"EXPANSION_DECIDED\", \"stage\": \"OUTREACH\"}]";
  ASSERT_EQ(Run({"playbooks", "preview", "default", criteria}), cli::kOk) << err_.str();
  EXPECT_THAT(out_.str(), ContainsRegex("also EXPANSION_DECIDED|shut by EXPANSION_DECIDED"));
  EXPECT_THAT(out_.str(), ContainsRegex("[0-9]+ of [0-9]+ open renewals that follow it are hit"));
  const std::string preview = out_.str();
  ASSERT_EQ(Run({"playbooks", "update", "default", criteria, "--dry-run"}), cli::kOk) << err_.str();
  EXPECT_EQ(out_.str(), preview);
}

TEST_P(SalesOperationsTest, GoesToASpreadsheetAndBack) {
  ASSERT_EQ(Run({"export", "opportunities", "--filter=outcome = OPEN"}), cli::kOk) << err_.str();
  const std::string sheet = out_.str();
  ASSERT_EQ(Run({"edit", File(sheet)}), cli::kOk) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr("0 changed, 0 failed\nnothing was changed in "));

  ASSERT_EQ(Run({"export", "opportunities", "--filter=outcome = OPEN", "--delimiter=;",
                 "--columns=stage,next_step,next_step_date,forecast_arr,probability_percent"}),
            cli::kOk)
      << err_.str();
  std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  std::vector<std::string> cells = absl::StrSplit(lines[1], ';');
  const std::string name = cells[0];
  cells[3] = "Call them";
  cells[4] = "31.03.2025";
  cells[5] = "1.234.567,80";
  cells[7] = "42,0";
  lines[1] = absl::StrJoin(cells, ";");
  const std::string file = File(absl::StrCat("\xef\xbb\xbf", absl::StrJoin(lines, "\r\n"), "\r\n"));
  ASSERT_EQ(Run({"edit", file, "--dry-run"}), cli::kOk) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr("1 would change, 0 would fail\n"));
  EXPECT_NE(Get(name).next_step(), "Call them");
  ASSERT_EQ(Run({"edit", file, "--reason=Forecast"}), cli::kOk) << err_.str();
  const Opportunity edited = Get(name);
  EXPECT_EQ(edited.next_step(), "Call them");
  EXPECT_EQ(edited.next_step_date().month(), 3);
  EXPECT_EQ(edited.forecast_arr().micros(), 1'234'567'800'000);
  EXPECT_EQ(edited.probability_percent(), 42);

  // Somebody else goes on; a second sheet from the same export meets that.
  ASSERT_EQ(Run({"opportunities", "update", name, "--next-step=They called"}), cli::kOk);
  cells[3] = "Write to them";
  cells[7] = "43";
  lines[1] = absl::StrJoin(cells, ";");
  EXPECT_EQ(Run({"edit", File(absl::StrJoin(lines, "\n"))}), cli::kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("CONFLICT"));
  EXPECT_THAT(out_.str(), HasSubstr("They called"));
  EXPECT_EQ(Get(name).next_step(), "They called");
}

TEST_P(SalesOperationsTest, EditsWhatHasNoBatches) {
  ASSERT_EQ(Run({"export", "contacts", "--columns=display_name,title,roles"}), cli::kOk)
      << err_.str();
  std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_GT(lines.size(), 3u);
  std::vector<std::string> cells = absl::StrSplit(lines[1], ',');
  cells[3] = "Head of everything";
  ASSERT_EQ(Run({"edit", File(absl::StrCat(lines[0], "\n", absl::StrJoin(cells, ","), "\n",
                                           lines[2], "\n"))}),
            cli::kOk)
      << err_.str();
  v1::GetContactRequest request;
  request.set_name(cells[0]);
  EXPECT_EQ(client::AccountClient(connection_).GetContact(request)->title(), "Head of everything");
}

}  // namespace
}  // namespace perennial
