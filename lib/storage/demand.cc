#include "lib/storage/demand.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "lib/storage/bind.h"
#include "perennial/v1/subscription_service.pb.h"

namespace perennial {

using v1::Feedback;
using v1::FeedbackDemand;
using v1::Subscription;
using Topic = FeedbackDemand::Topic;

namespace {

// SQL that is put together from selections, and its binds in order.
struct Statement {
  std::string sql;
  std::vector<FieldValue> binds;

  Statement& Add(absl::string_view text) {
    absl::StrAppend(&sql, text);
    return *this;
  }
  Statement& Add(absl::string_view columns, const Selection& selection) {
    absl::StrAppend(&sql, "SELECT ", columns, selection.ToSql());
    const std::vector<FieldValue> selected = selection.binds();
    binds.insert(binds.end(), selected.begin(), selected.end());
    return *this;
  }
};

class DemandReader {
 public:
  DemandReader(const Filter& filter, ReadTx& tx)
      : feedback_(From<Feedback>().Where("topic", "!=", "").Matching(filter)), tx_(tx) {}

  absl::StatusOr<FeedbackDemand> Read(int topic_count) {
    *demand_.mutable_as_of_time() = ToTimestamp(tx_.now());
    RETURN_IF_ERROR(CountTopics());
    RETURN_IF_ERROR(ReadTopics(topic_count));
    RETURN_IF_ERROR(ReadCustomerCounts());
    RETURN_IF_ERROR(ReadArr());
    return std::move(demand_);
  }

 private:
  absl::Status Query(const Statement& statement,
                     absl::FunctionRef<absl::Status(const sql::Row&)> on_row) {
    return tx_.connection().Query(statement.sql, ToBinds(statement.binds), on_row);
  }

  // Who has which product, and with '' who has any: those who could ask for it.
  Statement& AddCustomers(Statement& statement) const {
    return statement.Add("(")
        .Add("account AS customer, product AS has", in_force_)
        .Add(" UNION ")
        .Add("account, ''", in_force_)
        .Add(") customers");
  }

  absl::Status CountTopics() {
    Statement statement;
    statement.Add("SELECT COUNT(*) FROM (")
        .Add("DISTINCT topic, product", feedback_)
        .Add(") topics");
    return Query(statement, [&](const sql::Row& row) {
      demand_.set_total_count(row.Integer(0));
      return absl::OkStatus();
    });
  }

  absl::Status ReadTopics(int topic_count) {
    Statement statement;
    statement.binds = {Feedback::State_Name(Feedback::RECEIVED),
                       Feedback::State_Name(Feedback::ACKNOWLEDGED)};
    statement
        .Add(
            "SELECT topic, product, COUNT(*), SUM(CASE WHEN state IN (?, ?) THEN 1 ELSE 0 END), "
            "COUNT(DISTINCT customer), MIN(receive_time), MAX(receive_time) FROM (")
        .Add("account, topic, product, state, receive_time", feedback_)
        .Add(") asked LEFT JOIN ");
    AddCustomers(statement)
        .Add(
            " ON customer = account AND has = product GROUP BY topic, product "
            "ORDER BY COUNT(DISTINCT customer) DESC, topic, product LIMIT ")
        .Add(absl::StrCat(topic_count));
    return Query(statement, [&](const sql::Row& row) {
      Topic& topic = *demand_.add_topics();
      topic.set_topic(std::string(row.Text(0)));
      topic.set_product(std::string(row.Text(1)));
      topic.set_feedback_count(row.Integer(2));
      topic.set_undecided_count(row.Integer(3));
      topic.set_asking_count(row.Integer(4));
      *topic.mutable_first_receive_time() = TimestampFromMicros(row.Integer(5));
      *topic.mutable_last_receive_time() = TimestampFromMicros(row.Integer(6));
      topics_[{topic.topic(), topic.product()}] = &topic;
      by_product_[topic.product()].push_back(&topic);
      return absl::OkStatus();
    });
  }

  absl::Status ReadCustomerCounts() {
    Statement statement;
    AddCustomers(statement.Add("SELECT has, COUNT(*) FROM ")).Add(" GROUP BY has");
    return Query(statement, [&](const sql::Row& row) {
      const auto topics = by_product_.find(row.Text(0));
      if (topics == by_product_.end()) return absl::OkStatus();
      const int64_t customers = row.Integer(1);
      for (Topic* topic : topics->second) {
        topic->set_customer_count(customers);
        topic->set_share_basis_points(
            static_cast<int32_t>(topic->asking_count() * 10000 / customers));
      }
      return absl::OkStatus();
    });
  }

  absl::Status ReadArr() {
    Statement statement;
    statement.Add("SELECT topic, product, arr_currency, SUM(arr_micros) FROM (")
        .Add("DISTINCT account, topic, product", feedback_)
        .Add(") asked JOIN ");
    AddCustomers(statement)
        .Add(" ON customer = account AND has = product JOIN (")
        .Add("account AS holder, arr_currency, arr_micros", in_force_)
        .Add(
            ") held ON holder = customer GROUP BY topic, product, arr_currency "
            "ORDER BY arr_currency");
    return SumOfMoney(Query(statement, [&](const sql::Row& row) -> absl::Status {
      const auto topic = topics_.find({std::string(row.Text(0)), std::string(row.Text(1))});
      const std::string currency(row.Text(2));
      if (topic == topics_.end() || currency.empty()) return absl::OkStatus();
      ASSIGN_OR_RETURN(*topic->second->add_arr(),
                       AddUp(v1::Money(), MakeMoney(currency, row.Integer(3))));
      return absl::OkStatus();
    }));
  }

  const Selection feedback_;
  const Selection in_force_ =
      From<Subscription>().WhereAnyOf("state", {Subscription::State_Name(Subscription::ACTIVE),
                                                Subscription::State_Name(Subscription::PAST_DUE)});
  ReadTx& tx_;
  FeedbackDemand demand_;
  std::map<std::pair<std::string, std::string>, Topic*> topics_;
  std::map<std::string, std::vector<Topic*>, std::less<>> by_product_;
};

}  // namespace

absl::StatusOr<FeedbackDemand> ReadDemand(const Filter& filter, int topic_count, ReadTx& tx) {
  return DemandReader(filter, tx).Read(topic_count);
}

absl::StatusOr<int64_t> Count(const Selection& selection, ReadTx& tx) {
  int64_t count = 0;
  RETURN_IF_ERROR(tx.connection().Query(absl::StrCat("SELECT COUNT(*)", selection.ToSql()),
                                        ToBinds(selection.binds()), [&](const sql::Row& row) {
                                          count = row.Integer(0);
                                          return absl::OkStatus();
                                        }));
  return count;
}

}  // namespace perennial
