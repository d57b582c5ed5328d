#include "lib/storage/summary_cache.h"

#include "lib/base/serialize.h"

namespace perennial {

bool SummaryCache::AppendTo(std::string& resource, const google::protobuf::FieldDescriptor& field,
                            absl::string_view account) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto summary = summaries_.find(account);
  if (summary == summaries_.end()) return false;
  AppendField(field, summary->second, resource);
  return true;
}

uint64_t SummaryCache::BeginRead() const {
  absl::ReaderMutexLock lock(&mutex_);
  return writes_;
}

void SummaryCache::Add(absl::string_view account, absl::string_view summary, uint64_t read) {
  absl::MutexLock lock(&mutex_);
  if (read != writes_ || being_written_ > 0) return;
  if (summaries_.size() >= kMostAccounts) summaries_.clear();
  summaries_.insert_or_assign(std::string(account), std::string(summary));
}

void SummaryCache::Writing::Begin(const std::vector<std::string>& accounts) {
  if (accounts.empty()) return;
  absl::MutexLock lock(&cache_.mutex_);
  for (const std::string& account : accounts) cache_.summaries_.erase(account);
  ++cache_.writes_;
  if (!begun_) ++cache_.being_written_;
  begun_ = true;
}

void SummaryCache::Writing::End() {
  if (!begun_) return;
  absl::MutexLock lock(&cache_.mutex_);
  --cache_.being_written_;
  begun_ = false;
}

}  // namespace perennial
