#ifndef PERENNIAL_LIB_STORAGE_TX_SEARCH_WORDS_H_
#define PERENNIAL_LIB_STORAGE_TX_SEARCH_WORDS_H_

// The table search_words: for each word of a resource's search_text its name. Resources whose field
// `search` is not indexed have none there.

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/resource_table.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// The words of a search_text, each once, in order.
std::vector<std::string> WordsIn(absl::string_view search_text);

// Brings them into step with what the resource's columns had in them and have now; null where it
// was not there, or is no longer.
absl::Status UpdateSearchWords(const ResourceTable& table, const std::string& name,
                               const std::vector<FieldValue>* before,
                               const std::vector<FieldValue>* after, sql::Connection& connection);

// Adds all of a search_text, none of which is there.
absl::Status AddSearchWords(const ResourceTable& table, const std::string& name,
                            absl::string_view search_text, sql::Connection& connection);

// For `verify`. The words of a search_text that do not lead to the resource.
absl::StatusOr<std::vector<std::string>> MissingWords(const ResourceTable& table,
                                                      const std::string& name,
                                                      absl::string_view search_text,
                                                      sql::Connection& connection);

// The same the other way round: goes through the `limit` words after `last`, which becomes the last
// of them, and hands over those whose resource does not have them. `rows` becomes how many it went
// through.
struct SearchWord {
  std::string word, name;
};
absl::Status CheckWordsAfter(SearchWord& last, int& rows, const ResourceTable& table, int limit,
                             sql::Connection& connection,
                             absl::FunctionRef<void(const SearchWord&)> on_stray);

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_TX_SEARCH_WORDS_H_
