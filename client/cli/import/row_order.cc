#include "client/cli/import/row_order.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "client/cli/import/import_row.h"
#include "google/protobuf/message.h"
#include "lib/api/rules.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::ImportRow;

namespace {

// The names of resources of its own type that a row refers to.
std::vector<std::string> ReferencesOf(const ImportRow& row) {
  std::vector<std::string> names;
  const Message* resource = ResourceIn(row);
  if (resource == nullptr) return names;
  const auto& type = *resource->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated() || RulesOf(field).reference() != type.name()) continue;
    names.push_back(resource->GetReflection()->GetString(*resource, &field));
  }
  return names;
}

// Takes what a row refers to before the row, however deep that goes.
class Sorter {
 public:
  explicit Sorter(std::vector<ImportRow> rows) : rows_(std::move(rows)), state_(rows_.size()) {
    for (size_t i = 0; i < rows_.size(); ++i) places_.emplace(NameOf(rows_[i]), i);
  }

  std::vector<ImportRow> Sort() && {
    for (size_t i = 0; i < rows_.size(); ++i) Take(i);
    return std::move(sorted_);
  }

 private:
  enum class State { kLeft, kWaiting, kTaken };

  void Take(size_t first) {
    std::vector<size_t> waiting = {first};
    while (!waiting.empty()) {
      const size_t row = waiting.back();
      if (state_[row] == State::kLeft) {
        state_[row] = State::kWaiting;
        for (const std::string& name : ReferencesOf(rows_[row])) {
          const auto place = places_.find(name);
          if (place != places_.end() && state_[place->second] == State::kLeft) {
            waiting.push_back(place->second);
          }
        }
        continue;
      }
      waiting.pop_back();
      if (state_[row] == State::kTaken) continue;
      state_[row] = State::kTaken;
      sorted_.push_back(std::move(rows_[row]));
    }
  }

  std::vector<ImportRow> rows_;
  std::vector<State> state_;
  absl::flat_hash_map<std::string, size_t> places_;
  std::vector<ImportRow> sorted_;
};

}  // namespace

std::vector<ImportRow> BehindWhatTheyReferTo(std::vector<ImportRow> rows) {
  return Sorter(std::move(rows)).Sort();
}

}  // namespace perennial::cli
