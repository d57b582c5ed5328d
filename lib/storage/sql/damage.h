#ifndef PERENNIAL_LIB_STORAGE_SQL_DAMAGE_H_
#define PERENNIAL_LIB_STORAGE_SQL_DAMAGE_H_

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace perennial::sql {

inline constexpr char kDamageType[] = "perennial.sql/damage";

// DATA_LOSS of what a statement needed, and of that alone: the rest of the database may be used.
inline absl::Status Damage() {
  absl::Status status = absl::DataLossError("a part of the database is damaged");
  status.SetPayload(kDamageType, absl::Cord());
  return status;
}

inline bool IsDamage(const absl::Status& status) {
  return absl::IsDataLoss(status) && status.GetPayload(kDamageType).has_value();
}

}  // namespace perennial::sql

#endif  // PERENNIAL_LIB_STORAGE_SQL_DAMAGE_H_
