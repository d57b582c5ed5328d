#include "lib/storage/past_list.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/past.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

namespace {

constexpr size_t kAccountsAtOnce = 128;

// The first rows of some, in an order.
class FirstRows {
 public:
  FirstRows(const OrderBy& order, size_t count) : order_(order), count_(count) {}

  void Add(std::vector<FieldValue> key, absl::string_view data) {
    if (rows_.size() == count_ && !order_.KeyLess(key, rows_.front().key)) return;
    rows_.push_back({std::move(key), std::string(data)});
    std::push_heap(rows_.begin(), rows_.end(), Less());
    if (rows_.size() <= count_) return;
    std::pop_heap(rows_.begin(), rows_.end(), Less());
    rows_.pop_back();
  }

  void MoveTo(ListPage& page) {
    std::sort_heap(rows_.begin(), rows_.end(), Less());
    for (const Row& row : rows_) page.Add(row.data);
    rows_.clear();
  }

 private:
  struct Row {
    std::vector<FieldValue> key;
    std::string data;
  };
  struct ByKey {
    const OrderBy& order;
    bool operator()(const Row& a, const Row& b) const { return order.KeyLess(a.key, b.key); }
  };
  ByKey Less() const { return {order_}; }

  const OrderBy& order_;
  const size_t count_;
  std::vector<Row> rows_;  // a heap: the last one of them is in front
};

// Gives the rows the summaries of their accounts, as these were then.
absl::Status AppendSummaries(const FieldDescriptor& summary, absl::Time as_of, ReadTx& tx,
                             std::vector<PastResource>& rows) {
  std::set<std::string> names;
  for (const PastResource& row : rows) names.insert(std::string(AccountOf(row.name)));
  const std::vector<std::string> all(names.begin(), names.end());
  std::map<std::string, std::string> accounts;
  for (size_t begin = 0; begin < all.size(); begin += kAccountsAtOnce) {
    const size_t end = std::min(all.size(), begin + kAccountsAtOnce);
    RETURN_IF_ERROR(SelectPast({all.begin() + begin, all.begin() + end}, as_of, tx.connection(),
                               [&](const PastResource& account) {
                                 accounts[account.name] = account.data;
                                 return absl::OkStatus();
                               }));
  }
  for (PastResource& row : rows) {
    AppendSummary(summary, accounts[std::string(AccountOf(row.name))], row.data);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ForEachPast(
    const PastList& list, ReadTx& tx,
    absl::FunctionRef<absl::Status(const Message& resource, absl::string_view data)> on_resource) {
  const std::unique_ptr<Message> resource(
      MessageFactory::generated_factory()->GetPrototype(&list.table.descriptor())->New());
  PastScan scan(list.table.type(), list.prefix, list.as_of);
  const FieldDescriptor* summary = list.table.fields().summary();
  bool more = true;
  while (more) {
    std::vector<PastResource> rows;
    ASSIGN_OR_RETURN(more, scan.Next(tx.connection(), [&](const PastResource& past) {
      rows.push_back(past);
      return absl::OkStatus();
    }));
    if (summary != nullptr) RETURN_IF_ERROR(AppendSummaries(*summary, list.as_of, tx, rows));
    for (const PastResource& row : rows) {
      if (!resource->ParseFromString(row.data)) return DataDamaged(row.name);
      const bool matches =
          std::all_of(list.filters.begin(), list.filters.end(),
                      [&](const Filter& filter) { return filter.Matches(*resource); });
      if (matches) RETURN_IF_ERROR(on_resource(*resource, row.data));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadPastPage(const PastList& list, const PageRequest& request,
                                     const OrderBy& order, ReadTx& tx, ListPage& page) {
  const OrderBy& direction = request.backward ? order.Reversed() : order;
  FirstRows rows(direction, static_cast<size_t>(request.page_size) + 1);
  int64_t count = 0;
  RETURN_IF_ERROR(ForEachPast(list, tx, [&](const Message& resource, absl::string_view data) {
    ++count;
    std::vector<FieldValue> key = direction.KeyOf(resource);
    const bool is_before = !request.last.empty() && !direction.KeyLess(request.last, key);
    if (!is_before) rows.Add(std::move(key), data);
    return absl::OkStatus();
  }));
  rows.MoveTo(page);
  return count;
}

}  // namespace perennial
