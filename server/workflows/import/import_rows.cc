#include "server/workflows/import/import_rows.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "lib/api/errors.h"
#include "lib/api/field_mask.h"
#include "lib/api/resource_name.h"
#include "lib/api/rules.h"
#include "lib/api/validate.h"
#include "lib/base/date.h"
#include "lib/base/serialize.h"
#include "lib/base/status.h"
#include "lib/domain/gates.h"
#include "lib/domain/listening.h"
#include "lib/storage/history.h"
#include "server/methods/standard.h"
#include "server/workflows/capabilities.h"
#include "server/workflows/complete.h"
#include "server/workflows/evidence.h"
#include "server/workflows/import/import_opportunities.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/subscription_ledger.h"

namespace perennial {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Account;
using v1::AccountEvent;
using v1::AdoptionReview;
using v1::Contact;
using v1::Feedback;
using v1::Opportunity;
using v1::Playbook;
using v1::Product;
using v1::Resource;
using v1::Subscription;
using v1::Touch;
using v1::UsageSample;

namespace {

std::string NameOf(const Message& resource) {
  return resource.GetReflection()->GetString(resource,
                                             resource.GetDescriptor()->FindFieldByName("name"));
}

// The output-only fields of a type that are taken as a row has them, for new resources.
template <class T>
std::set<absl::string_view> TakenFields() {
  return {};
}
template <>
std::set<absl::string_view> TakenFields<Contact>() {
  return {"verify_time"};
}
template <>
std::set<absl::string_view> TakenFields<Subscription>() {
  return {"end_date", "cancel_reason", "cancel_note"};
}
template <>
std::set<absl::string_view> TakenFields<Feedback>() {
  return {"acknowledge_time"};
}
template <>
std::set<absl::string_view> TakenFields<Opportunity>() {
  return {"stage",          "outcome",          "arr",
          "closed_arr",     "renewal_date",     "playbook",
          "open_time",      "stage_enter_time", "stage_times",
          "reached",        "reach_time",       "close_time",
          "churn_reason",   "close_note",       "competitor",
          "accepted_offer", "auto_closed",      "created_subscriptions"};
}

// The types that can be imported, each with the fields that only the server sets.
using IgnoredFields = std::map<const Descriptor*, std::vector<const FieldDescriptor*>>;

template <class T>
void AddType(IgnoredFields& types) {
  const std::set<absl::string_view> taken = TakenFields<T>();
  std::vector<const FieldDescriptor*>& ignored = types[T::descriptor()];
  for (int i = 0; i < T::descriptor()->field_count(); ++i) {
    const FieldDescriptor* field = T::descriptor()->field(i);
    if (field->name() == "etag" ||
        (RulesOf(*field).output_only() && taken.count(field->name()) == 0)) {
      ignored.push_back(field);
    }
  }
}

const IgnoredFields& ImportedTypes() {
  static const IgnoredFields& types = *[] {
    auto* all = new IgnoredFields;
    AddType<Account>(*all);
    AddType<AccountEvent>(*all);
    AddType<AdoptionReview>(*all);
    AddType<Contact>(*all);
    AddType<Feedback>(*all);
    AddType<Opportunity>(*all);
    AddType<Playbook>(*all);
    AddType<Product>(*all);
    AddType<Subscription>(*all);
    AddType<Touch>(*all);
    AddType<UsageSample>(*all);
    return all;
  }();
  return types;
}

}  // namespace

std::string KindOf(const Resource& row) {
  const FieldDescriptor* kind = Resource::GetReflection()->GetOneofFieldDescriptor(
      row, Resource::descriptor()->oneof_decl(0));
  return kind == nullptr ? "" : kind->name();
}

std::string NameOf(const Resource& row) {
  const Message* message = InResource(row);
  return message == nullptr ? "" : NameOf(*message);
}

absl::Status PrepareRow(Resource& row) {
  Message* message = MutableInResource(row);
  if (message == nullptr) return InvalidField("resource", "must be set");
  const std::string kind = KindOf(row);
  const auto type = ImportedTypes().find(message->GetDescriptor());
  if (type == ImportedTypes().end()) {
    return InvalidField(kind,
                        "cannot be imported: the server writes it by itself, or a method of "
                        "its own does");
  }
  for (const FieldDescriptor* field : type->second) {
    message->GetReflection()->ClearField(message, field);
  }
  RETURN_IF_ERROR(CheckName(NameOf(*message), PatternOf(*message->GetDescriptor()),
                            absl::StrCat(kind, ".name")));
  return ValidateWholeResource(*message, kind);
}

// --- reading what is there ---

namespace {

// Names of resources, by type.
using Names = std::map<const ResourceTable*, std::set<std::string>>;

void Add(const ResourceTable& table, const std::string& name, Names& names) {
  if (!name.empty()) names[&table].insert(name);
}

void AddProductOf(const std::string& capability, Names& names) {
  Add(ResourceTable::Of<Product>(), std::string(ParentOf(capability)), names);
}

void AddReferences(const ResourceTable& table, const Message& message, Names& names) {
  const auto* reflection = message.GetReflection();
  for (const ResourceTable::Reference& reference : table.references()) {
    const FieldDescriptor* field = reference.field->descriptor;
    const ResourceTable& target = ResourceTable::Of(*reference.target);
    if (!field->is_repeated()) {
      Add(target, reflection->GetString(message, field), names);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      Add(target, reflection->GetRepeatedString(message, field, i), names);
    }
  }
}

Names NamesIn(const std::vector<Resource>& rows, const std::vector<absl::Status>& problems) {
  Names names;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!problems[i].ok()) continue;
    const Resource& row = rows[i];
    const Message& message = *InResource(row);
    const ResourceTable& table = ResourceTable::Of(*message.GetDescriptor());
    const std::string name = NameOf(message);
    Add(table, name, names);
    const std::string parent(ParentOf(name));
    if (!parent.empty()) Add(ResourceTable::Of(*ResourceByName(parent)), parent, names);
    AddReferences(table, message, names);
    if (row.has_usage_sample()) AddProductOf(row.usage_sample().capability(), names);
    for (const std::string& capability : row.touch().capabilities()) {
      AddProductOf(capability, names);
    }
  }
  return names;
}

}  // namespace

