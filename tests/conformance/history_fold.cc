#include "tests/conformance/history_fold.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "perennial/client/history_client.h"
#include "tests/conformance/api_methods.h"
#include "tests/conformance/matchers.h"

namespace perennial::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Change;
using v1::Resource;

using State = std::map<std::string, std::unique_ptr<Message>>;

constexpr int kPageSize = 1000;

bool AreEqual(const Message& expected, const Message& actual) {
  testing::StringMatchResultListener listener;
  const bool equal = ExplainDifference(expected, actual, &listener);
  EXPECT_TRUE(equal) << TextOf(actual, "name") << ":\n" << listener.str();
  return equal;
}

// The one message that is set.
std::unique_ptr<Message> Unwrap(const Resource& resource) {
  const auto* reflection = Resource::GetReflection();
  const auto* kind = reflection->GetOneofFieldDescriptor(
      resource, Resource::descriptor()->FindOneofByName("kind"));
  if (kind == nullptr) return nullptr;
  const Message& message = reflection->GetMessage(resource, kind);
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

// What the resource says of its account becomes what the state has of that.
void BringSummaryUpToDate(const State& state, Message& resource) {
  const FieldDescriptor* field = resource.GetDescriptor()->FindFieldByName("account");
  if (field == nullptr || !RulesOf(*field).joined()) return;
  const std::string name = TextOf(resource, "name");
  const auto account = state.find(name.substr(0, name.find('/', name.find('/') + 1)));
  ASSERT_NE(account, state.end()) << name;
  v1::AccountSummary summary;
  const auto& of = static_cast<const v1::Account&>(*account->second);
  summary.set_display_name(of.display_name());
  summary.set_segment(of.segment());
  summary.set_industry(of.industry());
  summary.set_country(of.country());
  summary.set_owner(of.owner());
  *summary.mutable_labels() = of.labels();
  resource.GetReflection()->MutableMessage(&resource, field)->CopyFrom(summary);
}

void ExpectSummaryAsOfTheChange(const State& state, const Message& resource) {
  std::unique_ptr<Message> expected(resource.New());
  expected->CopyFrom(resource);
  BringSummaryUpToDate(state, *expected);
  AreEqual(*expected, resource);
}

void Apply(const Change& change, State& state) {
  SCOPED_TRACE(change.ShortDebugString());
  std::unique_ptr<Message> resource = Unwrap(change.resource());
  ASSERT_NE(resource, nullptr);
  ExpectSummaryAsOfTheChange(state, *resource);
  EXPECT_EQ(TextOf(*resource, "name"), change.resource_name());
  EXPECT_EQ(resource->GetDescriptor()->name(), change.resource_type());
  EXPECT_FALSE(change.actor().empty());
  EXPECT_FALSE(change.method().empty());
  const auto known = state.find(change.resource_name());
  EXPECT_EQ(known != state.end(), change.operation() != Change::CREATED);
  switch (change.operation()) {
    case Change::CREATED:
    case Change::UPDATED:
      state[change.resource_name()] = std::move(resource);
      break;
    case Change::DELETED:
      if (known == state.end()) break;
      BringSummaryUpToDate(state, *known->second);
      AreEqual(*known->second, *resource);
      state.erase(known);
      break;
    default:
      ADD_FAILURE() << "no operation";
  }
}

State Fold(const client::HistoryClient& history) {
  State state;
  v1::ListChangesRequest request;
  request.set_page_size(kPageSize);
  int64_t last = 0;
  for (const auto& change : history.ListChanges(request)) {
    if (!change.ok()) {
      ADD_FAILURE() << Describe(change.status());
      break;
    }
    EXPECT_GT(change->revision(), last);
    last = change->revision();
    Apply(*change, state);
  }
  return state;
}

}  // namespace

void ExpectHistoryFoldsToState(const std::shared_ptr<client::Connection>& connection) {
  State state = Fold(client::HistoryClient(connection));
  std::set<std::string> listed_names;
  for (const Descriptor* type : AllResources()) {
    for (const std::unique_ptr<Message>& listed : ListAll(*connection, *type)) {
      const auto known = state.find(TextOf(*listed, "name"));
      ASSERT_NE(known, state.end()) << TextOf(*listed, "name") << " is not in the history";
      BringSummaryUpToDate(state, *known->second);
      AreEqual(*known->second, *listed);
      listed_names.insert(known->first);
    }
  }
  for (const auto& [name, resource] : state) {
    EXPECT_EQ(listed_names.count(name), 1u) << name << " is only in the history";
  }
}

}  // namespace perennial::conformance
