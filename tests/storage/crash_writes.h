#ifndef PERENNIAL_TESTS_STORAGE_CRASH_WRITES_H_
#define PERENNIAL_TESTS_STORAGE_CRASH_WRITES_H_

// What is written while crashes happen. Every counter counts up from 0 by itself, and its n-th
// write changes four accounts in one transaction: the counter's two halves come to n, the total of
// all counters grows by 1, and an account for this very number is made. So what is left after a
// crash tells which writes are there, and whether each is whole.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status.h"
#include "lib/storage/store.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {

inline constexpr int kCounters = 4;
inline constexpr char kTotal[] = "accounts/total";

inline std::string LeftHalf(int counter) { return absl::StrCat("accounts/left", counter); }
inline std::string RightHalf(int counter) { return absl::StrCat("accounts/right", counter); }
inline std::string NumberAccount(int counter, int64_t number) {
  return absl::StrCat("accounts/count", counter, "-", number);
}

inline int64_t CountOf(const v1::Account& account) {
  int64_t count = 0;
  return absl::SimpleAtoi(account.note(), &count) ? count : 0;
}

inline absl::Status CreateCount(const std::string& name, WriteTx& tx) {
  v1::Account account;
  account.set_name(name);
  account.set_display_name(name);
  return tx.Create(account).status();
}

inline absl::Status CountTo(const std::string& name, int64_t count, WriteTx& tx) {
  ASSIGN_OR_RETURN(v1::Account account, tx.Get<v1::Account>(name));
  account.set_note(absl::StrCat(count));
  return tx.Update(account).status();
}

inline Call CallForWrite(int counter, int64_t number) {
  Call call;
  call.actor = "crash-test";
  call.method = "Count";
  call.request_id = absl::StrCat(counter, "-", number);
  call.fingerprint = static_cast<uint64_t>(number);
  call.deadline = absl::Now() + absl::Seconds(10);
  return call;
}

// Does the counter's write number `number`, which answers the number, or finds that it was done.
inline absl::StatusOr<std::string> Count(int counter, int64_t number, Store& store) {
  return store.Write(CallForWrite(counter, number),
                     [&](WriteTx& tx) -> absl::StatusOr<std::string> {
                       RETURN_IF_ERROR(CountTo(LeftHalf(counter), number, tx));
                       ASSIGN_OR_RETURN(const v1::Account total, tx.Get<v1::Account>(kTotal));
                       RETURN_IF_ERROR(CountTo(kTotal, CountOf(total) + 1, tx));
                       RETURN_IF_ERROR(CreateCount(NumberAccount(counter, number), tx));
                       RETURN_IF_ERROR(CountTo(RightHalf(counter), number, tx));
                       return absl::StrCat(number);
                     });
}

}  // namespace perennial

#endif  // PERENNIAL_TESTS_STORAGE_CRASH_WRITES_H_