absl::Status RowWriter::Load(const std::vector<Resource>& rows,
                             const std::vector<absl::Status>& problems) {
  Names names = NamesIn(rows, problems);
  const auto hold = [&](const ResourceTable& table, Holding holding) {
    const auto& wanted = names[&table];
    return tx_.Hold(table, {wanted.begin(), wanted.end()}, holding,
                    [&](absl::string_view name) { existing_.emplace(name); });
  };
  // The accounts first, and alone: what is imported is written below them.
  const ResourceTable& accounts = ResourceTable::Of<Account>();
  RETURN_IF_ERROR(hold(accounts, Holding::kExclusive));
  for (const auto& [table, unused] : names) {
    if (table != &accounts) RETURN_IF_ERROR(hold(*table, Holding::kShared));
  }
  return absl::OkStatus();
}

// --- writing ---

namespace {

// What a row that is there already keeps, and what it takes from the one that was given. A row
// never takes back what was recorded here since.
template <class T>
void Merge(const T* /*before*/, const T& /*given*/, T& /*row*/) {}

void Merge(const AccountEvent* before, const AccountEvent& given, AccountEvent& row) {
  if (before != nullptr && !given.has_event_date()) {
    *row.mutable_event_date() = before->event_date();
  }
}

void Merge(const Contact* before, const Contact& given, Contact& row) {
  if (before == nullptr) row.set_state(Contact::ACTIVE);
  if (!given.has_verify_time()) return;
  if (before != nullptr && ToTime(given.verify_time()) <= ToTime(before->verify_time())) return;
  *row.mutable_verify_time() = given.verify_time();
  // Unless something happened since: the consequences of the row say so.
  row.set_verified(true);
}

void Merge(const Touch* before, const Touch& given, Touch& row) {
  if (before == nullptr) return;
  if (!given.has_touch_time()) *row.mutable_touch_time() = before->touch_time();
  if (given.owner().empty()) row.set_owner(before->owner());
}

void Merge(const Feedback* before, const Feedback& given, Feedback& row) {
  if (before != nullptr && !given.has_receive_time()) {
    *row.mutable_receive_time() = before->receive_time();
  }
  if (before != nullptr && before->state() != Feedback::RECEIVED) return;
  row.set_state(given.has_acknowledge_time() ? Feedback::ACKNOWLEDGED : Feedback::RECEIVED);
  if (given.has_acknowledge_time()) *row.mutable_acknowledge_time() = given.acknowledge_time();
}

void Merge(const AdoptionReview* before, const AdoptionReview& given, AdoptionReview& row) {
  if (before != nullptr && !given.has_review_time()) {
    *row.mutable_review_time() = before->review_time();
  }
}

void Merge(const Opportunity* before, const Opportunity& given, Opportunity& row) {
  if (before == nullptr) return;
  if (!given.has_forecast_arr()) *row.mutable_forecast_arr() = before->forecast_arr();
  if (given.probability_percent() == 0) row.set_probability_percent(before->probability_percent());
  if (given.forecast_category() == Opportunity::FORECAST_CATEGORY_UNSPECIFIED) {
    row.set_forecast_category(before->forecast_category());
  }
  if (given.owner().empty()) row.set_owner(before->owner());
  if (given.display_name().empty()) row.set_display_name(before->display_name());
}

void Merge(const Subscription* before, const Subscription& given, Subscription& row) {
  if (before == nullptr || !given.has_end_date()) return;
  *row.mutable_end_date() = given.end_date();
  row.set_cancel_reason(given.cancel_reason());
  row.set_cancel_note(given.cancel_note());
}

}  // namespace

