#ifndef PERENNIAL_LIB_STORAGE_TX_IDENTITY_MAP_H_
#define PERENNIAL_LIB_STORAGE_TX_IDENTITY_MAP_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace perennial {

// What one transaction knows of rows, by their names: what it has read, to know later what it
// changes, and what it has written. Used by one thread.
class IdentityMap {
 public:
  // A row that was read. `held`: nobody else can change it before COMMIT. ABORTED where somebody
  // else has written it since it was last read here: what was worked out from the first reading
  // would overwrite what came between.
  absl::Status Read(absl::string_view name, absl::string_view data, bool held);
  // A row that was written here, and so is held.
  void Written(const std::string& name, const std::string& data);
  void Deleted(const std::string& name);

  // The stored resource as it was last read or written; null where it is not known.
  const std::string* Find(absl::string_view name) const;
  // The same, only where it cannot have changed since.
  const std::string* Held(absl::string_view name) const;

  // Writes between Begin and TakeBack are forgotten by it, and what was there before is known
  // again; what was read stays known, since others may change it. Nests.
  size_t Begin();
  void TakeBack(size_t begin);
  void Keep();

 private:
  struct Known {
    std::string data;
    bool held = false;
  };

  // What a write is about to replace, where it may be taken back.
  void Remember(const std::string& name);

  absl::flat_hash_map<std::string, Known> known_;
  std::vector<std::pair<std::string, std::optional<Known>>> replaced_;
  int begun_ = 0;
};

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_IDENTITY_MAP_H_
