#ifndef PERENNIAL_LIB_STORAGE_KEYS_H_
#define PERENNIAL_LIB_STORAGE_KEYS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/api/fields.h"
#include "lib/storage/selection.h"
#include "lib/storage/tx.h"

namespace perennial {

// Where a resource stands in an order: its name is the last value.
using Key = std::vector<FieldValue>;

// Where the first `limit` of those selected stand behind `after` (empty: from the beginning), in
// the order of a field (empty: none) and the name. No resource is read, only what an index over
// selection and order has in it: a row that is damaged is found like any other.
absl::StatusOr<std::vector<Key>> SelectKeys(Selection selection, absl::string_view field,
                                            const Key& after, int limit, ReadTx& tx);

const std::string& NameIn(const Key& key);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_KEYS_H_
