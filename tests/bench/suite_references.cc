// What it costs to find out that nothing names a resource, or what does, among many rows.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "lib/base/date.h"
#include "lib/base/status.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "tests/bench/suite.h"

namespace perennial::bench {
namespace {

constexpr int kRemovedPerRound = 20;
constexpr int kRowsPerStatement = 500;
constexpr int kRowsPerCommit = 20000;

// The aims: milliseconds, and how much longer it may take among the most rows than among the
// fewest.
constexpr double kRemovalMillis = 10;
constexpr double kRemovalGrowth = 3;

constexpr char kAccount[] = "accounts/removals";

// What one account may have at most, as far as anybody has seen: its standing is made anew of all
// this with each change that it depends on.
constexpr char kLargeAccount[] = "accounts/large";
constexpr int kLargeContacts = 2000;
constexpr int kLargeTouches = 20000;
constexpr int kLargeDays = 300;
constexpr int kChangedPerRound = 4;

// Tables whose rows name others, and how the names of their rows go on behind the account.
struct Filled {
  const char* table;
  const char* path;
};
constexpr Filled kFilled[] = {
    {"adoption_reviews", "subscriptions/s/adoptionReviews/r"},
    {"arr_movements", "arrMovements/m"},
    {"feedback", "feedback/f"},
    {"offers", "opportunities/o/offers/x"},
    {"proposals", "opportunities/o/proposals/p"},
    {"touches", "touches/t"},
};

absl::Status Insert(const Filled& filled, int begin, int end, sql::Connection& connection) {
  for (int first = begin; first < end; first += kRowsPerStatement) {
    const int last = std::min(end, first + kRowsPerStatement);
    std::string sql = absl::StrCat("INSERT INTO ", filled.table, " (name, account) VALUES ");
    std::vector<std::string> texts;
    for (int i = first; i < last; ++i) {
      absl::StrAppend(&sql, i == first ? "" : ", ", "(?, ?)");
      std::string account = absl::StrFormat("accounts/filler-%07d", i);
      texts.push_back(absl::StrCat(account, "/", filled.path));
      texts.push_back(std::move(account));
    }
    RETURN_IF_ERROR(
        connection.Execute(sql, std::vector<sql::Bind>(texts.begin(), texts.end())).status());
  }
  return absl::OkStatus();
}

// So many rows in each of the tables, of as many accounts: nobody reads more of them than that.
absl::Status Fill(const Site& site) {
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(site.database()));
  for (const Filled& filled : kFilled) {
    for (int begin = 0; begin < site.size(); begin += kRowsPerCommit) {
      const int end = std::min(site.size(), begin + kRowsPerCommit);
      RETURN_IF_ERROR(database->Write(
          absl::Now() + absl::Minutes(5),
          [&](sql::Connection& connection) { return Insert(filled, begin, end, connection); }));
    }
  }
  return absl::OkStatus();
}

std::string LargeContact(int i) { return absl::StrCat(kLargeAccount, "/contacts/c", i); }

v1::Resource MakeLargeContact(int i) {
  v1::Resource resource;
  v1::Contact& contact = *resource.mutable_contact();
  contact.set_name(LargeContact(i));
  contact.set_display_name(absl::StrCat("Person ", i));
  contact.add_roles(v1::Contact::BUSINESS_USER);
  return resource;
}

v1::Resource MakeLargeTouch(int i) {
  v1::Resource resource;
  v1::Touch& touch = *resource.mutable_touch();
  touch.set_name(absl::StrCat(kLargeAccount, "/touches/t", i));
  touch.set_channel(v1::EMAIL);
  touch.set_direction(v1::Touch::OUTBOUND);
  touch.add_contacts(LargeContact(i % kLargeContacts));
  touch.set_disposition(v1::Touch::CONNECTED);
  touch.set_intent(v1::Touch::GIVE);
  *touch.mutable_touch_time() = ToTimestamp(absl::Now() - absl::Hours(24 * (1 + i % kLargeDays)));
  touch.set_summary("Talked about what is new for their industry");
  return resource;
}

absl::Status ImportLargeAccount(Site& site) {
  return Import({{1,
                  [](int) {
                    v1::Resource resource;
                    resource.mutable_account()->set_name(kLargeAccount);
                    resource.mutable_account()->set_display_name("A large account");
                    return resource;
                  }},
                 {kLargeContacts, MakeLargeContact},
                 {kLargeTouches, MakeLargeTouch}},
                site.address())
      .status();
}

std::string NewId() {
  static std::atomic<int> last{0};
  return absl::StrCat("r", ++last);
}

template <class Request>
absl::Status Call(Site& site, const char* method, const Request& request) {
  return site.client().Call(method, request.SerializeAsString()).status();
}

absl::StatusOr<std::string> NewContact(Site& site, const char* account = kAccount) {
  v1::CreateContactRequest request;
  request.set_parent(account);
  request.set_contact_id(NewId());
  request.mutable_contact()->set_display_name("Somebody");
  RETURN_IF_ERROR(Call(site, "/perennial.v1.AccountService/CreateContact", request));
  return absl::StrCat(account, "/contacts/", request.contact_id());
}

absl::StatusOr<std::string> NewAccount(Site& site, const std::string& id) {
  v1::CreateAccountRequest request;
  request.set_account_id(id);
  request.mutable_account()->set_display_name("An account");
  RETURN_IF_ERROR(Call(site, "/perennial.v1.AccountService/CreateAccount", request));
  return absl::StrCat("accounts/", id);
}

absl::StatusOr<std::string> NewProduct(Site& site) {
  v1::CreateProductRequest request;
  request.set_product_id(NewId());
  request.mutable_product()->set_display_name("A product");
  RETURN_IF_ERROR(Call(site, "/perennial.v1.CatalogService/CreateProduct", request));
  return absl::StrCat("products/", request.product_id());
}

absl::StatusOr<std::string> NewPlaybook(Site& site) {
  v1::CreatePlaybookRequest request;
  request.set_playbook_id(NewId());
  request.mutable_playbook()->set_display_name("A playbook");
  RETURN_IF_ERROR(Call(site, "/perennial.v1.PipelineService/CreatePlaybook", request));
  return absl::StrCat("playbooks/", request.playbook_id());
}

template <class Request>
absl::StatusOr<std::string> RequestToDelete(const absl::StatusOr<std::string>& name) {
  RETURN_IF_ERROR(name.status());
  Request request;
  request.set_name(*name);
  return request.SerializeAsString();
}

absl::StatusOr<std::string> RequestToMerge(Site& site, const char* account = kAccount) {
  v1::MergeContactsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), NewContact(site, account));
  ASSIGN_OR_RETURN(*request.add_duplicates(), NewContact(site, account));
  return request.SerializeAsString();
}

