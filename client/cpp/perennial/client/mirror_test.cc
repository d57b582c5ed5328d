#include "perennial/client/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::Change* AddChange(v1::Change::Operation operation, const char* type, const char* name,
                      v1::WatchResponse& response) {
  v1::Change* change = response.add_changes();
  change->set_operation(operation);
  change->set_resource_type(type);
  change->set_resource_name(name);
  return change;
}

TEST(MirrorTest, TheLastChangeOfANameCounts) {
  v1::WatchResponse response;
  AddChange(v1::Change::CREATED, "Task", "t1", response);
  AddChange(v1::Change::DELETED, "Task", "t1", response);
  AddChange(v1::Change::DELETED, "Task", "t2", response);
  AddChange(v1::Change::CREATED, "Task", "t2", response);
  AddChange(v1::Change::UPDATED, "Account", "accounts/a", response);
  const MirrorNews news = NewsIn(response, "Task");
  EXPECT_THAT(news.gone, ElementsAre("t1"));
  EXPECT_THAT(news.names, ElementsAre("t2"));
  EXPECT_THAT(news.accounts, ElementsAre("accounts/a"));
}

TEST(MirrorTest, FiltersAreNarrowedInPiecesThatTheServerTakes) {
  EXPECT_THAT(NarrowedFilters("a = 1", {}), IsEmpty());
  EXPECT_THAT(NarrowedFilters("", {"n"}), ElementsAre("(name = \"n\")"));
  EXPECT_THAT(NarrowedFilters("a = 1 OR b = 2", {"n", "o"}),
              ElementsAre("(a = 1 OR b = 2) AND (name = \"n\" OR name = \"o\")"));
  std::set<std::string> names;
  for (int i = 0; i < 120; ++i) names.insert(absl::StrCat("accounts/a/tasks/", i));
  EXPECT_EQ(NarrowedFilters("", names).size(), 3u);
  for (const std::string& filter : NarrowedFilters(std::string(3000, 'x'), names)) {
    EXPECT_LE(filter.size(), 4000u);
  }
}

TEST(MirrorTest, WatchesAccountsWhereItsItemsHaveTheirSummary) {
  v1::ListOpportunitiesRequest request;
  request.set_parent("accounts/-");
  v1::WatchRequest watch = WatchOf(request, *v1::Opportunity::descriptor(), "token");
  EXPECT_THAT(watch.resource_types(), ElementsAre("Opportunity", "Account"));
  EXPECT_THAT(watch.accounts(), IsEmpty());
  request.set_parent("accounts/a");
  EXPECT_THAT(WatchOf(request, *v1::Opportunity::descriptor(), "").accounts(),
              ElementsAre("accounts/a"));
  EXPECT_THAT(WatchOf(v1::ListPlaybooksRequest(), *v1::Playbook::descriptor(), "").resource_types(),
              ElementsAre("Playbook"));
}

}  // namespace
}  // namespace perennial::client
