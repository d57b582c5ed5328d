// Over random files, edits of people and orders of both: nothing that a person typed is lost, and
// what changes in the files arrives or is reported.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/import_fixture.h"

namespace perennial {
namespace {

using v1::ImportRequest;
using v1::ImportResponse;
using v1::Subscription;

constexpr int kAccounts = 4;
constexpr int kRounds = 40;
constexpr uint32_t kSeeds[] = {1, 2, 3};

// The same numbers in every run.
class Random {
 public:
  explicit Random(uint32_t seed) : generator_(seed) {}
  int Below(int bound) { return static_cast<int>(generator_() % static_cast<uint32_t>(bound)); }
  bool OneIn(int n) { return Below(n) == 0; }
  // Few, so that different people say the same.
  std::string Text() { return std::string(1, static_cast<char>('a' + Below(4))); }

 private:
  std::mt19937 generator_;
};

// What fields hold, as texts: "owner", "labels.plan", "arr". Empty ones are absent.
using Fields = std::map<std::string, std::string>;

std::string ValueIn(const Fields& fields, const std::string& path) {
  const auto found = fields.find(path);
  return found == fields.end() ? "" : found->second;
}

class ImportPropertyTest : public ImportFixture {
 protected:
  static std::string AccountName(int i) { return absl::StrCat("accounts/a", i); }
  static std::string SubscriptionName(int i) {
    return absl::StrCat(AccountName(i), "/subscriptions/s");
  }
  static std::vector<std::string> AccountPaths() { return {"owner", "segment", "labels.plan"}; }

  static v1::Account ToAccount(const std::string& name, const Fields& fields) {
    v1::Account account;
    account.set_name(name);
    account.set_owner(ValueIn(fields, "owner"));
    account.set_segment(ValueIn(fields, "segment"));
    const std::string plan = ValueIn(fields, "labels.plan");
    if (!plan.empty()) (*account.mutable_labels())["plan"] = plan;
    return account;
  }

  static Fields FieldsOfAccount(const v1::Account& account) {
    Fields fields{{"owner", account.owner()}, {"segment", account.segment()}};
    const auto plan = account.labels().find("plan");
    fields["labels.plan"] = plan == account.labels().end() ? "" : plan->second;
    return fields;
  }

  // All resources that the files speak of, as they are here.
  std::map<std::string, Fields> Here() {
    std::map<std::string, Fields> here;
    for (const v1::Account& account : All<v1::Account>()) {
      here[account.name()] = FieldsOfAccount(account);
    }
    for (const Subscription& subscription : All<Subscription>()) {
      here[subscription.name()] = {{"arr", absl::StrCat(subscription.arr().micros())},
                                   {"seats", absl::StrCat(subscription.seats())}};
    }
    return here;
  }

  static v1::ImportRow RowOf(const std::string& name, const Fields& fields) {
    v1::ImportRow row;
    if (name.find("subscriptions") == std::string::npos) {
      *row.mutable_resource()->mutable_account() = ToAccount(name, fields);
      row.mutable_resource()->mutable_account()->set_display_name("A");
      return row;
    }
    Subscription& subscription = *row.mutable_resource()->mutable_subscription();
    subscription.set_name(name);
    subscription.set_product("products/p");
    subscription.set_term_months(12);
    *subscription.mutable_start_date() = ToDate(absl::CivilDay(2024, 6, 1));
    *subscription.mutable_arr() = MakeMoney("USD", std::stoll(fields.at("arr")));
    subscription.set_seats(std::stoi(fields.at("seats")));
    return row;
  }

  void EditAccount(int i, Random& random) {
    const std::vector<std::string> paths = AccountPaths();
    const std::string path = paths[static_cast<size_t>(random.Below(3))];
    Fields fields{{path, random.OneIn(4) ? "" : random.Text()}};
    v1::UpdateAccountRequest request;
    *request.mutable_account() = ToAccount(AccountName(i), fields);
    request.mutable_update_mask()->add_paths(path);
    ASSERT_TRUE(RunBytes("AccountService.UpdateAccount", request.SerializeAsString()).ok());
  }

  void Amend(int i, Random& random) {
    v1::AmendSubscriptionRequest request;
    request.set_name(SubscriptionName(i));
    request.set_reason("Signed");
    *request.mutable_arr() = MakeMoney("USD", 1'000'000 * (1 + random.Below(4)));
    const auto answer =
        RunBytes("SubscriptionService.AmendSubscription", request.SerializeAsString());
    ASSERT_TRUE(answer.ok()) << answer.status();
  }