// Something that standings go by.
absl::StatusOr<std::string> RequestToUpdate(Site& site) {
  v1::UpdateContactRequest request;
  ASSIGN_OR_RETURN(*request.mutable_contact()->mutable_name(), NewContact(site, kLargeAccount));
  request.mutable_contact()->add_roles(v1::Contact::CHAMPION);
  request.mutable_update_mask()->add_paths("roles");
  return request.SerializeAsString();
}

struct Removal {
  const char* operation;
  const char* method;
  // Makes something and answers the request that takes it away.
  absl::StatusOr<std::string> (*prepare)(Site& site);
  // In an account with so much in it that this counts, and no size of the tables.
  bool in_large_account = false;
};

constexpr Removal kRemovals[] = {
    {"DeleteContact", "/perennial.v1.AccountService/DeleteContact",
     [](Site& site) { return RequestToDelete<v1::DeleteContactRequest>(NewContact(site)); }},
    {"MergeContacts", "/perennial.v1.AccountService/MergeContacts",
     [](Site& site) { return RequestToMerge(site); }},
    {"DeleteAccount", "/perennial.v1.AccountService/DeleteAccount",
     [](Site& site) {
       return RequestToDelete<v1::DeleteAccountRequest>(NewAccount(site, NewId()));
     }},
    {"DeleteProduct", "/perennial.v1.CatalogService/DeleteProduct",
     [](Site& site) { return RequestToDelete<v1::DeleteProductRequest>(NewProduct(site)); }},
    {"DeletePlaybook", "/perennial.v1.PipelineService/DeletePlaybook",
     [](Site& site) { return RequestToDelete<v1::DeletePlaybookRequest>(NewPlaybook(site)); }},
    {"DeleteContact, large account", "/perennial.v1.AccountService/DeleteContact",
     [](Site& site) {
       return RequestToDelete<v1::DeleteContactRequest>(NewContact(site, kLargeAccount));
     },
     true},
    {"MergeContacts, large account", "/perennial.v1.AccountService/MergeContacts",
     [](Site& site) { return RequestToMerge(site, kLargeAccount); }, true},
    {"UpdateContact, large account", "/perennial.v1.AccountService/UpdateContact", RequestToUpdate,
     true},
};

