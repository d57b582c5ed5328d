#include "lib/storage/standard_reads.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "lib/api/errors.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"
#include "lib/api/resource_name.h"
#include "lib/base/date.h"
#include "lib/base/serialize.h"
#include "lib/storage/account_summary.h"
#include "lib/storage/list_page.h"
#include "lib/storage/list_start.h"
#include "lib/storage/past_list.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Timestamp;

namespace {

// Up to here a list's size is counted.
constexpr int64_t kMaxTotalSize = 10'000;

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

// The time that it wants to read as of; none for now. INVALID_ARGUMENT for one that lies ahead.
absl::StatusOr<std::optional<absl::Time>> PastOf(const Message& request, const ReadTx& tx) {
  const Timestamp* read_time = ReadTimeOf(request);
  if (read_time == nullptr) return std::optional<absl::Time>();
  RETURN_IF_ERROR(CheckReadTime(*read_time, tx));
  return std::optional<absl::Time>(ToTime(*read_time));
}

bool WantsTotalSize(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("include_total_size");
  return field != nullptr && request.GetReflection()->GetBool(request, field);
}

// The repeated field that holds the resources.
const FieldDescriptor& ResourcesField(const Descriptor& response) {
  int i = 0;
  while (!response.field(i)->is_repeated()) ++i;
  return *response.field(i);
}

// By name, or the best match first, where the request says nothing.
absl::StatusOr<OrderBy> OrderOf(const Message& request, const Filter& filter,
                                const FieldTable& fields) {
  const std::string order_by = StringOf(request, "order_by");
  const std::vector<std::string> words = filter.SearchedWords();
  if (!words.empty() && absl::StripAsciiWhitespace(order_by).empty()) {
    return OrderBy::BestMatch(words, fields);
  }
  return OrderBy::Parse(order_by, fields);
}

void AppendTotalSize(const Descriptor& response, int64_t size, std::string& answer) {
  const std::unique_ptr<Message> part(
      MessageFactory::generated_factory()->GetPrototype(&response)->New());
  const auto& reflection = *part->GetReflection();
  reflection.SetInt32(part.get(), response.FindFieldByName("total_size"),
                      static_cast<int32_t>(std::min(size, kMaxTotalSize)));
  reflection.SetBool(part.get(), response.FindFieldByName("total_size_exceeded"),
                     size > kMaxTotalSize);
  part->AppendToString(&answer);
}

// What a list is of now, without its page.
Selection SelectAll(const Message& request, const std::string& prefix, const Filter& filter,
                    absl::string_view also, const ResourceTable& table) {
  Selection selection(table);
  selection.WithPrefix(prefix);
  if (!StringOf(request, "order_by").empty()) selection.AsAsked();
  selection.Matching(filter);
  selection.Where(also);
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

// Adds the rows of the page. Answers how many there are on all pages, where that is wanted.
absl::StatusOr<int64_t> ReadPage(Selection selection, bool wants_total_size,
                                 const PageRequest& request, const OrderBy& order, ReadTx& tx,
                                 ListPage& page) {
  int64_t size = 0;
  if (wants_total_size) {
    Selection counted = selection;
    ASSIGN_OR_RETURN(size, tx.Count(counted.AsAsked(), kMaxTotalSize + 1));
  }
  SelectPage(request, order, selection);
  RETURN_IF_ERROR(SelectWithSummaries(selection, request, tx, [&page](absl::string_view data) {
    page.Add(data);
    return absl::OkStatus();
  }));
  return size;
}

}  // namespace

absl::StatusOr<std::string> GetStored(const Message& request, const ResourceTable& table,
                                      ReadTx& tx) {
  const std::string name = StringOf(request, "name");
  RETURN_IF_ERROR(CheckName(name, table.pattern(), "name"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> past, PastOf(request, tx));
  if (!past.has_value()) return GetWithSummary(table, name, tx);
  std::string stored;
  RETURN_IF_ERROR(tx.GetDataAsOf(name, *past, [&stored](absl::string_view data) {
    stored.assign(data.data(), data.size());
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(AppendPastSummary(table, name, *past, tx, stored));
  return stored;
}

absl::Status CheckReadTime(const Timestamp& read_time, const ReadTx& tx) {
  if (ToTime(read_time) <= tx.history_time()) return absl::OkStatus();
  return InvalidField("read_time", "must not be in the future");
}

bool IsOfSeveralQueries(const Message& list_request) {
  return ReadTimeOf(list_request) != nullptr || WantsTotalSize(list_request);
}

absl::StatusOr<std::string> ListStored(const Message& request, const Descriptor& response,
                                       ReadTx& tx, absl::string_view also) {
  const FieldDescriptor& resources = ResourcesField(response);
  const ResourceTable& table = ResourceTable::Of(*resources.message_type());
  ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(StringOf(request, "filter"), table.fields()));
  ASSIGN_OR_RETURN(const OrderBy order, OrderOf(request, filter, table.fields()));
  ASSIGN_OR_RETURN(const ListStart start, StartList(request, order.KeyShape(), tx));
  const std::string parent = StringOf(request, "parent");
  if (!ParentPattern(table.pattern()).empty()) {
    RETURN_IF_ERROR(CheckListParent(parent, table.pattern(), "parent"));
  }
  const std::string prefix = NamePrefix(parent, table.pattern());
  ASSIGN_OR_RETURN(const std::optional<absl::Time> past, PastOf(request, tx));

  ListPage page(start.page, order, resources);
  const bool wants_total_size = WantsTotalSize(request);
  int64_t size = 0;
  if (past.has_value()) {
    ASSIGN_OR_RETURN(Filter narrowed, Filter::Parse(also, table.fields()));
    const PastList list{table, prefix, {filter, std::move(narrowed)}, *past};
    ASSIGN_OR_RETURN(size, ReadPastPage(list, start.page, order, tx, page));
  } else {
    ASSIGN_OR_RETURN(size, ReadPage(SelectAll(request, prefix, filter, also, table),
                                    wants_total_size, start.page, order, tx, page));
  }
  std::string answer;
  AppendField(*response.FindFieldByName("resume_token"), start.resume_token, answer);
  if (wants_total_size) AppendTotalSize(response, size, answer);
  RETURN_IF_ERROR(page.AppendTo(answer));
  return answer;
}

}  // namespace perennial
