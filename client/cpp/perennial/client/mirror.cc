#include "perennial/client/mirror.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "perennial/v1/common.pb.h"

namespace perennial::client {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

namespace {

constexpr size_t kMostNames = 50;
constexpr size_t kLongestFilter = 4000;

// Empty where it has none.
std::string ParentOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("parent");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

bool IsOneAccount(absl::string_view parent) {
  return absl::ConsumePrefix(&parent, "accounts/") && parent != "-" &&
         !absl::StrContains(parent, '/');
}

}  // namespace

MirrorNews NewsIn(const v1::WatchResponse& response, absl::string_view item_type) {
  MirrorNews news;
  for (const v1::Change& change : response.changes()) {
    if (change.resource_type() != item_type) {
      news.accounts.insert(change.resource_name());
      continue;
    }
    const bool is_gone = change.operation() == v1::Change::DELETED;
    (is_gone ? news.gone : news.names).insert(change.resource_name());
    (is_gone ? news.names : news.gone).erase(change.resource_name());
  }
  return news;
}

v1::WatchRequest WatchOf(const Message& request, const Descriptor& item, std::string token) {
  v1::WatchRequest watch;
  watch.set_resume_token(std::move(token));
  watch.add_resource_types(item.name());
  const FieldDescriptor* summary = item.FindFieldByName("account");
  if (summary != nullptr && summary->message_type() == v1::AccountSummary::descriptor()) {
    watch.add_resource_types("Account");
  }
  const std::string parent = ParentOf(request);
  if (IsOneAccount(parent)) watch.add_accounts(parent);
  return watch;
}

void NarrowToAccount(const std::string& account, Message& request) {
  request.GetReflection()->SetString(&request, request.GetDescriptor()->FindFieldByName("parent"),
                                     account);
}

std::vector<std::string> NarrowedFilters(const std::string& filter,
                                         const std::set<std::string>& names) {
  std::vector<std::string> filters;
  size_t count = 0;
  const std::string start = filter.empty() ? "(" : absl::StrCat("(", filter, ") AND (");
  for (const std::string& name : names) {
    const std::string term = absl::StrCat("name = \"", name, "\"");
    const bool fits = count > 0 && count < kMostNames &&
                      filters.back().size() + term.size() + 5 <= kLongestFilter;
    if (fits) {
      absl::StrAppend(&filters.back(), " OR ", term);
      ++count;
    } else {
      if (count > 0) filters.back() += ")";
      filters.push_back(absl::StrCat(start, term));
      count = 1;
    }
  }
  if (count > 0) filters.back() += ")";
  return filters;
}

}  // namespace perennial::client
