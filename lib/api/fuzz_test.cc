// What comes from outside is taken or refused with a clear error, whatever it is.

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {
namespace {

constexpr int kRounds = 5000;

// Changes, adds, removes and repeats bytes; the same in every run.
class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string Mutate(std::string text) {
    for (int i = Below(8); i > 0; --i) {
      const size_t at = Below(text.size() + 1);
      switch (Below(5)) {
        case 0:
          text.insert(at, 1, static_cast<char>(Below(256)));
          break;
        case 1:
          text.erase(at, Below(5));
          break;
        case 2:
          text.insert(at, text.substr(Below(text.size() + 1), Below(30)));
          break;
        case 3:
          text.insert(at, 1, kMeaningful[Below(kMeaningful.size())]);
          break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(Below(256));
      }
    }
    return text;
  }

  template <typename T>
  const T& Of(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

 private:
  static constexpr absl::string_view kMeaningful = "()\"'\\*:-=<>!., \n\0AO";

  size_t Below(size_t bound) { return random_() % bound; }

  std::mt19937 random_;
};

// Refusals name one field, and say something.
void ExpectClear(const absl::Status& status, v1::ErrorReason reason, absl::string_view field) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), reason);
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, field);
  EXPECT_FALSE(violations[0].description.empty());
}

TEST(FuzzTest, Filters) {
  const std::vector<std::string> seeds = {
      "",
      "stance = SUPPORTER AND NOT (roles:CHAMPION OR labels.tier != \"gold\")",
      "verify_time > 2025-01-31T12:00:00Z -display_name = \"*\\\"\u00e9*\"",
      "((do_not_contact = true)) labels:tier name:* account = accounts/a",
  };
  const FieldTable& table = FieldTable::Of(*v1::Contact::descriptor());
  Mutator mutator(1);
  v1::Contact contact;
  int taken = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = mutator.Mutate(mutator.Of(seeds));
    SCOPED_TRACE(text);
    const absl::StatusOr<Filter> filter = Filter::Parse(text, table);
    if (!filter.ok()) {
      ExpectClear(filter.status(), v1::INVALID_FILTER, "filter");
      continue;
    }
    ++taken;
    filter->Matches(contact);
    const SqlCondition condition = filter->ToSql();
    EXPECT_EQ(std::count(condition.sql.begin(), condition.sql.end(), '?'),
              static_cast<std::ptrdiff_t>(condition.binds.size()));
    EXPECT_EQ(condition.sql.empty(), filter->empty());
  }
  EXPECT_GT(taken, kRounds / 10);
  EXPECT_LT(taken, kRounds * 9 / 10);
}

TEST(FuzzTest, Orders) {
  const FieldTable& table = FieldTable::Of(*v1::Contact::descriptor());
  Mutator mutator(2);
  for (int i = 0; i < kRounds; ++i) {
    const std::string text = mutator.Mutate("stance desc, display_name, create_time");
    SCOPED_TRACE(text);
    const absl::StatusOr<OrderBy> order = OrderBy::Parse(text, table);
    if (!order.ok()) ExpectClear(order.status(), v1::INVALID_ORDER_BY, "order_by");
  }
}

TEST(FuzzTest, PageTokens) {
  v1::ListContactsRequest request;
  request.set_parent("accounts/acme");
  const PageKeyShape shape = {FieldKind::kText};
  const PageRequest page = ParsePageRequest(request, shape, "key").value();
  const std::vector<std::string> seeds = {
      "",
      "AAAA",
      MakePageToken(page, {}),
      MakePageToken(page, {"accounts/acme/contacts/jane"}),
      MakePageToken(page, {int64_t{1}, 0.5, "n"}),
  };
  Mutator mutator(3);
  for (int i = 0; i < kRounds; ++i) {
    const std::string token = mutator.Mutate(mutator.Of(seeds));
    SCOPED_TRACE(token);
    request.set_page_token(token);
    const absl::StatusOr<PageRequest> parsed = ParsePageRequest(request, shape, "key");
    if (!parsed.ok()) ExpectClear(parsed.status(), v1::INVALID_PAGE_TOKEN, "page_token");
  }
}

TEST(FuzzTest, RpcStatuses) {
  const std::vector<absl::Status> errors = {
      InvalidField("account.display_name", "must be set"),
      EtagMismatch("accounts/acme", "7"),
      ResourceNotFound("accounts/acme/contacts/jane"),
      FailedPreconditions(v1::GATE_UNMET, "o", "m", {{"OFFER_ACCEPTED", "send one"}}),
  };
  google::protobuf::LogSilencer silencer;  // which would name each text that is not UTF-8
  Mutator mutator(4);
  for (int i = 0; i < kRounds; ++i) {
    google::rpc::Status wire = ToRpcStatus(mutator.Of(errors));
    for (auto& detail : *wire.mutable_details()) {
      detail.set_value(mutator.Mutate(detail.value()));
      if (i % 5 == 0) detail.set_type_url(mutator.Mutate(detail.type_url()));
    }
    if (i % 7 == 0) wire.set_code(i - kRounds / 2);
    const absl::Status status = FromRpcStatus(wire);
    EXPECT_EQ(status.ok(), wire.code() == 0);
    const v1::RowError row = ToRowError(status);
    EXPECT_EQ(row.code(), static_cast<int>(status.code()));
    // Details that cannot be read are none; those that can survive the way back.
    EXPECT_EQ(FromRpcStatus(ToRpcStatus(status)), status);
  }
}

}  // namespace
}  // namespace perennial