  void EditFile(Random& random) {
    const int i = random.Below(kAccounts);
    if (random.OneIn(2)) {
      const std::vector<std::string> paths = AccountPaths();
      file_[AccountName(i)][paths[static_cast<size_t>(random.Below(3))]] =
          random.OneIn(4) ? "" : random.Text();
    } else {
      file_[SubscriptionName(i)]["arr"] = absl::StrCat(1'000'000 * (1 + random.Below(4)));
    }
  }

  // Imports the rows in random chunks, and checks what came of each field.
  void ImportFile(Random& random) {
    const auto before = Here();
    ImportRequest request;
    request.set_on_conflict(random.OneIn(4) ? ImportRequest::TAKE : ImportRequest::KEEP);
    request.set_validate_only(random.OneIn(4));
    std::set<std::pair<std::string, std::string>> reported;
    const auto send = [&] {
      const ImportResponse response = Run(request);
      ASSERT_EQ(response.counts().rejected(), 0) << response.ShortDebugString();
      for (const auto& conflict : response.conflicts()) {
        reported.emplace(conflict.resource_name(), conflict.field());
      }
      request.clear_rows();
    };
    for (const auto& [name, fields] : file_) {
      *request.add_rows() = RowOf(name, fields);
      if (random.OneIn(3) && !request.validate_only()) send();
    }
    if (request.rows_size() > 0) send();
    const auto after = Here();
    if (request.validate_only()) {
      EXPECT_EQ(after, before);
      return;
    }
    for (const auto& [name, fields] : file_) {
      for (const auto& [path, now] : fields) {
        if (now.empty()) continue;  // says nothing
        Check(name, path, now, before, after.at(name), request.on_conflict() == ImportRequest::TAKE,
              reported.count({name, path}) > 0);
      }
    }
  }

  void Check(const std::string& name, const std::string& path, const std::string& now,
             const std::map<std::string, Fields>& before, const Fields& after, bool take,
             bool reported) {
    SCOPED_TRACE(absl::StrCat(name, " ", path, " in the file: ", now));
    const std::string there = ValueIn(after, path);
    std::string& said = said_[name][path];
    const bool is_new = before.count(name) == 0;
    const std::string here = is_new ? said : ValueIn(before.at(name), path);
    if (now == said && !is_new) {
      EXPECT_EQ(there, here) << "an unchanged row changes nothing";
    } else if (!take && here != said && here != now) {
      EXPECT_EQ(there, here) << "what a person typed stays";
      EXPECT_TRUE(reported);
    } else {
      EXPECT_EQ(there, now) << "the change arrives";
      EXPECT_EQ(reported, here != said && here != now);
    }
    if (there == now) said = now;
  }

  // The ledger has every cent, and nothing that was signed is taken back.
  void CheckLedger() {
    std::map<std::string, int64_t> sums;
    for (const auto& movement : All<v1::ArrMovement>()) {
      sums[movement.subscription()] += movement.delta().micros();
    }
    for (const Subscription& subscription : All<Subscription>()) {
      EXPECT_EQ(sums[subscription.name()], subscription.arr().micros());
      int& amendments = amendments_[subscription.name()];
      EXPECT_GE(subscription.amendments_size(), amendments);
      amendments = subscription.amendments_size();
    }
  }

  std::map<std::string, Fields> file_;
  // What the file said last of each field, as far as it arrived.
  std::map<std::string, Fields> said_;
  std::map<std::string, int> amendments_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ImportPropertyTest, EveryEngine(), EngineName);

TEST_P(ImportPropertyTest, NothingTypedIsLostAndEveryChangeArrivesOrIsReported) {
  Import({kProduct});
  for (const uint32_t seed : kSeeds) {
    SCOPED_TRACE(seed);
    Random random(seed);
    for (int i = 0; i < kAccounts; ++i) {
      file_[AccountName(i)] = {{"owner", random.Text()}};
      file_[SubscriptionName(i)] = {{"arr", "1000000"}, {"seats", "3"}};
    }
    ImportFile(random);
    for (int round = 0; round < kRounds && !HasFailure(); ++round) {
      const int i = random.Below(kAccounts);
      if (Here().count(SubscriptionName(i)) == 0) {
        ImportFile(random);
      } else if (random.OneIn(3)) {
        EditAccount(i, random);
      } else if (random.OneIn(3)) {
        Amend(i, random);
      } else if (random.OneIn(2)) {
        EditFile(random);
      } else {
        ImportFile(random);
        CheckLedger();
      }
    }
  }
}

}  // namespace
}  // namespace perennial
