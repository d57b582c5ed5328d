#include "tests/conformance/examples.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "perennial/v1/subscription_service.pb.h"
#include "tests/conformance/fixture.h"
#include "tests/conformance/matchers.h"

namespace perennial::conformance {
namespace {

using google::protobuf::FieldMask;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr int64_t kThousandUnits = 1'000'000'000;  // micros

// What the protos do not say by rules.

// Left unset: it does not go with the other fields.
bool IsLeftOut(const FieldDescriptor& field) {
  static const auto* fields = new std::set<std::string>{
      "perennial.v1.Contact.do_not_contact",                   // no touch, no task
      "perennial.v1.Subscription.trial",                       // its ARR is zero
      "perennial.v1.Proposal.target_account",                  // CROSS_DIVISION only
      "perennial.v1.CloseOpportunityRequest.override_reason",  // RENEWED only
      "perennial.v1.CancelSubscriptionRequest.end_date",       // not over yet
      "perennial.v1.AlignTermRequest.with_subscription",       // one of two
      "perennial.v1.Offer.exchange_rate_nanos",                // into another currency
      "perennial.v1.MoveTimeRequest.time",                     // one of two
      "perennial.v1.RenewalSelection.label",                   // sliced by LABEL only
      "perennial.v1.RevertChangesRequest.actor",               // of several only
      "perennial.v1.RevertChangesRequest.before_revision",     // of further pages only
      "perennial.v1.RevertChangesRequest.run",                 // in place of the request_id
  };
  return fields->count(field.full_name()) != 0;
}

// Cannot be updated, or not without others.
bool IsFixed(const FieldDescriptor& field) {
  static const auto* fields = new std::set<std::string>{
      "perennial.v1.Subscription.product",
      "perennial.v1.Subscription.seats",
      "perennial.v1.Subscription.arr",
      "perennial.v1.Subscription.start_date",
      "perennial.v1.Subscription.trial",
      "perennial.v1.Subscription.term_months",
      "perennial.v1.Task.kind",
      "perennial.v1.Proposal.type",
      "perennial.v1.Proposal.target_account",
      "perennial.v1.Offer.arr",
      "perennial.v1.Offer.exchange_rate_nanos",
      "perennial.v1.Offer.lines",
  };
  return fields->count(field.full_name()) != 0;
}

// The method that brings a new resource into the state that the given method starts from.
std::string MethodBefore(const std::string& method) {
  static const auto* methods = new std::map<std::string, std::string>{
      {"IncludeSubscription", "ExcludeSubscription"},
      {"UndoCancellation", "CancelSubscription"},
      {"ReturnOpportunity", "AdvanceOpportunity"},
      {"ReopenOpportunity", "CloseOpportunity"},
      {"AcceptOffer", "SendOffer"},
      {"RejectOffer", "SendOffer"},
      {"AnswerFeedback", "DecideFeedback"},
      {"UndoContactLeft", "MarkContactLeft"},
  };
  const auto found = methods->find(method);
  return found == methods->end() ? "" : found->second;
}

// The type of resource that a request's `name` or `parent` is of, where its method does not tell.
std::string SubjectOf(const MethodDescriptor& method) {
  if (method.name() == "CheckGate") return "Opportunity";
  if (method.name() == "AppendUsageSamples") return "Subscription";
  if (method.name() == "ApplyPlaybook") return "Playbook";
  if (method.name() == "ReassignTasks") return "Task";
  if (method.name() == "DecideFeedbackTopic") return "Feedback";
  return "Account";
}

// Fields by which requests are made, as opposed to what they are about.
bool IsOfTheCall(const FieldDescriptor& field) {
  static const auto* names = new std::set<std::string>{
      "request_id", "validate_only", "etag",        "page_size", "page_token", "filter",
      "order_by",   "read_time",     "update_mask", "name",      "parent"};
  return names->count(field.name()) != 0 ||
         (absl::EndsWith(field.containing_type()->name(), "Request") &&
          absl::EndsWith(field.name(), "_id"));
}

int64_t WithinBounds(const FieldDescriptor& field, int64_t value) {
  const v1::FieldRules& rules = RulesOf(field);
  if (rules.has_maximum()) value = std::min<int64_t>(value, rules.maximum());
  if (rules.has_minimum()) value = std::max<int64_t>(value, rules.minimum());
  return value;
}

void SetInteger(const FieldDescriptor& field, int64_t value, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection.SetInt32(&message, &field, static_cast<int32_t>(value));
  } else {
    reflection.SetInt64(&message, &field, value);
  }
}

int64_t IntegerOf(const FieldDescriptor& field, const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? reflection.GetInt32(message, &field)
                                                            : reflection.GetInt64(message, &field);
}

template <class T>
T& As(Message& message) {
  return static_cast<T&>(message);
}

// Another value of a text, number, flag or enum.
void VaryScalar(const FieldDescriptor& field, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = reflection.GetString(message, &field);
      char& letter = field.name() == "account_filter" ? text[text.size() - 2] : text[0];
      letter = letter == 'x' ? 'y' : 'x';
      return reflection.SetString(&message, &field, text);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&message, &field, !reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int next = reflection.GetEnumValue(message, &field) % 2 + 1;
      return reflection.SetEnumValue(&message, &field, next);
    }
    default: {
      const int64_t value = IntegerOf(field, message);
      const int64_t next = WithinBounds(field, value + 1);
      return SetInteger(field, next == value ? value - 1 : next, message);
    }
  }
}

