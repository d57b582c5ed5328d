#include "tests/bench/world.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/base/status.h"
#include "perennial/client/connection.h"
#include "perennial/client/import_client.h"

namespace perennial::bench {
namespace {

constexpr int kProducts = 20;
constexpr int kMaxWorkedAccounts = 10000;
constexpr int kRowsPerChunk = 1000;
constexpr int kStreams = 4;

std::string AccountName(int account) { return absl::StrFormat("accounts/customer-%06d", account); }
std::string ContactName(int account) { return AccountName(account) + "/contacts/buyer"; }
std::string ProductName(int product) { return absl::StrCat("products/product-", product); }
std::string SubscriptionName(int i) {
  return absl::StrCat(AccountName(i / 3), "/subscriptions/term-", i % 3);
}
std::string OpportunityName(int i) {
  return absl::StrCat(AccountName(i / 3), "/opportunities/renewal-", i % 3);
}
std::string Owner(int account) {
  return absl::StrCat("manager-", Pick(account, 1, 40), "@example.com");
}

v1::Opportunity::Stage StageOf(int i) {
  const int percent = Pick(i, 2, 100);
  if (percent < 60) return v1::Opportunity::OUTREACH;
  if (percent < 80) return v1::Opportunity::ADOPTION_REVIEW;
  return percent < 92 ? v1::Opportunity::UPSELL : v1::Opportunity::RENEWAL;
}

}  // namespace

int Pick(int i, int salt, int limit) {
  uint64_t x = static_cast<uint64_t>(i) * 0x9E3779B97F4A7C15 + static_cast<uint64_t>(salt);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return static_cast<int>((x ^ (x >> 31)) % static_cast<uint64_t>(limit));
}

int World::worked_accounts() const { return std::min(accounts(), kMaxWorkedAccounts); }

v1::Resource World::Product(int i) const {
  v1::Resource resource;
  v1::Product& product = *resource.mutable_product();
  product.set_name(ProductName(i));
  product.set_display_name(absl::StrCat("Product ", i));
  product.set_family(absl::StrCat("family-", i % 4));
  return resource;
}

v1::Resource World::Account(int i) const {
  static const char* const kSegments[] = {"enterprise", "mid-market", "small"};
  static const char* const kCountries[] = {"DE", "FR", "GB", "JP", "US"};
  v1::Resource resource;
  v1::Account& account = *resource.mutable_account();
  account.set_name(AccountName(i));
  account.set_display_name(absl::StrCat("Customer ", i));
  account.set_segment(kSegments[Pick(i, 3, 3)]);
  account.set_industry(absl::StrCat("industry-", Pick(i, 4, 12)));
  account.set_country(kCountries[Pick(i, 5, 5)]);
  account.set_owner(Owner(i));
  return resource;
}

v1::Resource World::Contact(int i) const {
  const int account = worked_account(i);
  v1::Resource resource;
  v1::Contact& contact = *resource.mutable_contact();
  contact.set_name(ContactName(account));
  contact.set_display_name(absl::StrCat("Buyer of customer ", account));
  contact.set_email(absl::StrCat("buyer@customer-", account, ".example.com"));
  contact.add_roles(v1::Contact::DECISION_MAKER);
  *contact.mutable_verify_time() = ToTimestamp(now_ - absl::Hours(24 * 20));
  return resource;
}

// Two for each: something was given, and later somebody was spoken to.
v1::Resource World::Touch(int i) const {
  const int account = worked_account(i / 2);
  const bool give = i % 2 == 0;
  v1::Resource resource;
  v1::Touch& touch = *resource.mutable_touch();
  touch.set_name(absl::StrCat(AccountName(account), "/touches/", give ? "gift" : "talk"));
  touch.set_channel(give ? v1::EMAIL : v1::PHONE);
  touch.set_direction(v1::Touch::OUTBOUND);
  touch.add_contacts(ContactName(account));
  touch.set_disposition(give ? v1::Touch::NO_REPLY : v1::Touch::CONNECTED);
  touch.set_intent(give ? v1::Touch::GIVE : v1::Touch::CHECK_IN);
  *touch.mutable_touch_time() = ToTimestamp(now_ - absl::Hours(24 * (give ? 10 : 5)));
  touch.set_summary("A guide to what is new for their industry");
  return resource;
}

v1::Resource World::Subscription(int i) const {
  v1::Resource resource;
  v1::Subscription& subscription = *resource.mutable_subscription();
  subscription.set_name(SubscriptionName(i));
  subscription.set_product(ProductName(Pick(i, 6, kProducts)));
  subscription.set_seats(5 + Pick(i, 7, 500));
  *subscription.mutable_arr() = MakeMoney("EUR", int64_t{1000000} * (1000 + Pick(i, 8, 99000)));
  const absl::CivilDay today = absl::ToCivilDay(now_, absl::UTCTimeZone());
  *subscription.mutable_start_date() = ToDate(AddMonths(today + 5 + Pick(i, 9, 110), -12));
  subscription.set_term_months(12);
  subscription.set_notice_days(30);
  return resource;
}

v1::Resource World::Opportunity(int i) const {
  v1::Resource resource;
  v1::Opportunity& opportunity = *resource.mutable_opportunity();
  opportunity.set_name(OpportunityName(i));
  opportunity.add_subscriptions(SubscriptionName(i));
  opportunity.set_stage(StageOf(i));
  opportunity.set_outcome(v1::Opportunity::OPEN);
  opportunity.set_owner(Owner(i / 3));
  opportunity.set_owner_risk_level(Pick(i, 10, 10) == 0 ? v1::Opportunity::HIGH
                                                        : v1::Opportunity::LOW);
  opportunity.set_next_step("Show the new reports to the head of operations");
  (*opportunity.mutable_labels())["region"] = absl::StrCat("region-", Pick(i, 11, 8));
  *opportunity.mutable_open_time() = ToTimestamp(now_ - absl::Hours(24 * 30));
  return resource;
}

std::vector<World::Rows> World::Import() const {
  return {
      {kProducts, [this](int i) { return Product(i); }},
      {accounts(), [this](int i) { return Account(i); }},
      {worked_accounts(), [this](int i) { return Contact(i); }},
      {2 * worked_accounts(), [this](int i) { return Touch(i); }},
      {opportunities_, [this](int i) { return Subscription(i); }},
      {opportunities_, [this](int i) { return Opportunity(i); }},
  };
}

std::vector<std::string> World::AccountNames() const {
  std::vector<std::string> names;
  for (int i = 0; i < accounts(); ++i) names.push_back(AccountName(i));
  return names;
}

std::vector<std::string> World::OpportunityNames(size_t limit) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < limit; ++i) {
    names.push_back(OpportunityName(Pick(static_cast<int>(i), 12, opportunities_)));
  }
  return names;
}

