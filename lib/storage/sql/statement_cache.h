#ifndef PERENNIAL_LIB_STORAGE_SQL_STATEMENT_CACHE_H_
#define PERENNIAL_LIB_STORAGE_SQL_STATEMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace perennial::sql {

// One connection's prepared statements by their text. Over its capacity it
// drops the one that was not used for the longest time. Used by one thread at a time.
template <typename Statement>
class StatementCache {
 public:
  explicit StatementCache(size_t capacity) : capacity_(capacity) {}

  // nullptr where there is none. What both functions answer is valid until the next Insert or
  // Erase.
  Statement* Find(absl::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // `sql` is not in the cache, whose capacity is at least 1.
  Statement* Insert(absl::string_view sql, Statement statement) {
    if (entries_.size() == capacity_) Erase(entries_.back().first);
    entries_.emplace_front(std::string(sql), std::move(statement));
    by_text_.emplace(entries_.front().first, entries_.begin());
    return &entries_.front().second;
  }

  void Erase(absl::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return;
    const auto entry = found->second;
    by_text_.erase(found);
    entries_.erase(entry);
  }

  void Clear() {
    by_text_.clear();
    entries_.clear();
  }

  size_t capacity() const { return capacity_; }
  size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Statement>>;  // the last used first

  size_t capacity_;
  Entries entries_;
  absl::flat_hash_map<absl::string_view, typename Entries::iterator> by_text_;
};

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_STATEMENT_CACHE_H_
