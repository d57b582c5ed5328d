#include "tests/conformance/history_fold.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "perennial/client/history_client.h"
#include "tests/conformance/api_methods.h"
#include "tests/conformance/matchers.h"

namespace perennial::conformance {
namespace {

using google::protobuf::Descriptor;
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

void Apply(const Change& change, State& state) {
  SCOPED_TRACE(change.ShortDebugString());
  std::unique_ptr<Message> resource = Unwrap(change.resource());
  ASSERT_NE(resource, nullptr);
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
  for (const Descriptor* type : AllResources()) {
    for (const std::unique_ptr<Message>& listed : ListAll(*connection, *type)) {
      const auto known = state.find(TextOf(*listed, "name"));
      ASSERT_NE(known, state.end()) << TextOf(*listed, "name") << " is not in the history";
      AreEqual(*known->second, *listed);
      state.erase(known);
    }
  }
  for (const auto& [name, resource] : state) ADD_FAILURE() << name << " is only in the history";
}

}  // namespace perennial::conformance
