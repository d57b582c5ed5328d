#include "server/workflows/import/merge_row.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/rules.h"
#include "lib/api/text.h"
#include "lib/base/fingerprint.h"

namespace perennial {

using google::protobuf::Message;
using internal::FieldMemory;
using internal::RowMemory;
using v1::ImportRequest;

namespace {

constexpr int kShownText = 1000;

bool Has(const ValueHashes& values, uint64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

ValueHashes ValuesOf(const FieldMemory& memory) {
  return {memory.values().begin(), memory.values().end()};
}

const FieldMemory* Find(const RowMemory* memory, const std::string& path) {
  if (memory == nullptr) return nullptr;
  for (const FieldMemory& field : memory->fields()) {
    if (field.path() == path) return &field;
  }
  return nullptr;
}

FieldMemory MemoryOf(const SaidField& field, const Message& given, const v1::ImportRow& row) {
  FieldMemory memory;
  memory.set_path(field.path());
  for (const uint64_t value : field.In(given)) memory.add_values(value);
  for (const v1::ImportRow::Saying& saying : row.sayings()) {
    if (saying.path() == field.path()) memory.set_saying(Fingerprint(saying.text()));
  }
  return memory;
}

bool IsOutputOnly(const SaidField& field) { return RulesOf(field.descriptor()).output_only(); }

std::string TextOf(const SaidField& field, const Message& resource) {
  return std::string(FirstCharacters(field.TextIn(resource), kShownText));
}

}  // namespace

RowMerge::RowMerge(const Message& given, const v1::ImportRow& row,
                   const std::vector<SaidField>& said, const Message* before, const RowMemory* last,
                   OnConflict on_conflict)
    : given_(given),
      row_(row),
      before_(before),
      on_conflict_(on_conflict),
      result_(given.New()),
      taken_(given.New()),
      last_(last) {
  result_->CopyFrom(before == nullptr ? given : *before);
  if (before == nullptr) {
    taken_->CopyFrom(given);
  } else {
    const auto* name = given.GetDescriptor()->FindFieldByName("name");
    taken_->GetReflection()->SetString(taken_.get(), name,
                                       given.GetReflection()->GetString(given, name));
  }
  for (const SaidField& field : said) Merge(field);
  // What it says nothing of any more it may say again.
  if (last == nullptr) return;
  for (const FieldMemory& field : last->fields()) {
    if (Find(&memory_, field.path()) != nullptr) continue;
    const bool is_said = std::any_of(said.begin(), said.end(), [&](const SaidField& other) {
      return other.path() == field.path();
    });
    if (!is_said) *memory_.add_fields() = field;
  }
}

bool RowMerge::IsUnchanged(const FieldMemory* last, const FieldMemory& now) const {
  if (last == nullptr) return false;
  if (now.saying() != 0) return now.saying() == last->saying();
  return ValuesOf(*last) == ValuesOf(now);
}

void RowMerge::Merge(const SaidField& field) {
  const FieldMemory* last = Find(last_, field.path());
  Take take{&field, last, MemoryOf(field, given_, row_), nullptr};
  if (last != nullptr && last->has_refused()) take.refused = &last->refused();
  // What was only ever refused was never said.
  if (last != nullptr && last->never_taken()) take.last = nullptr;
  if (IsUnchanged(take.last, take.now)) return Keep(take.last);
  says_new_ = true;
  if (before_ == nullptr) {
    taken_paths_.insert(field.path());
    *memory_.add_fields() = std::move(take.now);
  } else if (field.is_list()) {
    MergeList(std::move(take));
  } else {
    TakeField(std::move(take));
  }
}

void RowMerge::Keep(const FieldMemory* last) {
  if (last == nullptr) return;
  FieldMemory& kept = *memory_.add_fields();
  kept = *last;
  kept.clear_refused();
}

bool RowMerge::WasRefused(const Take& take) const { return IsUnchanged(take.refused, take.now); }

// Whoever goes back to what the row said before has decided against what it says now.
void RowMerge::KeepRefusing(const Take& take) {
  FieldMemory& kept = *memory_.add_fields();
  if (take.last != nullptr) kept = *take.last;
  kept.set_never_taken(take.last == nullptr);
  kept.set_path(take.now.path());
  *kept.mutable_refused() = take.now;
  kept.mutable_refused()->clear_path();
}

void RowMerge::TakeField(Take take) {
  const SaidField& field = *take.field;
  const ValueHashes here = field.In(*before_);
  const ValueHashes there = ValuesOf(take.now);
  if (here == there) {
    *memory_.add_fields() = std::move(take.now);
    return;
  }
  const bool was_refused = WasRefused(take);
  const bool is_free =
      field.IsUnknownIn(*before_) ||
      (!was_refused && here == (take.last == nullptr ? ValueHashes() : ValuesOf(*take.last)));
  if (!is_free) {
    AddConflict(field, on_conflict_ == ImportRequest::TAKE);
    if (on_conflict_ != ImportRequest::TAKE) return KeepRefusing(take);
  }
  field.Copy(given_, *taken_);
  taken_paths_.insert(field.path());
  if (IsOutputOnly(field)) {
    offered_.push_back(std::move(take));
  } else {
    field.Copy(given_, *result_);
    *memory_.add_fields() = std::move(take.now);
  }
}

// Somebody here may have changed what has the same id. False where that stays.
bool RowMerge::MakeRoom(const SaidField& field, int element) {
  const int same = field.FindElement(given_, element, *result_);
  if (same < 0) return true;
  const bool takes = on_conflict_ == ImportRequest::TAKE;
  v1::ImportResponse::Conflict& conflict = conflicts_.emplace_back();
  conflict.set_field(field.path());
  conflict.set_here(field.ElementText(*result_, same));
  conflict.set_there(field.ElementText(given_, element));
  conflict.set_taken(takes);
  if (takes) {
    field.RemoveElement(same, *result_);
  } else {
    settled_ = false;
  }
  return takes;
}

void RowMerge::MergeList(Take take) {
  const SaidField& field = *take.field;
  const ValueHashes there = ValuesOf(take.now);
  const ValueHashes here = field.In(*before_);
  if (here == there) {
    *memory_.add_fields() = std::move(take.now);
    return;
  }
  if (WasRefused(take) || (take.last == nullptr && !here.empty())) {
    AddConflict(field, on_conflict_ == ImportRequest::TAKE);
    if (on_conflict_ != ImportRequest::TAKE) return KeepRefusing(take);
  }
  const ValueHashes last = take.last == nullptr ? here : ValuesOf(*take.last);
  const bool is_output_only = IsOutputOnly(field);
  const bool takes_back =
      take.last != nullptr &&
      std::any_of(last.begin(), last.end(), [&](uint64_t value) { return !Has(there, value); });
  // What such a list has is not taken back by a file: its rules only ever add to it.
  if (is_output_only && takes_back) {
    AddConflict(field, /*taken=*/false);
    if (on_conflict_ != ImportRequest::TAKE) return Keep(take.last);
  }
  for (int i = static_cast<int>(here.size()) - 1; i >= 0 && !is_output_only; --i) {
    if (Has(last, here[i]) && !Has(there, here[i])) field.RemoveElement(i, *result_);
  }
  for (size_t i = 0; i < there.size(); ++i) {
    if (Has(last, there[i]) || Has(here, there[i])) continue;
    const int element = static_cast<int>(i);
    if (!is_output_only && !MakeRoom(field, element)) {
      // It was not said as far as is remembered, and is a conflict again.
      auto& values = *take.now.mutable_values();
      values.erase(std::remove(values.begin(), values.end(), there[i]), values.end());
      continue;
    }
    field.AddElement(given_, element, *taken_);
    if (!is_output_only) field.AddElement(given_, element, *result_);
  }
  // Nobody else was at it: in the row's order.
  if (here == last && !is_output_only) field.Copy(given_, *result_);
  *memory_.add_fields() = std::move(take.now);
}

void RowMerge::AddConflict(const SaidField& field, bool taken) {
  v1::ImportResponse::Conflict& conflict = conflicts_.emplace_back();
  conflict.set_field(field.path());
  conflict.set_here(TextOf(field, *before_));
  conflict.set_there(TextOf(field, given_));
  conflict.set_taken(taken);
  if (!taken) settled_ = false;
}

absl::Status RowMerge::Finish() {
  for (Take& take : offered_) {
    if (take.field->In(*result_) == ValuesOf(take.now)) {
      *memory_.add_fields() = std::move(take.now);
      continue;
    }
    // The rules keep what is there, whoever is to win.
    const auto same = [&](const v1::ImportResponse::Conflict& conflict) {
      return conflict.field() == take.field->path();
    };
    conflicts_.erase(std::remove_if(conflicts_.begin(), conflicts_.end(), same), conflicts_.end());
    AddConflict(*take.field, /*taken=*/false);
    const std::string& methods = RulesOf(take.field->descriptor()).changed_by();
    // Rows give what happened to a renewal elsewhere; here it is moved.
    if (row_.resource().has_opportunity() && !methods.empty()) {
      conflicts_.back().set_why(absl::StrCat("once it is here it changes by ", methods));
    }
    Keep(take.last);
  }
  offered_.clear();
  if (conflicts_.empty() || on_conflict_ != ImportRequest::REJECT) return absl::OkStatus();
  std::vector<UnmetCondition> unmet;
  for (const v1::ImportResponse::Conflict& conflict : conflicts_) {
    unmet.push_back({conflict.field(), absl::StrCat("is \"", conflict.here(), "\" here, and \"",
                                                    conflict.there(), "\" in the row")});
  }
  return FailedPreconditions(v1::IMPORT_CONFLICT, row_.name(),
                             "Somebody here has changed what the row changes", unmet);
}

}  // namespace perennial