// Names of resources, or of capabilities, which are no resources.
bool NamesOther(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         (!RulesOf(field).reference().empty() || absl::StartsWith(field.name(), "capabilit"));
}

void VaryMessage(Message& message) {
  if (message.GetDescriptor() == v1::Date::descriptor()) {
    v1::Date& date = As<v1::Date>(message);
    date = ToDate(ToCivilDay(date) - 1);
  } else if (message.GetDescriptor() == Timestamp::descriptor()) {
    As<Timestamp>(message).set_seconds(As<Timestamp>(message).seconds() - 3600);
  } else if (message.GetDescriptor() == v1::Money::descriptor()) {
    As<v1::Money>(message).set_micros(As<v1::Money>(message).micros() + 10'000);  // a cent
  } else {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.is_repeated() || field.message_type() != nullptr || NamesOther(field)) {
        continue;
      }
      return VaryScalar(field, message);
    }
  }
}

}  // namespace

Examples::Examples(std::shared_ptr<client::Connection> connection)
    : connection_(std::move(connection)) {
  const auto answer =
      Must(Call(*connection_, *FindMethod("GetTime"), v1::GetTimeRequest::default_instance()));
  today_ = ToDate(absl::ToCivilDay(ToTime(As<v1::ClockTime>(*answer).time()), absl::UTCTimeZone()));
  // A cadence would make tasks beside the examples.
  v1::UpdatePlaybookRequest update;
  update.mutable_playbook()->set_name("playbooks/default");
  update.mutable_update_mask()->add_paths("cadence_steps");
  Must(Call(*connection_, *FindMethod("UpdatePlaybook"), update));
}

std::string Examples::Some(const std::string& type) {
  if (names_.count(type) == 0) Create(type);
  return names_[type];
}

MessagePtr Examples::Create(const Descriptor& type) {
  const MethodDescriptor& method = *MethodsOf(type).create;
  MessagePtr resource = Must(Call(*connection_, method, *RequestFor(method)));
  if (resource == nullptr) return NewMessage(type);
  names_[TypeOf(type).type()] = TextOf(*resource, "name");
  return resource;
}

MessagePtr Examples::RequestFor(const MethodDescriptor& method) {
  for (const Descriptor* resource : AllResources()) {
    const StandardMethods standard = MethodsOf(*resource);
    if (&method == standard.create) return CreateRequest(*resource);
    if (&method == standard.update) return UpdateRequest(*resource);
    if (&method == standard.erase) return DeleteRequest(*resource);
    if (&method == standard.get) {
      return CustomRequest(method, TextOf(*Create(*resource), "name"));
    }
    if (&method == standard.list) {
      MessagePtr request = NewMessage(*method.input_type());
      if (HasField(*request, "parent")) SetText(*request, "parent", AnyParentOf(*resource));
      return request;
    }
  }
  if (absl::StartsWith(method.name(), "Batch")) return BatchRequest(method);
  const Descriptor* type = FindResource(method.output_type()->name());
  return CustomRequest(
      method, TextOf(type == nullptr ? *Create(SubjectOf(method)) : *Create(*type), "name"));
}

