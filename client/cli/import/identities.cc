#include "client/cli/import/identities.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "client/cli/import/import_row.h"
#include "client/cli/import/text_template.h"
#include "lib/api/text.h"
#include "lib/base/fingerprint.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::ImportRow;

namespace {

constexpr int kMaxText = 1000;
constexpr absl::string_view kMark(&TextTemplate::kMark, 1);

// Where the first `count` parts between slashes end.
size_t EndOf(absl::string_view text, size_t count) {
  size_t end = 0;
  for (size_t i = 0; i < count && end != absl::string_view::npos; ++i) {
    end = text.find('/', i == 0 ? 0 : end + 1);
  }
  return std::min(end, text.size());
}

// What days that count from today were made into changes with the day.
v1::Resource WithoutSaid(const ImportRow& row, v1::Resource resource) {
  if (Message* message = ResourceIn(resource)) {
    for (const ImportRow::Saying& saying : row.sayings()) {
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(saying.path());
      if (field != nullptr) message->GetReflection()->ClearField(message, field);
    }
  }
  return resource;
}

const ImportRow::Identity* Find(const ImportRow& row, absl::string_view name) {
  for (const ImportRow::Identity& identity : row.identities()) {
    if (identity.name() == name) return &identity;
  }
  return nullptr;
}

// Texts that differ may make the same id.
absl::Status CheckSame(const ImportRow::Identity* known, absl::string_view text,
                       absl::string_view place) {
  if (known == nullptr || known->text() == text) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" makes the same id as \"", known->text(), "\"", place,
                   ": take a column that tells them apart, or unique_id alone"));
}

}  // namespace

absl::Status AddIdentities(absl::string_view name, absl::string_view text, ImportRow& row) {
  const auto parts = static_cast<size_t>(std::count(name.begin(), name.end(), '/')) + 1;
  if (parts != static_cast<size_t>(std::count(text.begin(), text.end(), '/')) + 1) {
    return absl::OkStatus();
  }
  for (size_t part = 2; part <= parts; part += 2) {
    const absl::string_view marked = text.substr(0, EndOf(text, part));
    const absl::string_view its_name = name.substr(0, EndOf(name, part));
    if (marked.find(TextTemplate::kMark) == absl::string_view::npos) continue;
    const std::string unmarked = absl::StrReplaceAll(marked, {{kMark, ""}});
    const absl::string_view its_text = FirstCharacters(unmarked, kMaxText);
    const ImportRow::Identity* known = Find(row, its_name);
    RETURN_IF_ERROR(CheckSame(known, its_text, ""));
    if (known != nullptr) continue;
    ImportRow::Identity& identity = *row.add_identities();
    identity.set_name(std::string(its_name));
    identity.set_text(std::string(its_text));
  }
  return absl::OkStatus();
}

absl::Status CheckSame(const ImportRow& first, const ImportRow& row) {
  for (const ImportRow::Identity& identity : row.identities()) {
    RETURN_IF_ERROR(CheckSame(Find(first, identity.name()), identity.text(),
                              absl::StrCat(", of line ", first.line())));
  }
  return absl::OkStatus();
}

void SetDigest(ImportRow& row) {
  // Taken out and put back, not copied.
  v1::Resource resource;
  resource.Swap(row.mutable_resource());
  std::string source;
  source.swap(*row.mutable_source());
  const int64_t line = row.line();
  row.clear_line();
  row.clear_digest();
  const uint64_t digest =
      Fingerprint(row.sayings().empty() ? SerializeDeterministic(resource)
                                        : SerializeDeterministic(WithoutSaid(row, resource)),
                  Fingerprint(SerializeDeterministic(row)));
  row.set_digest(digest == 0 ? 1 : digest);
  row.set_line(line);
  row.mutable_source()->swap(source);
  row.mutable_resource()->Swap(&resource);
}

}  // namespace perennial::cli
