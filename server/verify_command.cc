#include "server/verify_command.h"

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/base/status.h"
#include "lib/storage/migrations.h"
#include "lib/storage/sql/migrations.h"
#include "lib/storage/verify.h"
#include "server/flags.h"

namespace perennial {
namespace {

constexpr absl::Duration kProgressPeriod = absl::Seconds(5);

absl::StatusOr<Verified> Run(sql::Options options) {
  options.use = sql::Use::kLook;
  ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> database, sql::Open(options));
  RETURN_IF_ERROR(sql::CheckSchema(*database, Migrations()));
  absl::Time next_line = absl::Now() + kProgressPeriod;
  VerifyListener listener;
  listener.on_damage = [](absl::string_view name, absl::string_view what) {
    std::printf("%s\n", absl::StrCat(name, ": ", what).c_str());
  };
  listener.on_progress = [&next_line](absl::string_view what, int64_t rows) {
    if (absl::Now() < next_line) return;
    std::fprintf(stderr, "%s\n", absl::StrCat(what, ": ", rows).c_str());
    next_line = absl::Now() + kProgressPeriod;
  };
  return Verify(*database, listener);
}

}  // namespace

int VerifyCommand(const sql::Options& options) {
  const absl::StatusOr<Verified> verified = Run(options);
  if (!verified.ok()) {
    std::fprintf(stderr, "perenniald: %s\n", std::string(verified.status().message()).c_str());
    return absl::IsDataLoss(verified.status()) ? kExitFailure : kExitUsage;
  }
  std::printf("%s\n", absl::StrCat(verified->resources, " resources and ", verified->changes,
                                   " changes: ", verified->damages, " damaged")
                          .c_str());
  return verified->damages == 0 ? kExitOk : kExitFailure;
}

}  // namespace perennial
