#ifndef PERENNIAL_TESTS_BENCH_RECORDING_H_
#define PERENNIAL_TESTS_BENCH_RECORDING_H_

// Which statements the server sends to the database, so that they can be sent again without the
// server.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/storage/sql/database.h"

namespace perennial::bench {

struct Value {
  sql::Bind::Kind kind;
  int64_t integer;
  double real;
  std::string text;
};

struct Statement {
  int text;  // its place in Recording::texts
  std::vector<Value> values;
};

struct Recording {
  struct Text {
    std::string sql;
    bool is_query;
  };
  std::vector<Text> texts;
  // Each with the statements of one transaction, without those that begin and end it.
  std::vector<std::vector<Statement>> transactions;
};

// Carries out one call after the other (serialized requests of a method that writes, by its name
// as in registry.h) and takes everything back. Played again in the same order, on the
// same data, they do what they did here.
absl::StatusOr<Recording> Record(const sql::Options& options, const std::string& method,
                                 const std::vector<std::string>& requests);

}  // namespace perennial::bench

#endif  // PERENNIAL_TESTS_BENCH_RECORDING_H_
