#include "lib/storage/store.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/storage/read_changes.h"
#include "lib/storage/standard_reads.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "tests/support/store_fixture.h"

namespace perennial {
namespace {

using v1::Account;
using v1::Change;

Account MakeAccount(const std::string& id) {
  Account account;
  account.set_name("accounts/" + id);
  account.set_display_name(id);
  return account;
}

class StoreTest : public StoreFixture {
 protected:
  absl::Status Create(const Account& account) {
    return store_->Apply(call_, [&](WriteTx& tx) { return tx.Create(account).status(); });
  }

  absl::Status Rename(const std::string& name, const std::string& display_name) {
    return store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Account account, tx.Get<Account>(name));
      account.set_display_name(display_name);
      return tx.Update(account).status();
    });
  }

  absl::StatusOr<Account> Get(const std::string& name) {
    Account account;
    RETURN_IF_ERROR(store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(account, tx.Get<Account>(name));
      return absl::OkStatus();
    }));
    return account;
  }

  std::vector<Change> Changes() {
    EXPECT_TRUE(store_->NumberPendingChanges(absl::InfiniteFuture()).ok());
    v1::ListChangesRequest request;
    request.set_page_size(1000);
    std::vector<Change> changes;
    do {
      v1::ListChangesResponse response;
      const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(response, ListChanges(request, tx));
        return absl::OkStatus();
      });
      EXPECT_TRUE(status.ok()) << status;
      changes.insert(changes.end(), response.changes().begin(), response.changes().end());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return changes;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, EveryEngine(), EngineName);

TEST_P(StoreTest, ReadsWhatWasWritten) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  const absl::StatusOr<Account> account = Get("accounts/a");
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_EQ(account->display_name(), "a");
  EXPECT_FALSE(account->etag().empty());
  EXPECT_EQ(ToTime(account->create_time()), clock_.Now());
}

TEST_P(StoreTest, TellsWhatIsThereAndWhatIsNot) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  EXPECT_EQ(ReasonOf(Create(MakeAccount("a"))), v1::RESOURCE_ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(Get("accounts/b").status()), v1::RESOURCE_NOT_FOUND);
  Account division = MakeAccount("b");
  division.set_parent_account("accounts/nobody");
  EXPECT_EQ(ReasonOf(Create(division)), v1::RESOURCE_NOT_FOUND);
}

TEST_P(StoreTest, KeepsNothingOfAFailedWrite) {
  const absl::Status status = store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Create(MakeAccount("a")).status());
    return InvalidField("x", "no");
  });
  EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD);
  EXPECT_TRUE(absl::IsNotFound(Get("accounts/a").status()));
  EXPECT_TRUE(Changes().empty());
}

TEST_P(StoreTest, TakesBackWhatATryWroteAndGoesOn) {
  ASSERT_TRUE(store_
                  ->Apply(call_,
                          [&](WriteTx& tx) -> absl::Status {
                            RETURN_IF_ERROR(tx.Create(MakeAccount("a")).status());
                            EXPECT_FALSE(tx.Try([&]() -> absl::Status {
                                             RETURN_IF_ERROR(tx.Create(MakeAccount("b")).status());
                                             return InvalidField("x", "no");
                                           }).ok());
                            return tx.Create(MakeAccount("c")).status();
                          })
                  .ok());
  EXPECT_TRUE(Get("accounts/a").ok());
  EXPECT_TRUE(absl::IsNotFound(Get("accounts/b").status()));
  EXPECT_EQ(Changes().size(), 2u);
}

TEST_P(StoreTest, ValidatesWithoutWriting) {
  call_.validate_only = true;
  EXPECT_TRUE(Create(MakeAccount("a")).ok());
  call_.validate_only = false;
  EXPECT_TRUE(absl::IsNotFound(Get("accounts/a").status()));
  EXPECT_TRUE(Changes().empty());
}

TEST_P(StoreTest, AnswersARetryWithTheFirstAnswer) {
  call_.request_id = "r1";
  call_.fingerprint = 7;
  int runs = 0;
  const auto write = [&] {
    return store_->Write(call_, [&](WriteTx& tx) -> absl::StatusOr<std::string> {
      ++runs;
      RETURN_IF_ERROR(tx.Create(MakeAccount(absl::StrCat("a", runs))).status());
      return absl::StrCat("answer ", runs);
    });
  };
  EXPECT_EQ(*write(), "answer 1");
  EXPECT_EQ(*write(), "answer 1");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Changes().size(), 1u);

  call_.fingerprint = 8;
  EXPECT_EQ(ReasonOf(write().status()), v1::REQUEST_ID_REUSED);
  call_.actor = "somebody else";
  EXPECT_EQ(*write(), "answer 2");
}