MessagePtr Examples::CreateRequest(const Descriptor& resource) {
  MessagePtr request = NewMessage(*MethodsOf(resource).create->input_type());
  // A subscription is in one open opportunity at most.
  if (TypeOf(resource).type() == "Opportunity") Create("Subscription");
  if (const Descriptor* parent = ParentOf(resource); parent != nullptr) {
    SetText(*request, "parent", Some(TypeOf(*parent).type()));
  }
  Fill(MutableSub(*request, ResourceField(*request->GetDescriptor())->name()));
  return request;
}

MessagePtr Examples::DeleteRequest(const Descriptor& resource) {
  const StandardMethods methods = MethodsOf(resource);
  const MessagePtr create = CreateRequest(resource);
  // With ARR it would be in the ledger, for good.
  if (&resource == v1::Subscription::descriptor()) {
    As<v1::CreateSubscriptionRequest>(*create).mutable_subscription()->mutable_arr()->set_micros(0);
  }
  return CustomRequest(*methods.erase,
                       TextOf(*Must(Call(*connection_, *methods.create, *create)), "name"));
}

MessagePtr Examples::UpdateRequest(const Descriptor& resource) {
  MessagePtr request = NewMessage(*MethodsOf(resource).update->input_type());
  Message& updated = MutableSub(*request, ResourceField(*request->GetDescriptor())->name());
  updated.CopyFrom(*Create(resource));
  for (const FieldDescriptor* field : InputFields(resource)) Vary(*field, updated);
  As<FieldMask>(MutableSub(*request, "update_mask")).add_paths("*");
  return request;
}

MessagePtr Examples::CustomRequest(const MethodDescriptor& method, const std::string& name) {
  if (const std::string before = MethodBefore(method.name()); !before.empty()) {
    const MethodDescriptor& first = *FindMethod(before);
    Must(Call(*connection_, first, *CustomRequest(first, name)));
  }
  MessagePtr request = NewMessage(*method.input_type());
  Fill(*request);
  if (HasField(*request, "name")) SetText(*request, "name", name);
  if (HasField(*request, "parent")) SetText(*request, "parent", name);
  if (method.name() == "ReassignTasks") {
    As<v1::ReassignTasksRequest>(*request).set_parent(Some("Account"));
    As<v1::ReassignTasksRequest>(*request).set_assignee("Somebody else");
  }
  if (method.name() == "HandOver") {
    auto& hand_over = As<v1::HandOverRequest>(*request);
    const MessagePtr account = Create("Account");
    hand_over.set_account(TextOf(*account, "name"));
    hand_over.set_from_owner(TextOf(*account, "owner"));
    hand_over.set_to_owner("Somebody else");
  }
  if (method.name() == "PreviewPlaybook") {
    auto& preview = As<v1::PreviewPlaybookRequest>(*request);
    const MessagePtr update = UpdateRequest(*v1::Playbook::descriptor());
    *preview.mutable_playbook() = As<v1::UpdatePlaybookRequest>(*update).playbook();
    *preview.mutable_update_mask() = As<v1::UpdatePlaybookRequest>(*update).update_mask();
  }
  if (method.name() == "CloseOpportunity") {
    As<v1::CloseOpportunityRequest>(*request).set_outcome(v1::Opportunity::CHURNED);
  }
  if (method.name() == "MoveContact") {
    const std::string account = Some("Account");
    As<v1::MoveContactRequest>(*request).set_destination(TextOf(*Create("Account"), "name"));
    names_["Account"] = account;
  }
  if (method.name() == "CorrectSubscription") {
    As<v1::CorrectSubscriptionRequest>(*request).set_term_months(24);
  }
  if (method.name() == "AlignTerm") {
    *As<v1::AlignTermRequest>(*request).mutable_end_date() = ToDate(ToCivilDay(today_) + 100);
  }
  if (method.name() == "RevertChanges") {
    const MethodDescriptor& first = *FindMethod("CreateContact");
    const MessagePtr reverted = RequestFor(first);
    SetText(*reverted, "request_id", UniqueId("reverted"));
    Must(Call(*connection_, first, *reverted));
    SetText(*request, "reverted_request_id", TextOf(*reverted, "request_id"));
  }
  if (method.name() == "MergeContacts") {
    As<v1::MergeContactsRequest>(*request).set_duplicates(0, TextOf(*Create("Contact"), "name"));
  }
  return request;
}