absl::StatusOr<Measurement> Remove(const Removal& removal, Site& site) {
  Measurement measurement;
  const int calls = removal.in_large_account ? kChangedPerRound : kRemovedPerRound;
  for (; measurement.calls < calls; ++measurement.calls) {
    ASSIGN_OR_RETURN(const std::string request, removal.prepare(site));
    const absl::Time start = absl::Now();
    RETURN_IF_ERROR(site.client().Call(removal.method, request).status());
    measurement.latencies.push_back(absl::Now() - start);
    measurement.time += measurement.latencies.back();
  }
  return measurement;
}

}  // namespace

absl::Status Suite::MeasureReferences() {
  std::vector<std::unique_ptr<Site>> sites;
  for (const int size : options_.rows) {
    sites.push_back(
        std::make_unique<Site>(engine_, size, options_.channels, options_.server, options_.folder));
    Site& site = *sites.back();
    Say(absl::StrCat(site.engine_name(), ", ", size,
                     " rows each that may name something: filling"));
    // It makes the tables, and on SQLite has them for itself.
    RETURN_IF_ERROR(site.StartServer());
    site.StopServer();
    RETURN_IF_ERROR(Fill(site));
    RETURN_IF_ERROR(site.StartServer());
    RETURN_IF_ERROR(NewAccount(site, "removals").status());
    RETURN_IF_ERROR(ImportLargeAccount(site));
  }
  // The first removals would wait for the disk to take what filling left to it.
  ::sync();
  for (const Removal& removal : kRemovals) {
    Say(removal.operation);
    std::vector<Contestant> contestants;
    for (const auto& site : sites) {
      if (removal.in_large_account && site != sites.front()) continue;
      contestants.push_back({removal.operation, site.get(),
                             [&, site = site.get()] { return Remove(removal, *site); },
                             [site = site.get()] { return site->ProcessorTime(); }});
    }
    RETURN_IF_ERROR(TakeTurns(contestants));
    AddRemovalLines(contestants,
                    removal.in_large_account ? std::nullopt : std::make_optional(kRemovalMillis));
  }
  return absl::OkStatus();
}

void Suite::AddRemovalLines(const std::vector<Contestant>& contestants,
                            std::optional<double> at_most) {
  const Contestant& smallest = contestants.front();
  for (const Contestant& contestant : contestants) {
    Line& line = AddLine(contestant);
    line.compared_with = "p50, ms";
    line.value = absl::ToDoubleMilliseconds(line.p50);
    line.at_most = at_most;
    if (&contestant == &smallest) continue;
    Line& growth = AddLine(absl::StrCat(contestant.name, ", growth"), contestant.site);
    growth.compared_with = absl::StrFormat("%d rows", smallest.site->size());
    growth.value = smallest.rounds.RatioTo(contestant.rounds);
    growth.at_most = kRemovalGrowth;
  }
}

}  // namespace perennial::bench