TEST_P(StoreTest, AFailedRequestMayBeTriedAgain) {
  call_.request_id = "r1";
  bool fail = true;
  const auto write = [&] {
    return store_->Write(call_, [&](WriteTx&) -> absl::StatusOr<std::string> {
      if (fail) return InvalidField("x", "no");
      return "done";
    });
  };
  EXPECT_FALSE(write().ok());
  fail = false;
  EXPECT_EQ(*write(), "done");
}

TEST_P(StoreTest, ForgetsOldRequests) {
  call_.request_id = "r1";
  const auto write = [&](const std::string& answer) {
    return *store_->Write(call_, [&](WriteTx&) -> absl::StatusOr<std::string> { return answer; });
  };
  EXPECT_EQ(write("old"), "old");
  clock_.Raise(clock_.Now() + absl::Hours(1));
  ASSERT_TRUE(store_->ForgetRequestsBefore(clock_.Now(), absl::InfiniteFuture()).ok());
  EXPECT_EQ(write("new"), "new");
}

TEST_P(StoreTest, DoesNotWriteWhatDidNotChange) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  ASSERT_TRUE(Rename("accounts/a", "a").ok());
  EXPECT_EQ(Changes().size(), 1u);
}

TEST_P(StoreTest, ConcurrentWritesOfOneResourceLoseNothing) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  constexpr int kThreads = 8, kWrites = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kWrites; ++i) {
        const absl::Status status = store_->Apply(call_, [](WriteTx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/a"));
          account.set_note(account.note() + "x");
          return tx.Update(account).status();
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Get("accounts/a")->note().size(), size_t{kThreads * kWrites});
}

// Under MySQL's READ COMMITTED a second reading may differ from the first, on which the function
// has acted by then.
TEST_P(StoreTest, AWriteThatReadsTwoVersionsRunsAgain) {
  if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "SQLite has one writer at a time";
  // Not below an account, which the first reading would hold.
  v1::Product product;
  product.set_name("products/p");
  product.set_display_name("P");
  StoreFixture::Create(product);
  const auto rename = [](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(v1::Product renamed, tx.Get<v1::Product>("products/p"));
    renamed.set_display_name("between");
    return tx.Update(std::move(renamed)).status();
  };
  int runs = 0;
  const absl::Status status = store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::Product first, tx.Get<v1::Product>("products/p"));
    if (++runs == 1) RETURN_IF_ERROR(store_->Apply(call_, rename));
    ASSIGN_OR_RETURN(v1::Product second, tx.Get<v1::Product>("products/p"));
    second.set_note(first.display_name());
    RETURN_IF_ERROR(tx.Update(second).status());
    EXPECT_EQ(second.note(), "between");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
}

// The test of the whole idea: the history alone rebuilds every resource.
TEST_P(StoreTest, HistoryFoldsToTheState) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  ASSERT_TRUE(Create(MakeAccount("b")).ok());
  ASSERT_TRUE(Rename("accounts/a", "A").ok());
  ASSERT_TRUE(store_
                  ->Apply(call_,
                          [&](WriteTx& tx) -> absl::Status {
                            ASSIGN_OR_RETURN(const Account b, tx.Get<Account>("accounts/b"));
                            return tx.Delete(b);
                          })
                  .ok());
  ASSERT_TRUE(Create(MakeAccount("b")).ok());  // again, under the same name
  ASSERT_TRUE(Rename("accounts/b", "B").ok());

  std::map<std::string, std::string> folded;
  int64_t last_revision = 0;
  for (const Change& change : Changes()) {
    EXPECT_GT(change.revision(), last_revision);
    last_revision = change.revision();
    EXPECT_EQ(change.actor(), "tester");
    if (change.operation() == Change::DELETED) {
      folded.erase(change.resource_name());
    } else {
      folded[change.resource_name()] = InResource(change.resource())->SerializeAsString();
    }
  }
  ASSERT_EQ(folded.size(), 2u);
  for (const auto& [name, data] : folded) EXPECT_EQ(Get(name)->SerializeAsString(), data);
}

