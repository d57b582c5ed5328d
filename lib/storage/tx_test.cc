#include "lib/storage/tx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "tests/support/store_fixture.h"

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

class TxTest : public StoreFixture {
 protected:
  absl::Status Write(absl::FunctionRef<absl::Status(WriteTx&)> fn) {
    return store_->Apply(call_, fn);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, TxTest, EveryEngine(), EngineName);

TEST_P(TxTest, HoldReadsWhatExists) {
  ASSERT_TRUE(Write([](WriteTx& tx) { return tx.Create(MakeAccount("a")).status(); }).ok());
  std::vector<std::string> found;
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    found.clear();
    return tx.Hold(ResourceTable::Of<Account>(), {"accounts/a", "accounts/missing"},
                   Holding::kShared, [&](absl::string_view name) { found.emplace_back(name); });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(found, ElementsAre("accounts/a"));
}

// Whoever comes upon accounts out of order begins again with all of them: no two wait for each
// other.
TEST_P(TxTest, AccountsAreHeldInOneOrderWhateverOrderTheyAreComeUponIn) {
  for (const char* id : {"a", "b", "c"}) Create(MakeAccount(id));
  int runs = 0;
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    ++runs;
    RETURN_IF_ERROR(tx.Get<Account>("accounts/c").status());
    RETURN_IF_ERROR(tx.HoldAccountsOf(std::vector<std::string>{"accounts/d/contacts/c"}));
    RETURN_IF_ERROR(tx.Get<Account>("accounts/b").status());
    const absl::Status absent = tx.Get<Account>("accounts/absent").status();
    if (absl::IsAborted(absent)) return absent;
    EXPECT_TRUE(absl::IsNotFound(absent)) << absent;
    return tx.Get<Account>("accounts/a").status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, GetParam() == sql::Engine::kSqlite ? 1 : 4);
}