MessagePtr Examples::BatchRequest(const MethodDescriptor& method) {
  MessagePtr request = NewMessage(*method.input_type());
  const FieldDescriptor& rows = *request->GetDescriptor()->FindFieldByName("requests");
  for (const MethodDescriptor* single : AllMethods()) {
    if (single->input_type() == rows.message_type()) {
      request->GetReflection()->AddMessage(request.get(), &rows)->CopyFrom(*RequestFor(*single));
    }
  }
  return request;
}

void Examples::Fill(Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (RulesOf(field).output_only() || IsLeftOut(field) || IsOfTheCall(field)) continue;
    FillField(field, message);
  }
}

void Examples::FillField(const FieldDescriptor& field, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  // The first account is nobody's division.
  const std::string& referred = RulesOf(field).reference();
  if (referred == message.GetDescriptor()->name() && names_.count(referred) == 0) return;
  if (field.is_map()) {
    Message& entry = *reflection.AddMessage(&message, &field);
    SetText(entry, "key", "tier");
    // What says who it is says that of nobody else.
    SetText(entry, "value", RulesOf(field).identity() ? UniqueId("id") : "gold");
  } else if (field.message_type() != nullptr) {
    FillMessage(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                    : *reflection.MutableMessage(&message, &field));
  } else {
    FillScalar(field, message);
  }
}

void Examples::FillMessage(Message& message) {
  if (message.GetDescriptor() == v1::Date::descriptor()) {
    As<v1::Date>(message) = today_;
  } else if (message.GetDescriptor() == v1::Money::descriptor()) {
    As<v1::Money>(message) = MakeMoney("USD", kThousandUnits);
  } else if (message.GetDescriptor() == Timestamp::descriptor()) {
    const absl::Time midnight = absl::FromCivil(ToCivilDay(today_), absl::UTCTimeZone());
    As<Timestamp>(message) = ToTimestamp(midnight);
  } else {
    Fill(message);
  }
}

void Examples::FillScalar(const FieldDescriptor& field, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.is_repeated()) return reflection.AddString(&message, &field, Text(field));
      return reflection.SetString(&message, &field, Text(field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&message, &field, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      if (field.is_repeated()) return reflection.AddEnumValue(&message, &field, 1);
      return reflection.SetEnumValue(&message, &field, 1);
    default:
      return SetInteger(field, WithinBounds(field, 12), message);
  }
}

std::string Examples::Text(const FieldDescriptor& field) {
  const v1::FieldRules& rules = RulesOf(field);
  if (!rules.reference().empty()) return Some(rules.reference());
  if (absl::StartsWith(field.name(), "capabilit")) {
    return absl::StrCat(Some("Product"), "/capabilities/reports");
  }
  if (field.name() == "id") return "reports";
  // Of no other test's accounts.
  if (field.name() == "account_filter") return "owner = \"nobody\"";
  const std::string text = absl::StrCat("A-", field.name());
  return rules.max_length() > 0 ? text.substr(0, rules.max_length()) : text;
}

bool Examples::Vary(const FieldDescriptor& field, Message& resource) const {
  if (IsFixed(field) || RulesOf(field).immutable() || NamesOther(field)) return false;
  const Reflection& reflection = *resource.GetReflection();
  if (field.is_map()) {
    Message& entry = *reflection.MutableRepeatedMessage(&resource, &field, 0);
    SetText(entry, "value", RulesOf(field).identity() ? TextOf(entry, "value") + "-b" : "silver");
  } else if (field.is_repeated() && field.message_type() != nullptr) {
    VaryMessage(*reflection.MutableRepeatedMessage(&resource, &field, 0));
  } else if (field.message_type() != nullptr) {
    VaryMessage(*reflection.MutableMessage(&resource, &field));
  } else if (field.is_repeated()) {
    const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (is_text) reflection.SetRepeatedString(&resource, &field, 0, "Another");
    if (!is_text) reflection.SetRepeatedEnumValue(&resource, &field, 0, 2);
  } else {
    VaryScalar(field, resource);
  }
  return true;
}

}  // namespace perennial::conformance