template <class T>
absl::Status RowWriter::CompleteRow(T& row) {
  return Complete(row, tx_);
}

template <>
absl::Status RowWriter::CompleteRow(Contact& contact) {
  return CheckNotInFuture(contact.verify_time(), "contact.verify_time", tx_);
}

template <>
absl::Status RowWriter::CompleteRow(Feedback& feedback) {
  RETURN_IF_ERROR(Complete(feedback, tx_));
  if (feedback.state() == Feedback::RECEIVED || feedback.state() == Feedback::ACKNOWLEDGED) {
    if (!playbooks_.has_value()) {
      ASSIGN_OR_RETURN(playbooks_, LoadPlaybooks(tx_));
    }
    ASSIGN_OR_RETURN(const Account account, tx_.Get<Account>(AccountOf(feedback.name())));
    SetDue(playbooks_->For(account),
           ToTime(feedback.state() == Feedback::RECEIVED ? feedback.receive_time()
                                                         : feedback.acknowledge_time()),
           feedback);
  }
  if (!feedback.has_acknowledge_time()) return absl::OkStatus();
  if (ToTime(feedback.acknowledge_time()) < ToTime(feedback.receive_time())) {
    return InvalidField("feedback.acknowledge_time", "must not be before the receive time");
  }
  return CheckNotInFuture(feedback.acknowledge_time(), "feedback.acknowledge_time", tx_);
}

template <>
absl::Status RowWriter::CompleteRow(Product& product) {
  capabilities_.erase(product.name());
  return Complete(product, tx_);
}

template <>
absl::Status RowWriter::CompleteRow(Subscription& subscription) {
  return CheckSubscription(subscription);
}

template <>
absl::Status RowWriter::CompleteRow(Opportunity&) {
  return absl::OkStatus();
}

