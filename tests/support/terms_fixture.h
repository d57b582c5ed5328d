#ifndef PERENNIAL_TESTS_SUPPORT_TERMS_FIXTURE_H_
#define PERENNIAL_TESTS_SUPPORT_TERMS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "tests/support/import_fixture.h"

namespace perennial {

inline constexpr char kS[] = "accounts/a/subscriptions/s";

// A hundred dollars a year from January 2025 on; `fields` say what is otherwise.
inline std::string Sold(const std::string& fields = "", const std::string& id = "s") {
  return absl::StrCat("subscription { name: 'accounts/a/subscriptions/", id,
                      "' product: 'products/p' seats: 10 term_months: 12 "
                      "start_date { year: 2025 month: 1 day: 1 } "
                      "arr { currency_code: 'USD' micros: 100000000 } ",
                      fields, "}");
}

// An account and a product, to which subscriptions are sold, and days that pass.
class TermsFixture : public ImportFixture {
 protected:
  void SetUp() override {
    ImportFixture::SetUp();
    if (!IsSkipped()) Import({kAccount, kProduct});
  }

  void Put(const std::vector<std::string>& rows) {
    const v1::ImportResponse response = Import(rows);
    EXPECT_EQ(response.counts().created(), static_cast<int>(rows.size()))
        << response.ShortDebugString();
  }
  void MoveTo(absl::CivilDay day) { clock_.Raise(absl::FromCivil(day, absl::UTCTimeZone())); }
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_TERMS_FIXTURE_H_