TEST_P(StoreTest, ReadsAsItWas) {
  const absl::Time created = clock_.Now();
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  clock_.Raise(created + absl::Hours(1));
  ASSERT_TRUE(Rename("accounts/a", "A").ok());
  const auto as_of = [&](absl::Time time) -> absl::StatusOr<Account> {
    Account account;
    RETURN_IF_ERROR(store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      return tx.GetDataAsOf("accounts/a", time, [&](absl::string_view data) {
        account.ParseFromArray(data.data(), static_cast<int>(data.size()));
        return absl::OkStatus();
      });
    }));
    return account;
  };
  EXPECT_EQ(as_of(created)->display_name(), "a");
  EXPECT_EQ(as_of(clock_.Now())->display_name(), "A");
  EXPECT_EQ(ReasonOf(as_of(created - absl::Seconds(1)).status()), v1::RESOURCE_NOT_FOUND);
}

TEST_P(StoreTest, RefusesToDeleteWhatIsUsed) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  Account division = MakeAccount("b");
  division.set_parent_account("accounts/a");
  ASSERT_TRUE(Create(division).ok());
  const absl::Status status = store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Account a, tx.Get<Account>("accounts/a"));
    return tx.Delete(a);
  });
  EXPECT_EQ(ReasonOf(status), v1::RESOURCE_IN_USE);
  EXPECT_TRUE(Get("accounts/a").ok());
}

TEST_P(StoreTest, PagesAreStableWhileRowsAreInserted) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Create(MakeAccount(absl::StrCat("m", i))).ok());
  v1::ListAccountsRequest request;
  request.set_page_size(3);
  request.set_order_by("display_name desc");
  std::vector<std::string> seen;
  do {
    v1::ListAccountsResponse response;
    ASSERT_TRUE(store_
                    ->Read(call_,
                           [&](ReadTx& tx) -> absl::Status {
                             ASSIGN_OR_RETURN(const std::string bytes,
                                              ListStored(request, *response.descriptor(), tx));
                             response.ParseFromString(bytes);
                             return absl::OkStatus();
                           })
                    .ok());
    for (const Account& account : response.accounts()) seen.push_back(account.name());
    request.set_page_token(response.next_page_token());
    // Before and behind where the next page starts; the former must not shift it.
    ASSERT_TRUE(Create(MakeAccount(absl::StrCat("z", seen.size()))).ok());
  } while (!request.page_token().empty());
  ASSERT_EQ(seen.size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(seen[i], absl::StrCat("accounts/m", 9 - i));
}

// Every column that the fields ask for is there, and none that they do not.
TEST_P(StoreTest, SchemaHasTheFieldsOfEveryResource) {
  for (const auto* descriptor : AllResources()) {
    const ResourceTable& table = ResourceTable::Of(*descriptor);
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) {
      std::string sql = "SELECT name, version, create_time, update_time, data";
      for (const std::string& column : table.fields().columns()) {
        absl::StrAppend(&sql, ", ", column);
      }
      return tx.connection().Query(absl::StrCat(sql, " FROM ", table.table()), {},
                                   [](const sql::Row&) { return absl::OkStatus(); });
    });
    EXPECT_TRUE(status.ok()) << table.type() << ": " << status;
  }
}

// Follows nothing but the test.
class LooseClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone());
};

class ClockThatGoesBackTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (IsSkipped()) return;
    Restart();
  }

  void Restart() {
    store_.reset();
    store_.emplace(test_database_->Open(), loose_clock_);
  }

  absl::Status Delete(const std::string& name) {
    return store_->Apply(call_, [&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Account account, tx.Get<Account>(name));
      return tx.Delete(account);
    });
  }

  void ExpectInOrder() {
    const std::vector<Change> changes = Changes();
    for (size_t i = 1; i < changes.size(); ++i) {
      EXPECT_LE(ToTime(changes[i - 1].change_time()), ToTime(changes[i].change_time())) << i;
    }
  }

  LooseClock loose_clock_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ClockThatGoesBackTest, EveryEngine(), EngineName);

