#ifndef PERENNIAL_LIB_STORAGE_SUMMARY_CACHE_H_
#define PERENNIAL_LIB_STORAGE_SUMMARY_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/descriptor.h"

namespace perennial {

// The summaries of accounts that were read lately, for a server that is the only one to write its
// database: lists look up fifty accounts at a time. What is in it is what the database has: whoever
// changes an account takes its summary out before COMMIT, and until COMMIT has been nothing that
// was read meanwhile comes in. Thread-safe.
class SummaryCache {
 public:
  // More are forgotten, all at once.
  static constexpr size_t kMostAccounts = 50'000;

  // Appends the serialized summary of the account, as this field, to a serialized resource whose
  // row was read already. False where it has none of the account.
  bool AppendTo(std::string& resource, const google::protobuf::FieldDescriptor& field,
                absl::string_view account) const;

  // Before the accounts are read that Add is told of.
  uint64_t BeginRead() const;
  // Left out where the summary of some account was written since, or is being written.
  void Add(absl::string_view account, absl::string_view summary, uint64_t read);

  // A transaction that writes summaries, from before its COMMIT until that is over.
  class Writing {
   public:
    explicit Writing(SummaryCache& cache) : cache_(cache) {}
    ~Writing() { End(); }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    // Of these accounts; more than once where the transaction runs again.
    void Begin(const std::vector<std::string>& accounts);
    void End();

   private:
    SummaryCache& cache_;
    bool begun_ = false;
  };

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::string> summaries_ ABSL_GUARDED_BY(mutex_);
  uint64_t writes_ ABSL_GUARDED_BY(mutex_) = 0;  // that have begun
  int being_written_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_SUMMARY_CACHE_H_