TEST_P(TxTest, NewAccountsComeInAnyOrder) {
  int runs = 0;
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    ++runs;
    RETURN_IF_ERROR(tx.Hold(ResourceTable::Of<Account>(), {"accounts/x", "accounts/y"},
                            Holding::kExclusive, [](absl::string_view) {}));
    for (const char* id : {"z", "y", "x", "w"}) {
      RETURN_IF_ERROR(tx.Create(MakeAccount(id)).status());
      Contact contact;
      contact.set_name(absl::StrCat("accounts/", id, "/contacts/c"));
      contact.set_display_name("C");
      RETURN_IF_ERROR(tx.Create(contact).status());
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 1);
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

// What is read within a Try that fails was read all the same.
TEST_P(TxTest, AFailedTryForgetsNoConflict) {
  if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "SQLite has one writer at a time";
  v1::Product product;
  product.set_name("products/p");
  product.set_display_name("P");
  Create(product);
  int runs = 0;
  const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
    const bool first_run = ++runs == 1;
    ASSIGN_OR_RETURN(const v1::Product first, tx.Get<v1::Product>("products/p"));
    EXPECT_TRUE(absl::IsCancelled(tx.Try([] { return absl::CancelledError(); })));
    if (first_run) {
      RETURN_IF_ERROR(store_->Apply(call_, [](WriteTx& other) -> absl::Status {
        ASSIGN_OR_RETURN(v1::Product between, other.Get<v1::Product>("products/p"));
        between.set_display_name("between");
        return other.Update(std::move(between)).status();
      }));
    }
    ASSIGN_OR_RETURN(v1::Product second, tx.Get<v1::Product>("products/p"));
    second.set_note(first.display_name());
    return tx.Update(std::move(second)).status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
}

TEST_P(TxTest, AFailedTryLeavesWhatWasWrittenBefore) {
  Create(MakeAccount("a"));
  const absl::Status status = Write([](WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/a"));
    account.set_note("before");
    ASSIGN_OR_RETURN(account, tx.Update(std::move(account)));
    const absl::Status taken_back = tx.Try([&]() -> absl::Status {
      account.set_note("within");
      RETURN_IF_ERROR(tx.Update(account).status());
      return absl::CancelledError();
    });
    EXPECT_TRUE(absl::IsCancelled(taken_back)) << taken_back;
    ASSIGN_OR_RETURN(account, tx.Get<Account>("accounts/a"));
    EXPECT_EQ(account.note(), "before");
    account.set_note("after");
    return tx.Update(std::move(account)).status();
  });
  EXPECT_TRUE(status.ok()) << status;
}

// Creating, updating and deleting below one account, and of the account itself, hold it first: so
// they wait for one another, and never for each other.
TEST_P(TxTest, WritersOfOneAccountDoNotDeadlock) {
  Create(MakeAccount("a"));
  constexpr int kThreads = 6, kRounds = 15;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      Contact contact;
      contact.set_name(absl::StrCat("accounts/a/contacts/c", t));
      contact.set_display_name("C");
      for (int i = 0; i < kRounds; ++i) {
        const std::vector<absl::Status> statuses = {
            Write([&](WriteTx& tx) { return tx.Create(contact).status(); }),
            Write([&](WriteTx& tx) -> absl::Status {
              ASSIGN_OR_RETURN(Contact stored, tx.Get<Contact>(contact.name()));
              stored.set_note("n");
              RETURN_IF_ERROR(tx.Update(std::move(stored)).status());
              ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/a"));
              account.set_note(account.note() == "x" ? "y" : "x");
              return tx.Update(std::move(account)).status();
            }),
            Write([&](WriteTx& tx) -> absl::Status {
              ASSIGN_OR_RETURN(const Contact stored, tx.Get<Contact>(contact.name()));
              return tx.Delete(stored);
            })};
        for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->database().statistics().retries, 0);
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

// --- consequences ---

// Notes on the account how many contacts it has.
class ConsequencesTest : public TxTest {
 protected:
  void SetUp() override {
    TxTest::SetUp();
    if (IsSkipped()) return;
    store_->SetConsequences(
        {{{Contact::descriptor(), {"display_name"}}},
         [this](const std::vector<std::string>& accounts, WriteTx& tx) -> absl::Status {
           ++followed_;
           for (const std::string& name : accounts) {
             ASSIGN_OR_RETURN(const auto contacts, tx.Select<Contact>(From<Contact>().Under(name)));
             ASSIGN_OR_RETURN(Account account, tx.Get<Account>(name));
             account.set_note(absl::StrCat(contacts.size(), " contacts"));
             RETURN_IF_ERROR(tx.Update(std::move(account)).status());
           }
           return absl::OkStatus();
         }});
    ASSERT_TRUE(Write([](WriteTx& tx) { return tx.Create(MakeAccount("a")).status(); }).ok());
  }

  static Contact MakeContact(const std::string& id) {
    Contact contact;
    contact.set_name("accounts/a/contacts/" + id);
    contact.set_display_name("C");
    return contact;
  }

  std::string Note() {
    std::string note;
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Account account, tx.Get<Account>("accounts/a"));
      note = account.note();
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return note;
  }

  int followed_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, ConsequencesTest, EveryEngine(), EngineName);

TEST_P(ConsequencesTest, FollowOnceFromAllThatATransactionWrites) {
  ASSERT_TRUE(Write([](WriteTx& tx) -> absl::Status {
                RETURN_IF_ERROR(tx.Create(MakeContact("c")).status());
                return tx.Create(MakeContact("d")).status();
              }).ok());
  EXPECT_EQ(Note(), "2 contacts");
  EXPECT_EQ(followed_, 1);
  ASSERT_TRUE(Write([](WriteTx& tx) -> absl::Status {
                ASSIGN_OR_RETURN(const Contact contact, tx.Get<Contact>("accounts/a/contacts/c"));
                return tx.Delete(contact);
              }).ok());
  EXPECT_EQ(Note(), "1 contacts");
}

TEST_P(ConsequencesTest, OnlyOfTheFieldsThatHaveSome) {
  Create(MakeContact("c"));
  const auto change = [&](absl::FunctionRef<void(Contact&)> fn) {
    return Write([&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(Contact contact, tx.Get<Contact>("accounts/a/contacts/c"));
      fn(contact);
      return tx.Update(std::move(contact)).status();
    });
  };
  ASSERT_TRUE(change([](Contact& contact) { contact.set_note("of no consequence"); }).ok());
  EXPECT_EQ(followed_, 1);
  ASSERT_TRUE(change([](Contact& contact) { contact.set_display_name("D"); }).ok());
  EXPECT_EQ(followed_, 2);
}

TEST_P(ConsequencesTest, ArePartOfTheChangeTheyFollowFrom) {
  Account answered;
  ASSERT_TRUE(Write([&](WriteTx& tx) -> absl::Status {
                ASSIGN_OR_RETURN(Account account, tx.Get<Account>("accounts/a"));
                account.set_display_name("Renamed");
                ASSIGN_OR_RETURN(answered, tx.Update(std::move(account)));
                RETURN_IF_ERROR(tx.Create(MakeContact("c")).status());
                RETURN_IF_ERROR(tx.Settle());
                return tx.Refresh(answered);
              }).ok());
  EXPECT_EQ(answered.note(), "1 contacts");
  ASSERT_TRUE(store_->NumberPendingChanges(absl::InfiniteFuture()).ok());
  int changes = 0;
  const absl::Status status = store_->Read(call_, [&](ReadTx& tx) {
    return tx.connection().Query("SELECT COUNT(*) FROM changes WHERE resource_name = ?",
                                 {"accounts/a"}, [&](const sql::Row& row) {
                                   changes = static_cast<int>(row.Integer(0));
                                   return absl::OkStatus();
                                 });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(changes, 2) << "its creation, and its new name with what followed";
}

TEST_P(ConsequencesTest, AreTakenBackWithWhatTheyFollowFrom) {
  Call dry = call_;
  dry.validate_only = true;
  ASSERT_TRUE(
      store_->Apply(dry, [](WriteTx& tx) { return tx.Create(MakeContact("c")).status(); }).ok());
  EXPECT_EQ(followed_, 1);
  EXPECT_EQ(Note(), "");
}

}  // namespace
}  // namespace perennial
