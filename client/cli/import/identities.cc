#include "client/cli/import/identities.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "client/cli/import/text_template.h"
#include "lib/api/text.h"
#include "lib/base/status.h"

namespace perennial::cli {

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

const ImportRow::Identity* Find(const Identities& identities, absl::string_view name) {
  for (const ImportRow::Identity& identity : identities) {
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

absl::Status AddIdentities(absl::string_view name, absl::string_view text, Identities& identities) {
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
    const ImportRow::Identity* known = Find(identities, its_name);
    RETURN_IF_ERROR(CheckSame(known, its_text, ""));
    if (known != nullptr) continue;
    ImportRow::Identity& identity = *identities.Add();
    identity.set_name(std::string(its_name));
    identity.set_text(std::string(its_text));
  }
  return absl::OkStatus();
}

absl::Status CheckSame(const Identities& first, int64_t first_line, const Identities& identities) {
  for (const ImportRow::Identity& identity : identities) {
    RETURN_IF_ERROR(CheckSame(Find(first, identity.name()), identity.text(),
                              absl::StrCat(", of line ", first_line)));
  }
  return absl::OkStatus();
}

}  // namespace perennial::cli
