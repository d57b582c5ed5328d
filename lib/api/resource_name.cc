#include "lib/api/resource_name.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/api/errors.h"
#include "lib/base/ids.h"
#include "perennial/v1/options.pb.h"
#include "perennial/v1/proto_files.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr absl::string_view kWildcard = "-";
constexpr absl::string_view kAccounts = "accounts/";

// Takes the first segment off `rest`.
absl::string_view NextSegment(absl::string_view& rest) {
  const size_t slash = rest.find('/');
  const absl::string_view segment = rest.substr(0, slash);
  rest = slash == absl::string_view::npos ? absl::string_view() : rest.substr(slash + 1);
  return segment;
}

bool IsVariable(absl::string_view segment) { return absl::StartsWith(segment, "{"); }

// With `wildcards`, `-` may stand for a variable, and has to for those behind it.
bool Matches(absl::string_view name, absl::string_view pattern, bool wildcards) {
  if (std::count(name.begin(), name.end(), '/') !=
      std::count(pattern.begin(), pattern.end(), '/')) {
    return false;
  }
  bool behind_wildcard = false;
  while (!pattern.empty()) {
    const absl::string_view expected = NextSegment(pattern);
    const absl::string_view segment = NextSegment(name);
    if (!IsVariable(expected)) {
      if (segment != expected) return false;
    } else if (wildcards && segment == kWildcard) {
      behind_wildcard = true;
    } else if (behind_wildcard || !IsValidId(segment)) {
      return false;
    }
  }
  return name.empty();
}

// "accounts/{account}/contacts/{contact}" -> "contacts".
absl::string_view CollectionOf(absl::string_view pattern) {
  const absl::string_view path = pattern.substr(0, pattern.rfind('/'));
  return path.substr(path.rfind('/') + 1);
}

std::string Join(absl::string_view parent, absl::string_view collection) {
  return absl::StrCat(parent, parent.empty() ? "" : "/", collection, "/");
}

std::vector<const Descriptor*> FindResources() {
  std::vector<const Descriptor*> resources;
  for (const char* path : kProtoFiles) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(path);
    if (file == nullptr) continue;  // not linked into this program
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* message = file->message_type(i);
      if (message->options().HasExtension(v1::resource)) resources.push_back(message);
    }
  }
  std::sort(resources.begin(), resources.end(), [](const Descriptor* a, const Descriptor* b) {
    return a->options().GetExtension(v1::resource).table() <
           b->options().GetExtension(v1::resource).table();
  });
  return resources;
}

}  // namespace

bool MatchesPattern(absl::string_view name, absl::string_view pattern) {
  return Matches(name, pattern, /*wildcards=*/false);
}

absl::Status CheckName(absl::string_view name, absl::string_view pattern, absl::string_view field) {
  if (MatchesPattern(name, pattern)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must have the form ", pattern));
}

absl::Status CheckListParent(absl::string_view parent, absl::string_view pattern,
                             absl::string_view field) {
  const absl::string_view expected = ParentOf(pattern);
  if (Matches(parent, expected, /*wildcards=*/true)) return absl::OkStatus();
  return InvalidField(field, expected.empty() ? "must be empty"
                                              : absl::StrCat("must have the form ", expected,
                                                             ", where - stands for each of them"));
}

std::string NamePrefix(absl::string_view parent, absl::string_view pattern) {
  const size_t wildcard = parent.find("/-");
  if (wildcard != absl::string_view::npos) return std::string(parent.substr(0, wildcard + 1));
  return Join(parent, CollectionOf(pattern));
}

absl::string_view ParentOf(absl::string_view name) {
  const size_t id = name.rfind('/');
  if (id == absl::string_view::npos || id == 0) return {};
  const size_t collection = name.rfind('/', id - 1);
  if (collection == absl::string_view::npos) return {};
  return name.substr(0, collection);
}

absl::string_view IdOf(absl::string_view name) { return name.substr(name.rfind('/') + 1); }

absl::string_view AccountOf(absl::string_view name) {
  if (!absl::StartsWith(name, kAccounts)) return {};
  const size_t end = name.find('/', kAccounts.size());
  return end == absl::string_view::npos ? absl::string_view() : name.substr(0, end);
}

absl::string_view OwnAccount(absl::string_view name) {
  const absl::string_view account = AccountOf(name);
  if (!account.empty()) return account;
  return absl::StartsWith(name, "accounts/") ? name : absl::string_view();
}

std::string ChildName(absl::string_view parent, absl::string_view pattern, absl::string_view id) {
  return absl::StrCat(Join(parent, CollectionOf(pattern)), id);
}

absl::string_view PatternOf(const Descriptor& resource) {
  return resource.options().GetExtension(v1::resource).pattern();
}

std::string ParentPattern(absl::string_view pattern) { return std::string(ParentOf(pattern)); }

const Descriptor* ResourceByType(absl::string_view type) {
  for (const Descriptor* resource : AllResources()) {
    if (resource->options().GetExtension(v1::resource).type() == type) return resource;
  }
  return nullptr;
}

const Descriptor* ResourceByName(absl::string_view name) {
  for (const Descriptor* resource : AllResources()) {
    if (MatchesPattern(name, PatternOf(*resource))) return resource;
  }
  return nullptr;
}

const std::vector<const Descriptor*>& AllResources() {
  static const auto* resources = new std::vector<const Descriptor*>(FindResources());
  return *resources;
}

}  // namespace perennial
