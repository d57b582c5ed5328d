#include "client/cli/import/planned_rows.h"

#include <set>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/cli/import/import_row.h"
#include "google/protobuf/message.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::ImportRequest;
using v1::ImportRow;

namespace {

// The server takes no more.
constexpr int kMaxEarlierRows = 10000;

// Every text in the message, at any depth: names are among them.
template <class OnText>
void ForEachText(const Message& message, const OnText& on_text) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        on_text(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                     : reflection->GetString(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ForEachText(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                         : reflection->GetMessage(message, field),
                    on_text);
      }
    }
  }
}

}  // namespace

void PlannedRows::Add(ImportRow row) {
  const auto [place, is_new] = index_.emplace(NameOf(row), rows_.size());
  if (is_new) {
    rows_.push_back(std::move(row));
  } else {
    rows_[place->second] = std::move(row);
  }
}

void PlannedRows::AddTo(ImportRequest& chunk) const {
  std::set<size_t> wanted;
  std::vector<const ImportRow*> open;
  const auto want = [&](absl::string_view text) {
    // What it names, and what that is below.
    for (size_t end = text.size(); end != absl::string_view::npos && end > 0;
         end = text.rfind('/', end - 1)) {
      const auto found = index_.find(text.substr(0, end));
      if (found != index_.end() && wanted.insert(found->second).second) {
        open.push_back(&rows_[found->second]);
      }
    }
  };
  for (const ImportRow& row : chunk.rows()) open.push_back(&row);
  while (!open.empty()) {
    const Message* message = ResourceIn(*open.back());
    open.pop_back();
    if (message != nullptr) ForEachText(*message, want);
  }
  for (const size_t index : wanted) {
    if (chunk.earlier_rows_size() == kMaxEarlierRows) return;
    *chunk.add_earlier_rows() = rows_[index];
  }
}

}  // namespace perennial::cli
