#include "client/cli/import/identities.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/cli/import/text_template.h"
#include "lib/api/text.h"
#include "lib/base/fingerprint.h"
#include "lib/base/serialize.h"

namespace perennial::cli {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

constexpr int kMaxText = 1000;
constexpr absl::string_view kMark(&TextTemplate::kMadeId, 1);

// Where the first `count` parts between slashes end.
size_t EndOf(absl::string_view text, size_t count) {
  size_t end = 0;
  for (size_t i = 0; i < count && end != absl::string_view::npos; ++i) {
    end = text.find('/', i == 0 ? 0 : end + 1);
  }
  return std::min(end, text.size());
}

Message* ResourceIn(v1::Resource& resource) {
  const auto* reflection = resource.GetReflection();
  const FieldDescriptor* kind =
      reflection->GetOneofFieldDescriptor(resource, resource.GetDescriptor()->oneof_decl(0));
  return kind == nullptr ? nullptr : reflection->MutableMessage(&resource, kind);
}

}  // namespace

void AddIdentity(const v1::ImportRow::Identity& identity, v1::ImportRow& row) {
  const bool is_there = std::any_of(
      row.identities().begin(), row.identities().end(),
      [&](const v1::ImportRow::Identity& known) { return known.name() == identity.name(); });
  if (!is_there) *row.add_identities() = identity;
}

void AddIdentities(absl::string_view name, absl::string_view text, v1::ImportRow& row) {
  const auto parts = static_cast<size_t>(std::count(name.begin(), name.end(), '/')) + 1;
  if (parts != static_cast<size_t>(std::count(text.begin(), text.end(), '/')) + 1) return;
  for (size_t part = 2; part <= parts; part += 2) {
    const absl::string_view its_text = text.substr(0, EndOf(text, part));
    const absl::string_view its_name = name.substr(0, EndOf(name, part));
    if (its_text.find(TextTemplate::kMadeId) == absl::string_view::npos) continue;
    v1::ImportRow::Identity identity;
    identity.set_name(std::string(its_name));
    identity.set_text(
        std::string(FirstCharacters(absl::StrReplaceAll(its_text, {{kMark, ""}}), kMaxText)));
    AddIdentity(identity, row);
  }
}

uint64_t DigestOf(const v1::ImportRow& row) {
  v1::ImportRow beside = row;
  beside.clear_source();
  beside.clear_line();
  beside.clear_digest();
  v1::Resource resource;
  resource.Swap(beside.mutable_resource());
  if (Message* message = ResourceIn(resource)) {
    for (const v1::ImportRow::Saying& saying : row.sayings()) {
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(saying.path());
      if (field != nullptr) message->GetReflection()->ClearField(message, field);
    }
  }
  const uint64_t digest =
      Fingerprint(SerializeDeterministic(resource), Fingerprint(SerializeDeterministic(beside)));
  return digest == 0 ? 1 : digest;
}

}  // namespace perennial::cli
