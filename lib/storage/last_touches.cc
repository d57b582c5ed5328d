#include "lib/storage/last_touches.h"

#include <utility>

namespace perennial {

using v1::Touch;

absl::StatusOr<std::vector<Touch>> LastTwoWayTouches(const std::vector<std::string>& accounts,
                                                     ReadTx& tx) {
  const std::string& connected = Touch::Disposition_Name(Touch::CONNECTED);
  SqlCondition last;
  last.sql =
      "touch_time = (SELECT MAX(later.touch_time) FROM touches later "
      "WHERE later.account = touches.account AND later.disposition = ?)";
  last.binds = {connected};
  return tx.Select<Touch>(From<Touch>()
                              .WhereAnyOf("account", accounts)
                              .Where("disposition", "=", connected)
                              .Matching(std::move(last))
                              .OrderBy("name"));
}

}  // namespace perennial
