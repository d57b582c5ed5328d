#include "lib/base/json.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {
namespace {

TEST(JsonTest, MapsAreInTheOrderOfTheirKeys) {
  constexpr int kLabels = 40;
  v1::Account forwards, backwards;
  std::string labels;
  for (int i = 0; i < kLabels; ++i) {
    const std::string key = absl::StrCat("k", 10 + i);
    (*forwards.mutable_labels())[key] = "x";
    (*backwards.mutable_labels())[absl::StrCat("k", 10 + kLabels - 1 - i)] = "x";
    absl::StrAppend(&labels, i == 0 ? "" : ",", "\"", key, "\":\"x\"");
  }
  EXPECT_EQ(ToJson(forwards), absl::StrCat(R"({"labels":{)", labels, "}}"));
  EXPECT_EQ(ToJson(backwards), ToJson(forwards));
}

TEST(JsonTest, TakesTheOptions) {
  v1::Account account;
  account.set_display_name("A");
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  EXPECT_EQ(ToJson(account, options), R"({"display_name":"A"})");
}

}  // namespace
}  // namespace perennial
