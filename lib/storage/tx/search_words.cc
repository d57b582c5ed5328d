#include "lib/storage/tx/search_words.h"

#include <algorithm>
#include <iterator>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/api/text.h"
#include "lib/base/status.h"

namespace perennial {

namespace {

// Statements take 1, 2, 4, 8 or 16 words at once: few texts, which sessions keep prepared.
constexpr size_t kMostAtOnce = 16;
constexpr int kMaxWordLength = 64;

using Words = std::vector<std::string>;

Words Without(const Words& all, const Words& some) {
  Words rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(rest));
  return rest;
}

absl::string_view SearchTextIn(const std::vector<FieldValue>* values) {
  return values == nullptr ? absl::string_view() : std::get<std::string>(values->back());
}

// Calls `on_some` with the first words of `words`, and then with those behind them.
absl::Status InParts(const Words& words,
                     absl::FunctionRef<absl::Status(size_t begin, size_t count)> on_some) {
  size_t count = kMostAtOnce;
  for (size_t begin = 0; begin < words.size(); begin += count) {
    while (count > words.size() - begin) count /= 2;
    RETURN_IF_ERROR(on_some(begin, count));
  }
  return absl::OkStatus();
}

absl::Status Insert(const ResourceTable& table, const std::string& name, const Words& words,
                    sql::Connection& connection) {
  return InParts(words, [&](size_t begin, size_t count) {
    std::string sql = "INSERT INTO search_words (resource_type, word, name) VALUES ";
    std::vector<sql::Bind> binds;
    for (size_t i = begin; i < begin + count; ++i) {
      absl::StrAppend(&sql, i == begin ? "" : ", ", "(?, ?, ?)");
      binds.emplace_back(table.type());
      binds.emplace_back(words[i]);
      binds.emplace_back(name);
    }
    return connection.Execute(sql, binds).status();
  });
}

absl::Status Erase(const ResourceTable& table, const std::string& name, const Words& words,
                   sql::Connection& connection) {
  return InParts(words, [&](size_t begin, size_t count) {
    std::string sql = "DELETE FROM search_words WHERE resource_type = ? AND name = ? AND word IN (";
    std::vector<sql::Bind> binds = {table.type(), name};
    for (size_t i = begin; i < begin + count; ++i) {
      sql += i == begin ? "?" : ", ?";
      binds.emplace_back(words[i]);
    }
    return connection.Execute(sql + ")", binds).status();
  });
}

}  // namespace

std::vector<std::string> WordsIn(absl::string_view search_text) {
  Words words;
  for (const absl::string_view word :
       absl::StrSplit(search_text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    words.emplace_back(FirstCharacters(word, kMaxWordLength));
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

absl::Status UpdateSearchWords(const ResourceTable& table, const std::string& name,
                               const std::vector<FieldValue>* before,
                               const std::vector<FieldValue>* after, sql::Connection& connection) {
  if (!table.fields().has_indexed_search()) return absl::OkStatus();
  const absl::string_view old_text = SearchTextIn(before);
  const absl::string_view text = SearchTextIn(after);
  if (text == old_text) return absl::OkStatus();
  const Words old_words = WordsIn(old_text);
  const Words words = WordsIn(text);
  RETURN_IF_ERROR(Erase(table, name, Without(old_words, words), connection));
  return Insert(table, name, Without(words, old_words), connection);
}

absl::StatusOr<std::vector<std::string>> MissingWords(const ResourceTable& table,
                                                      const std::string& name,
                                                      absl::string_view search_text,
                                                      sql::Connection& connection) {
  Words missing;
  for (const std::string& word : WordsIn(search_text)) {
    bool found = false;
    RETURN_IF_ERROR(connection.Query(
        "SELECT word FROM search_words WHERE resource_type = ? AND word = ? AND name = ?",
        {table.type(), word, name}, [&](const sql::Row&) {
          found = true;
          return absl::OkStatus();
        }));
    if (!found) missing.push_back(word);
  }
  return missing;
}

absl::Status CheckWordsAfter(SearchWord& last, int& rows, const ResourceTable& table, int limit,
                             sql::Connection& connection,
                             absl::FunctionRef<void(const SearchWord&)> on_stray) {
  // Other tables have no such column.
  rows = 0;
  if (!table.fields().has_indexed_search()) return absl::OkStatus();
  const SearchWord from = last;
  return connection.Query(
      absl::StrCat(
          "SELECT w.word, w.name, COALESCE(t.search_text, '') FROM search_words w LEFT JOIN ",
          table.table(),
          " t ON t.name = w.name WHERE w.resource_type = ? AND w.word >= ? AND (w.word > ? "
          "OR w.name > ?) ORDER BY w.word, w.name LIMIT ",
          limit),
      {table.type(), from.word, from.word, from.name}, [&](const sql::Row& row) {
        ++rows;
        last.word = std::string(row.Text(0));
        last.name = std::string(row.Text(1));
        const Words words = WordsIn(row.Text(2));
        if (!std::binary_search(words.begin(), words.end(), last.word)) on_stray(last);
        return absl::OkStatus();
      });
}

absl::Status AddSearchWords(const ResourceTable& table, const std::string& name,
                            absl::string_view search_text, sql::Connection& connection) {
  return Insert(table, name, WordsIn(search_text), connection);
}

}  // namespace perennial