template <>
absl::Status RowWriter::CompleteRow(UsageSample& sample) {
  if (ToCivilDay(sample.sample_date()) > tx_.today()) {
    return InvalidField("usage_sample.sample_date", "must not be in the future");
  }
  ASSIGN_OR_RETURN(const Subscription subscription, tx_.Get<Subscription>(ParentOf(sample.name())));
  const auto [capabilities, is_first] = capabilities_.try_emplace(subscription.product());
  if (is_first) {
    ASSIGN_OR_RETURN(const Product product, tx_.Get<Product>(subscription.product()));
    for (std::string& name : CapabilityNames(product)) capabilities->second.insert(std::move(name));
  }
  if (capabilities->second.contains(sample.capability())) return absl::OkStatus();
  return InvalidField("usage_sample.capability",
                      absl::StrCat("must be a capability of ", subscription.product()));
}

template <class T>
absl::StatusOr<T> RowWriter::Create(T row) {
  return tx_.Create(std::move(row));
}
template <>
absl::StatusOr<Subscription> RowWriter::Create(Subscription row) {
  return WriteNewSubscription(tx_, std::move(row));
}
template <>
absl::StatusOr<Opportunity> RowWriter::Create(Opportunity row) {
  return opportunities_.Create(std::move(row));
}

template <class T>
absl::StatusOr<T> RowWriter::Update(const T& /*before*/, T row) {
  return tx_.Update(std::move(row));
}
template <>
absl::StatusOr<Subscription> RowWriter::Update(const Subscription& before, Subscription row) {
  return ReplaceSubscription(tx_, before, std::move(row));
}
template <>
absl::StatusOr<Opportunity> RowWriter::Update(const Opportunity& before, Opportunity row) {
  return opportunities_.Update(before, std::move(row));
}

template <class T>
absl::StatusOr<RowOutcome> RowWriter::WriteRow(const T& given) {
  T row = given;
  std::optional<T> before;
  if (existing_.contains(given.name())) {
    ASSIGN_OR_RETURN(before, tx_.Get<T>(given.name()));
    CopyOutputOnly(*before, row);
    row.set_etag(before->etag());
  }
  Merge(before.has_value() ? &*before : nullptr, given, row);
  RETURN_IF_ERROR(CompleteRow(row));
  if (!before.has_value()) {
    const absl::Status status = Create(std::move(row)).status();
    // Somebody else created it since the chunk was loaded: the transaction runs again.
    if (absl::IsAlreadyExists(status)) return absl::AbortedError("created meanwhile");
    RETURN_IF_ERROR(status);
    return RowOutcome::kCreated;
  }
  if (SerializeDeterministic(row) == SerializeDeterministic(*before)) return RowOutcome::kSkipped;
  RETURN_IF_ERROR(Update(*before, std::move(row)).status());
  return RowOutcome::kUpdated;
}

absl::StatusOr<RowOutcome> RowWriter::Write(const Resource& row) {
  switch (row.kind_case()) {
    case Resource::kAccount:
      return WriteRow(row.account());
    case Resource::kContact:
      return WriteRow(row.contact());
    case Resource::kAccountEvent:
      return WriteRow(row.account_event());
    case Resource::kProduct:
      return WriteRow(row.product());
    case Resource::kSubscription:
      return WriteRow(row.subscription());
    case Resource::kUsageSample:
      return WriteRow(row.usage_sample());
    case Resource::kOpportunity:
      return WriteRow(row.opportunity());
    case Resource::kPlaybook:
      return WriteRow(row.playbook());
    case Resource::kTouch:
      return WriteRow(row.touch());
    case Resource::kFeedback:
      return WriteRow(row.feedback());
    case Resource::kAdoptionReview:
      return WriteRow(row.adoption_review());
    default:
      return absl::InternalError("a row of a type that is not imported");
  }
}

}  // namespace perennial
