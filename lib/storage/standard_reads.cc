#include "lib/storage/standard_reads.h"

#include <google/protobuf/timestamp.pb.h>

#include <memory>
#include <utility>

#include "lib/api/errors.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/serialize.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/list_start.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Timestamp;

namespace {

std::string StringOf(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

// What the request wants to read as of; null for now.
const Timestamp* ReadTimeOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("read_time");
  if (field == nullptr || !request.GetReflection()->HasField(request, field)) return nullptr;
  return &static_cast<const Timestamp&>(request.GetReflection()->GetMessage(request, field));
}

// The repeated field that holds the resources.
const FieldDescriptor& ResourcesField(const Descriptor& response) {
  int i = 0;
  while (!response.field(i)->is_repeated()) ++i;
  return *response.field(i);
}

absl::StatusOr<Selection> Select(const Message& request, const ResourceTable& table,
                                 const PageRequest& page, const OrderBy& order) {
  const std::string parent = StringOf(request, "parent");
  ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(StringOf(request, "filter"), table.fields()));
  if (!ParentPattern(table.pattern()).empty()) {
    RETURN_IF_ERROR(CheckListParent(parent, table.pattern(), "parent"));
  }
  Selection selection(table);
  selection.WithPrefix(NamePrefix(parent, table.pattern()));
  if (!StringOf(request, "order_by").empty()) selection.AsAsked();
  selection.Matching(filter);
  SelectPage(page, order, selection);
  return selection;
}

absl::Status AppendPastSummary(const ResourceTable& table, const std::string& name, absl::Time time,
                               ReadTx& tx, std::string& answer) {
  const FieldDescriptor* summary = table.fields().summary();
  if (summary == nullptr) return absl::OkStatus();
  return tx.GetDataAsOf(AccountOf(name), time, [&](absl::string_view account) {
    AppendSummary(*summary, account, answer);
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<std::string> GetStored(const Message& request, const ResourceTable& table,
                                      ReadTx& tx) {
  const std::string name = StringOf(request, "name");
  RETURN_IF_ERROR(CheckName(name, table.pattern(), "name"));
  std::string stored;
  const auto keep = [&stored](absl::string_view data) {
    stored.assign(data.data(), data.size());
    return absl::OkStatus();
  };
  if (const Timestamp* read_time = ReadTimeOf(request)) {
    const absl::Time time = ToTime(*read_time);
    if (time > tx.history_time()) return InvalidField("read_time", "must not be in the future");
    RETURN_IF_ERROR(tx.GetDataAsOf(name, time, keep));
    RETURN_IF_ERROR(AppendPastSummary(table, name, time, tx, stored));
  } else if (table.fields().summary() != nullptr) {
    RETURN_IF_ERROR(tx.GetDataWithSummary(table, name, keep));
  } else {
    RETURN_IF_ERROR(tx.GetData(table, name, keep));
  }
  return stored;
}

absl::StatusOr<std::string> ListStored(const Message& request, const Descriptor& response,
                                       ReadTx& tx, absl::string_view also) {
  const FieldDescriptor& resources = ResourcesField(response);
  const ResourceTable& table = ResourceTable::Of(*resources.message_type());
  ASSIGN_OR_RETURN(const OrderBy order,
                   OrderBy::Parse(StringOf(request, "order_by"), table.fields()));
  ASSIGN_OR_RETURN(const ListStart start, StartList(request, order.KeyShape(), tx));
  const PageRequest& page = start.page;
  ASSIGN_OR_RETURN(Selection selection, Select(request, table, page, order));
  selection.Where(also);

  std::string answer;
  AppendField(*response.FindFieldByName("resume_token"), start.resume_token, answer);
  // Of the last one on the page.
  size_t last_size = 0;
  PageRoom room(page);
  RETURN_IF_ERROR(SelectWithSummaries(selection, page, tx, [&](absl::string_view data) {
    if (!room.Take(data.size())) return absl::OkStatus();
    AppendField(resources, data, answer);
    last_size = data.size();
    return absl::OkStatus();
  }));
  if (!room.is_full()) return answer;
  const std::unique_ptr<Message> last(
      MessageFactory::generated_factory()->GetPrototype(resources.message_type())->New());
  if (!last->ParseFromArray(&answer[answer.size() - last_size], static_cast<int>(last_size))) {
    return DataDamaged("");
  }
  AppendField(*response.FindFieldByName("next_page_token"), MakePageToken(page, order.KeyOf(*last)),
              answer);
  return answer;
}

}  // namespace perennial
