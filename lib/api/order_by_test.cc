#include "lib/api/order_by.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/history_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const FieldTable& Table() { return FieldTable::Of(*v1::Subscription::descriptor()); }

OrderBy Parse(absl::string_view text) {
  absl::StatusOr<OrderBy> order = OrderBy::Parse(text, Table());
  EXPECT_TRUE(order.ok()) << order.status();
  return *std::move(order);
}

std::string ErrorOf(absl::string_view text) {
  const absl::Status status = OrderBy::Parse(text, Table()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_EQ(ReasonOf(status), v1::INVALID_ORDER_BY) << text;
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  return violations.size() == 1 && violations[0].field == "order_by" ? violations[0].description
                                                                     : "";
}

v1::Subscription Make(const std::string& name, int64_t micros, int seats) {
  v1::Subscription subscription;
  subscription.set_name(name);
  subscription.mutable_arr()->set_micros(micros);
  subscription.set_seats(seats);
  return subscription;
}

TEST(OrderByTest, IsTotalByTheName) {
  EXPECT_EQ(Parse("").ToSql().sql, "name");
  EXPECT_EQ(Parse("  ").ToSql().sql, "name");
  EXPECT_EQ(Parse("seats").ToSql().sql, "seats, name");
  EXPECT_EQ(Parse("arr desc").ToSql().sql, "arr_currency DESC, arr_micros DESC, name DESC");
  EXPECT_EQ(Parse(" arr  desc ,start_date").ToSql().sql,
            "arr_currency DESC, arr_micros DESC, start_date, name");
  EXPECT_EQ(Parse("seats asc").ToSql().sql, "seats, name");
  EXPECT_EQ(Parse("name desc").ToSql().sql, "name DESC");
  EXPECT_EQ(Parse("account, create_time desc").ToSql().sql, "account, create_time DESC, name DESC");
}

TEST(OrderByTest, GoesByWhatIsJoined) {
  const FieldTable& tasks = FieldTable::Of(*v1::Task::descriptor());
  const OrderBy order = OrderBy::Parse("account.segment desc, due_date", tasks).value();
  EXPECT_TRUE(order.joins());
  EXPECT_EQ(order.ToSql().sql, "account_segment DESC, due_date, name");
  v1::Task task;
  task.set_name("accounts/a/tasks/t");
  task.mutable_account()->set_segment("enterprise");
  EXPECT_EQ(order.KeyOf(task), (std::vector<FieldValue>{"enterprise", "", "accounts/a/tasks/t"}));
  EXPECT_FALSE(OrderBy::Parse("account, due_date", tasks).value().joins());
  EXPECT_FALSE(OrderBy::Parse("account.labels", tasks).ok());
}

TEST(OrderByTest, HasNoNameWhereTheMessageHasNone) {
  const FieldTable& changes = FieldTable::Of(*v1::Change::descriptor());
  EXPECT_EQ(OrderBy::Parse("revision desc", changes).value().ToSql().sql, "revision DESC");
}

TEST(OrderByTest, RefusesWhatItCannotOrderBy) {
  EXPECT_THAT(ErrorOf("sets"), AllOf(HasSubstr("unknown field \"sets\""), HasSubstr("seats,")));
  EXPECT_THAT(ErrorOf("labels"), HasSubstr("labels has no order"));
  EXPECT_THAT(ErrorOf("cancel_note"), HasSubstr("cancel_note has no order"));
  EXPECT_THAT(ErrorOf("seats down"), HasSubstr("expected \"desc\" or a comma after seats"));
  EXPECT_THAT(ErrorOf("seats desc desc"), HasSubstr("after seats"));
  EXPECT_THAT(ErrorOf("seats,,arr"), HasSubstr("between the commas"));
  EXPECT_THAT(ErrorOf("seats,"), HasSubstr("between the commas"));
  EXPECT_THAT(ErrorOf("seats, seats desc"), HasSubstr("named twice"));
  EXPECT_THAT(ErrorOf("seats, arr, state, trial, product, start_date"), HasSubstr("at most 5"));
  EXPECT_THAT(ErrorOf("etag"), HasSubstr("unknown field"));
}

TEST(OrderByTest, PagesFromABoundOnTheFirstColumn) {
  const OrderBy order = Parse("seats desc, start_date");
  const SqlCondition after = order.After({int64_t{5}, "2025-01-31", "accounts/a/subscriptions/s"});
  EXPECT_EQ(after.sql,
            "seats <= ? AND (seats < ? OR start_date >= ? AND (start_date > ? OR name > "
            "?))");
  EXPECT_THAT(after.binds,
              ElementsAre(FieldValue(int64_t{5}), FieldValue(int64_t{5}), FieldValue("2025-01-31"),
                          FieldValue("2025-01-31"), FieldValue("accounts/a/subscriptions/s")));
  EXPECT_EQ(Parse("").After({"n"}).sql, "name > ?");
}

TEST(OrderByTest, KeysAreTheValuesOfTheTerms) {
  const OrderBy order = Parse("arr desc, seats");
  const std::vector<FieldValue> key = order.KeyOf(Make("n", 5, 7));
  EXPECT_THAT(key, ElementsAre(FieldValue(""), FieldValue(int64_t{5}), FieldValue(int64_t{7}),
                               FieldValue("n")));
  EXPECT_TRUE(IsOfShape(key, order.KeyShape()));
}

TEST(OrderByTest, TellsWhichKeysFit) {
  EXPECT_TRUE(IsOfShape({"USD", int64_t{5}, "n"}, Parse("arr").KeyShape()));
  EXPECT_FALSE(IsOfShape({int64_t{5}, int64_t{5}, "n"}, Parse("arr").KeyShape()));
  const OrderBy order = Parse("seats, start_date");
  EXPECT_TRUE(IsOfShape({int64_t{5}, "2025-01-31", "n"}, order.KeyShape()));
  EXPECT_FALSE(IsOfShape({}, order.KeyShape()));
  EXPECT_FALSE(IsOfShape({int64_t{5}, "2025-01-31"}, order.KeyShape()));
  EXPECT_FALSE(IsOfShape({int64_t{5}, "2025-01-31", "n", "n"}, order.KeyShape()));
  EXPECT_FALSE(IsOfShape({"5", "2025-01-31", "n"}, order.KeyShape()));
  EXPECT_FALSE(IsOfShape({5.0, "2025-01-31", "n"}, order.KeyShape()));
  EXPECT_FALSE(IsOfShape({int64_t{5}, int64_t{2025}, "n"}, order.KeyShape()));
}

TEST(OrderByTest, Compares) {
  const OrderBy order = Parse("arr desc, seats");
  EXPECT_TRUE(order.Less(Make("a", 2, 0), Make("a", 1, 0)));
  EXPECT_TRUE(order.Less(Make("a", 1, 1), Make("a", 1, 2)));
  EXPECT_TRUE(order.Less(Make("a", 1, 1), Make("b", 1, 1)));
  EXPECT_FALSE(order.Less(Make("a", 1, 1), Make("a", 1, 1)));
  EXPECT_TRUE(Parse("arr desc").Less(Make("b", 1, 1), Make("a", 1, 1)));
  v1::Subscription yen = Make("a", 1'000'000, 1);
  yen.mutable_arr()->set_currency_code("JPY");
  v1::Subscription dollars = Make("a", 1, 1);
  dollars.mutable_arr()->set_currency_code("USD");
  EXPECT_TRUE(Parse("arr desc").Less(dollars, yen)) << "each currency by itself";
}

}  // namespace
}  // namespace perennial
