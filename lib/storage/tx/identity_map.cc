#include "lib/storage/tx/identity_map.h"

namespace perennial {

absl::Status IdentityMap::Read(absl::string_view name, absl::string_view data, bool held) {
  const auto [row, is_new] = known_.try_emplace(name);
  Known& known = row->second;
  if (!is_new && known.data != data) return absl::AbortedError("read conflict");
  if (is_new) known.data.assign(data.data(), data.size());
  known.held = known.held || held;
  return absl::OkStatus();
}

void IdentityMap::Written(const std::string& name, const std::string& data) {
  Remember(name);
  known_[name] = {data, /*held=*/true};
}

void IdentityMap::Deleted(const std::string& name) {
  Remember(name);
  known_.erase(name);
}

const std::string* IdentityMap::Find(absl::string_view name) const {
  const auto row = known_.find(name);
  return row == known_.end() ? nullptr : &row->second.data;
}

const std::string* IdentityMap::Held(absl::string_view name) const {
  const auto row = known_.find(name);
  return row == known_.end() || !row->second.held ? nullptr : &row->second.data;
}

size_t IdentityMap::Begin() {
  ++begun_;
  return replaced_.size();
}

void IdentityMap::TakeBack(size_t begin) {
  while (replaced_.size() > begin) {
    auto& [name, before] = replaced_.back();
    if (before.has_value()) {
      known_[name] = *std::move(before);
    } else {
      known_.erase(name);
    }
    replaced_.pop_back();
  }
  Keep();
}

void IdentityMap::Keep() {
  if (--begun_ == 0) replaced_.clear();
}

void IdentityMap::Remember(const std::string& name) {
  if (begun_ == 0) return;
  const auto row = known_.find(name);
  replaced_.emplace_back(
      name, row == known_.end() ? std::optional<Known>() : std::optional<Known>(row->second));
}

}  // namespace perennial
