#include "lib/storage/tx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "lib/storage/migrations.h"
#include "lib/storage/store.h"
#include "perennial/v1/account_service.pb.h"
#include "tests/support/test_database.h"

namespace perennial {
namespace {

using testing::ElementsAre;
using v1::Account;
using v1::Contact;

Account MakeAccount(const std::string& id) {
  Account account;
  account.set_name("accounts/" + id);
  account.set_display_name(id);
  return account;
}

class TxTest : public testing::TestWithParam<sql::Engine> {
 protected:
  void SetUp() override {
    SKIP_UNLESS_AVAILABLE(GetParam());
    test_database_.emplace(GetParam());
    std::unique_ptr<sql::Database> database = test_database_->Open();
    ASSERT_TRUE(sql::Migrate(*database, Migrations()).ok());
    store_.emplace(std::move(database), clock_);
    call_.actor = "tester";
    call_.method = "Test";
  }

  absl::Status Write(absl::FunctionRef<absl::Status(WriteTx&)> fn) {
    return store_->Apply(call_, fn);
  }

  std::optional<TestDatabase> test_database_;
  ManualClock clock_{absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone())};
  std::optional<Store> store_;
  Call call_;
};
INSTANTIATE_TEST_SUITE_P(Engines, TxTest, EveryEngine(), EngineName);

TEST_P(TxTest, HoldReadsWhatExists) {
  ASSERT_TRUE(Write([](WriteTx& tx) { return tx.Create(MakeAccount("a")).status(); }).ok());
  std::vector<std::string> found;
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    found.clear();
    return tx.Hold(ResourceTable::Of<Account>(), {"accounts/a", "accounts/missing"},
                   [&](absl::string_view name) { found.emplace_back(name); });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(found, ElementsAre("accounts/a"));
}

TEST_P(TxTest, WhatIsReferredToHasToExist) {
  Contact contact;
  contact.set_name("accounts/a/contacts/c");
  contact.set_display_name("C");
  const absl::Status missing = Write([&](WriteTx& tx) { return tx.Create(contact).status(); });
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_EQ(ToRowError(missing).violations(0).subject(), "accounts/a");

  const absl::Status in_one_transaction = Write([&](WriteTx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Create(MakeAccount("a")).status());
    return tx.Create(contact).status();
  });
  EXPECT_TRUE(in_one_transaction.ok()) << in_one_transaction;

  const absl::Status parent_missing = Write([&](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/a"));
    account.set_parent_account("accounts/b");
    return tx.Update(account).status();
  });
  EXPECT_TRUE(absl::IsNotFound(parent_missing)) << parent_missing;
}

TEST_P(TxTest, WhatWasTakenBackIsNotReferredTo) {
  Contact contact;
  contact.set_name("accounts/a/contacts/c");
  contact.set_display_name("C");
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    const absl::Status taken_back = tx.Try([&]() -> absl::Status {
      RETURN_IF_ERROR(tx.Create(MakeAccount("a")).status());
      return absl::CancelledError();
    });
    EXPECT_TRUE(absl::IsCancelled(taken_back));
    return tx.Create(contact).status();
  });
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
}

TEST_P(TxTest, ChangedOrderOfLabelsIsNoChange) {
  Account account = MakeAccount("a");
  for (int i = 0; i < 20; ++i) (*account.mutable_labels())["k" + std::to_string(i)] = "v";
  ASSERT_TRUE(Write([&](WriteTx& tx) { return tx.Create(account).status(); }).ok());
  std::string etag_before, etag_after;
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Account stored, tx.Get<Account>("accounts/a"));
    etag_before = stored.etag();
    stored.clear_labels();
    for (int i = 19; i >= 0; --i) (*stored.mutable_labels())["k" + std::to_string(i)] = "v";
    ASSIGN_OR_RETURN(stored, tx.Update(stored));
    etag_after = stored.etag();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(etag_before, etag_after);
}

}  // namespace
}  // namespace perennial