std::vector<std::string> World::EarnedOpportunityNames() const {
  std::vector<std::string> names;
  for (int account = 0; account < worked_accounts(); ++account) {
    const int first = 3 * worked_account(account);
    for (int i = first; i < std::min(first + 3, opportunities_); ++i) {
      if (StageOf(i) == v1::Opportunity::OUTREACH) names.push_back(OpportunityName(i));
    }
  }
  std::shuffle(names.begin(), names.end(), std::minstd_rand(1));
  return names;
}

namespace {

absl::Status ImportChunk(const World::Rows& rows, int first,
                         client::TypedStream<v1::ImportRequest, v1::ImportResponse>& stream) {
  v1::ImportRequest request;
  const int end = std::min(first + kRowsPerChunk, rows.count);
  for (int i = first; i < end; ++i) *request.add_rows()->mutable_resource() = rows.row(i);
  v1::ImportResponse response;
  if (!stream.Write(request) || !stream.Read(response)) {
    return absl::UnavailableError("the stream broke");
  }
  if (response.rejected_rows().empty()) return absl::OkStatus();
  const auto& rejected = response.rejected_rows(0);
  return absl::InternalError(absl::StrCat("the import of ", rejected.resource_name(),
                                          " was rejected: ", rejected.error().ShortDebugString()));
}

absl::Status ImportRows(const World::Rows& rows, const client::ImportClient& client) {
  std::atomic<int> next{0};
  absl::Mutex mutex;
  absl::Status result;
  const auto run = [&] {
    auto stream = client.Import();
    absl::Status status;
    for (int first; status.ok() && (first = next.fetch_add(kRowsPerChunk)) < rows.count;) {
      status = ImportChunk(rows, first, stream);
    }
    stream.WritesDone();
    // Says why the stream broke, where it did.
    const absl::Status end = stream.Finish();
    if (!end.ok()) status = end;
    absl::MutexLock lock(&mutex);
    result.Update(status);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kStreams; ++i) threads.emplace_back(run);
  for (std::thread& thread : threads) thread.join();
  return result;
}

}  // namespace

absl::StatusOr<int64_t> Import(const std::vector<World::Rows>& rows, const std::string& address) {
  const client::ImportClient client(client::Connect(address));
  int64_t count = 0;
  for (const World::Rows& type : rows) {
    RETURN_IF_ERROR(ImportRows(type, client));
    count += type.count;
  }
  return count;
}

}  // namespace perennial::bench