TEST_P(ClockThatGoesBackTest, LeavesTheHistoryInOrder) {
  const absl::Time start = loose_clock_.now;
  for (const bool restarted : {false, true}) {
    const std::string id = restarted ? "restarted" : "running";
    loose_clock_.now = start + absl::Hours(24);
    ASSERT_TRUE(Create(MakeAccount(id)).ok());
    loose_clock_.now = start;
    if (restarted) Restart();
    ASSERT_TRUE(Create(MakeAccount(id + "-later")).ok());
    ASSERT_TRUE(Rename("accounts/" + id, "Renamed").ok());
  }
  ExpectInOrder();
}

TEST_P(ClockThatGoesBackTest, WhatWasMadeAgainIsThereAsOfNow) {
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  // As another server does whose clock is ahead.
  loose_clock_.now += absl::Hours(24);
  ASSERT_TRUE(Delete("accounts/a").ok());
  loose_clock_.now -= absl::Hours(24);
  Restart();
  ASSERT_TRUE(Create(MakeAccount("a")).ok());
  EXPECT_TRUE(store_
                  ->Read(call_,
                         [](ReadTx& tx) {
                           return tx.GetDataAsOf(
                               "accounts/a", tx.history_time(),
                               [](absl::string_view) { return absl::OkStatus(); });
                         })
                  .ok());
  ExpectInOrder();
}

TEST_P(ClockThatGoesBackTest, WhatIsDueDoesNotFollowAServerThatIsAYearAhead) {
  const absl::Time start = loose_clock_.now;
  loose_clock_.now = start + absl::Hours(24 * 365);
  ASSERT_TRUE(Create(MakeAccount("ahead")).ok());
  // It is put right, and another one starts.
  loose_clock_.now = start;
  for (const bool restarted : {false, true}) {
    if (restarted) Restart();
    ASSERT_TRUE(Create(MakeAccount(restarted ? "other" : "same")).ok());
    EXPECT_EQ(store_->clock().Now(), start);
    EXPECT_TRUE(store_
                    ->Read(call_,
                           [&](ReadTx& tx) {
                             EXPECT_EQ(tx.now(), start);
                             return absl::OkStatus();
                           })
                    .ok());
  }
  ExpectInOrder();
  // Little is followed, so that what one server has written lies in the past of the others.
  loose_clock_.now = start + absl::Minutes(5);
  ASSERT_TRUE(Rename("accounts/other", "Renamed").ok());
  loose_clock_.now = start;
  EXPECT_EQ(store_->clock().Now(), start + absl::Minutes(5));
}

// A code alone says why only where everything that answers it means the same.
TEST_P(StoreTest, NoReasonIsMadeUpForAnErrorThatHasNone) {
  const std::map<absl::StatusCode, std::pair<absl::StatusCode, v1::ErrorReason>> known = {
      {absl::StatusCode::kAborted, {absl::StatusCode::kAborted, v1::WRITE_CONFLICT}},
      {absl::StatusCode::kUnavailable, {absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE}},
      {absl::StatusCode::kDataLoss, {absl::StatusCode::kUnavailable, v1::SERVER_UNAVAILABLE}},
      {absl::StatusCode::kDeadlineExceeded,
       {absl::StatusCode::kDeadlineExceeded, v1::DEADLINE_PASSED}},
      {absl::StatusCode::kResourceExhausted,
       {absl::StatusCode::kResourceExhausted, v1::DATABASE_FULL}}};
  for (int code = 1; code <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++code) {
    const absl::Status bare(static_cast<absl::StatusCode>(code), "bare");
    const absl::Status told = store_->Read(call_, [&](ReadTx&) { return bare; });
    const auto found = known.find(bare.code());
    EXPECT_EQ(told.code(), found == known.end() ? bare.code() : found->second.first);
    EXPECT_EQ(ReasonOf(told),
              found == known.end() ? v1::ERROR_REASON_UNSPECIFIED : found->second.second)
        << bare << " became " << told;
  }
}

TEST_P(StoreTest, DoesNothingMoreForACallThatIsToStop) {
  absl::Notification stop;
  call_.stop = &stop;
  EXPECT_TRUE(Create(MakeAccount("before")).ok());
  stop.Notify();
  EXPECT_TRUE(absl::IsCancelled(Create(MakeAccount("after"))));
  EXPECT_TRUE(absl::IsCancelled(store_->Read(call_, [](ReadTx&) { return absl::OkStatus(); })));
}

}  // namespace
}  // namespace perennial
