#include "server/watch/watch_criteria.h"

#include "absl/strings/str_cat.h"
#include "lib/api/errors.h"
#include "lib/api/fields.h"
#include "lib/api/resource_name.h"
#include "lib/base/status.h"
#include "lib/storage/history.h"

namespace perennial {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;

namespace {

// The owner that a resource names; empty where it names none.
std::string OwnerOf(const v1::Resource& resource) {
  const Message* message = InResource(resource);
  if (message == nullptr) return "";
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName("owner");
  return field == nullptr ? "" : message->GetReflection()->GetString(*message, field);
}

bool AnyOrHas(const std::set<std::string>& wanted, const std::string& value) {
  return wanted.empty() || wanted.count(value) != 0;
}

}  // namespace

absl::StatusOr<WatchCriteria> WatchCriteria::Parse(const v1::WatchRequest& request,
                                                   absl::string_view actor) {
  WatchCriteria criteria;
  for (int i = 0; i < request.resource_types_size(); ++i) {
    if (ResourceByType(request.resource_types(i)) == nullptr) {
      return InvalidField(absl::StrCat("resource_types[", i, "]"),
                          "must be a type of resource, such as `Opportunity`");
    }
  }
  criteria.accounts_.insert(request.accounts().begin(), request.accounts().end());
  criteria.types_.insert(request.resource_types().begin(), request.resource_types().end());
  criteria.owners_.insert(request.owners().begin(), request.owners().end());
  ASSIGN_OR_RETURN(criteria.filter_,
                   Filter::Parse(request.filter(), FieldTable::Of(*Change::descriptor())));
  if (request.exclude_own()) criteria.not_by_ = std::string(actor);
  criteria.include_previous_ = request.include_previous();
  return criteria;
}

bool WatchCriteria::Want(const Change& change) const {
  if (!AnyOrHas(accounts_, change.account()) || !AnyOrHas(types_, change.resource_type())) {
    return false;
  }
  if (!not_by_.empty() && change.actor() == not_by_) return false;
  if (!owners_.empty() && owners_.count(OwnerOf(change.resource())) == 0 &&
      owners_.count(OwnerOf(change.previous_resource())) == 0) {
    return false;
  }
  return filter_.Matches(change);
}

void WatchCriteria::Narrow(ChangeRange& range) const {
  range.filter = filter_;
  range.accounts = accounts_;
  range.resource_types = types_;
}

}  // namespace perennial
