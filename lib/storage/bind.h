#ifndef PERENNIAL_LIB_STORAGE_BIND_H_
#define PERENNIAL_LIB_STORAGE_BIND_H_

#include <vector>

#include "lib/api/fields.h"
#include "lib/storage/sql/database.h"

namespace perennial {

// Refers to the value, which has to outlive the statement.
inline sql::Bind ToBind(const FieldValue& value) {
  return std::visit([](const auto& v) { return sql::Bind(v); }, value);
}

inline std::vector<sql::Bind> ToBinds(const std::vector<FieldValue>& values) {
  std::vector<sql::Bind> binds;
  binds.reserve(values.size());
  for (const FieldValue& value : values) binds.push_back(ToBind(value));
  return binds;
}

}  // namespace perennial

#endif  // PERENNIAL_LIB_STORAGE_BIND_H_
