#include "lib/storage/sql/mysql_flavor.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace perennial::sql {

MysqlFlavor FlavorOf(absl::string_view version, absl::string_view comment) {
  const std::string text = absl::AsciiStrToLower(absl::StrCat(version, " ", comment));
  const auto says = [&](absl::string_view name) { return absl::StrContains(text, name); };
  if (says("tidb")) return MysqlFlavor::kTidb;
  if (says("vitess")) return MysqlFlavor::kVitess;
  if (says("oceanbase")) return MysqlFlavor::kOceanbase;
  if (says("mariadb")) return MysqlFlavor::kMariadb;
  return MysqlFlavor::kMysql;
}

absl::string_view CollationOf(MysqlFlavor flavor) {
  // utf8mb4_bin, which all of them have, takes 'a ' for 'a'.
  return flavor == MysqlFlavor::kMariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

absl::string_view SharedLockOf(MysqlFlavor flavor) {
  // TiDB refuses a shared lock; OceanBase holds the table for it.
  const bool has_none = flavor == MysqlFlavor::kTidb || flavor == MysqlFlavor::kOceanbase;
  // MariaDB has no FOR SHARE.
  return has_none ? " FOR UPDATE" : " LOCK IN SHARE MODE";
}

}  // namespace perennial::sql
