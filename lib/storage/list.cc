#include "lib/storage/list.h"

#include <string>

#include "lib/api/errors.h"
#include "lib/api/filter.h"
#include "lib/api/order_by.h"
#include "lib/api/page_token.h"
#include "lib/api/resource_name.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

std::string StringOf(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

// The repeated field that holds the resources.
const FieldDescriptor& ResourcesField(const Message& response) {
  const auto& descriptor = *response.GetDescriptor();
  int i = 0;
  while (!descriptor.field(i)->is_repeated()) ++i;
  return *descriptor.field(i);
}

}  // namespace

absl::Status ListInto(const Message& request, ReadTx& tx, Message& response) {
  const FieldDescriptor& resources = ResourcesField(response);
  const ResourceTable& table = ResourceTable::Of(*resources.message_type());
  const std::string parent = StringOf(request, "parent");
  ASSIGN_OR_RETURN(const PageRequest page, ParsePageRequest(request));
  ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(StringOf(request, "filter"), table.fields()));
  ASSIGN_OR_RETURN(const OrderBy order,
                   OrderBy::Parse(StringOf(request, "order_by"), table.fields()));
  if (!ParentPattern(table.pattern()).empty()) {
    RETURN_IF_ERROR(CheckListParent(parent, table.pattern(), "parent"));
  }
  Selection selection(table);
  // At the top, or below any account, the whole table is meant.
  const std::string prefix = NamePrefix(parent, table.pattern());
  if (prefix.find('/') + 1 < prefix.size()) selection.WithPrefix(prefix);
  selection.Matching(filter).OrderBy(order).Limit(page.page_size + 1);
  if (!page.last.empty()) {
    if (!order.Fits(page.last)) {
      return InvalidFields({{"page_token", "was not made for this request"}},
                           v1::INVALID_PAGE_TOKEN);
    }
    selection.Matching(order.After(page.last));
  }

  const auto* reflection = response.GetReflection();
  RETURN_IF_ERROR(tx.SelectData(selection, [&](absl::string_view data) {
    Message* resource = reflection->AddMessage(&response, &resources);
    return resource->ParseFromArray(data.data(), static_cast<int>(data.size()))
               ? absl::OkStatus()
               : absl::InternalError("a stored resource does not parse");
  }));
  if (reflection->FieldSize(response, &resources) > page.page_size) {
    reflection->RemoveLast(&response, &resources);
    const Message& last = reflection->GetRepeatedMessage(response, &resources, page.page_size - 1);
    reflection->SetString(&response, response.GetDescriptor()->FindFieldByName("next_page_token"),
                          MakePageToken(page, order.KeyOf(last)));
  }
  return absl::OkStatus();
}

}  // namespace perennial
