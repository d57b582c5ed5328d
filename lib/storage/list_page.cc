#include "lib/storage/list_page.h"

#include <memory>

#include "google/protobuf/message.h"
#include "lib/api/errors.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

void ListPage::Add(absl::string_view data) {
  if (!room_.Take(data.size())) return;
  const size_t begin = fields_.size();
  AppendField(resources_, data, fields_);
  rows_.push_back({begin, fields_.size(), data.size()});
}

absl::StatusOr<std::vector<FieldValue>> ListPage::KeyOf(const Row& row) const {
  const std::unique_ptr<Message> resource(
      MessageFactory::generated_factory()->GetPrototype(resources_.message_type())->New());
  if (!resource->ParseFromArray(&fields_[row.end - row.size], static_cast<int>(row.size))) {
    return DataDamaged("");
  }
  return order_.KeyOf(*resource);
}

std::string ListPage::TokenTo(bool backward, const std::vector<FieldValue>& key) const {
  return backward ? MakeBackwardToken(page_, key) : MakePageToken(page_, key);
}

absl::Status ListPage::AppendTo(std::string& answer) const {
  if (page_.backward) {
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
      answer.append(fields_, row->begin, row->end - row->begin);
    }
  } else {
    answer += fields_;
  }
  const Descriptor& response = *resources_.containing_type();
  const auto append = [&](bool backward, const std::vector<FieldValue>& key) {
    const auto* field =
        response.FindFieldByName(backward ? "previous_page_token" : "next_page_token");
    // Some lists go forward only.
    if (field != nullptr) AppendField(*field, TokenTo(backward, key), answer);
  };
  if (room_.is_full()) {
    ASSIGN_OR_RETURN(const std::vector<FieldValue> key, KeyOf(rows_.back()));
    append(page_.backward, key);
  }
  // Where it came from.
  if (!page_.last.empty()) {
    std::vector<FieldValue> key;
    if (!rows_.empty()) {
      ASSIGN_OR_RETURN(key, KeyOf(rows_.front()));
    }
    append(!page_.backward, key);
  }
  return absl::OkStatus();
}

}  // namespace perennial
