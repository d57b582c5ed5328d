// What holds for every method of the API.

#include <google/protobuf/stubs/logging.h>

#include "absl/strings/str_cat.h"
#include "lib/base/ids.h"
#include "tests/conformance/bad_requests.h"
#include "tests/conformance/standard/standard_test.h"

namespace perennial::conformance {
namespace {

using testing::AnyOf;

class EveryMethodTest : public MethodTest {
 protected:
  // ApplyPlaybook changes tasks where the playbook has changed: see tasks_test.
  bool changes_something() const {
    return takes("request_id") && method().name() != "ApplyPlaybook";
  }
};
INSTANTIATE_FOR_EVERY_METHOD(EveryMethodTest);

TEST_P(EveryMethodTest, RefusesWhatBreaksARule) {
  const MessagePtr good = Request();
  const int64_t revision = LatestRevision();
  for (const BadRequest& bad : BreakEveryRule(*good)) {
    EXPECT_THAT(Call(method(), *bad.request), IsInvalid(bad.field)) << bad.what;
  }
  EXPECT_EQ(LatestRevision(), revision);
}

TEST_P(EveryMethodTest, RefusesTextThatIsNotUtf8) {
  const google::protobuf::LogSilencer silencer;  // of this side's serializer
  for (const char* field : {"name", "parent", "request_id"}) {
    if (!takes(field)) continue;
    const MessagePtr request = Request();
    SetText(*request, field, "accounts/\xff");
    EXPECT_THAT(Call(method(), *request),
                AnyOf(FailsWith(v1::MALFORMED_REQUEST), IsInvalid(field)));
  }
}

TEST_P(EveryMethodTest, NeedsItsRole) {
  const v1::Role needed = method().options().GetExtension(v1::required_role);
  ASSERT_NE(needed, v1::ROLE_UNSPECIFIED);
  if (needed == v1::VIEWER) return;
  const MessagePtr request = Request();
  const int64_t revision = LatestRevision();
  client::CallOptions options;
  options.role = static_cast<v1::Role>(needed - 1);
  EXPECT_THAT(Call(method(), *request, options), FailsWith(v1::ROLE_TOO_LOW));
  EXPECT_EQ(LatestRevision(), revision);
  if (!changes_something()) return;
  // What it takes to override a gate is another question.
  options.role = HasField(*request, "override_reason") || takes("requests") ? v1::MANAGER : needed;
  EXPECT_THAT(Call(method(), *request, options), IsOk());
}

TEST_P(EveryMethodTest, FailsOnANameThatIsNotThere) {
  if (!takes("name")) return;
  const MessagePtr request = Request();
  const std::string name = TextOf(*request, "name");
  const std::string unknown = absl::StrCat(name.substr(0, name.rfind('/')), "/nobody");
  SetText(*request, "name", unknown);
  EXPECT_THAT(Call(method(), *request), IsNotFound(unknown));
  for (const std::string& bad : {std::string("nonsense"), name + "/", name + "/x", name + "X"}) {
    SetText(*request, "name", bad);
    EXPECT_THAT(Call(method(), *request), IsInvalid("name")) << bad;
  }
}

TEST_P(EveryMethodTest, NeedsTheCurrentEtagWhereItTakesOne) {
  if (!takes("etag")) return;
  const MessagePtr request = Request();
  const int64_t revision = LatestRevision();
  SetText(*request, "etag", "v1");
  EXPECT_THAT(Call(method(), *request), FailsWith(v1::ETAG_MISMATCH));
  EXPECT_EQ(LatestRevision(), revision);
}

TEST_P(EveryMethodTest, WritesNothingWhereItValidatesOnly) {
  if (!takes("validate_only")) return;
  const MessagePtr request = Request();
  const int64_t revision = LatestRevision();
  SetBool(*request, "validate_only", true);
  SetText(*request, "request_id", NewRequestId());
  EXPECT_THAT(Call(method(), *request), IsOk());
  EXPECT_EQ(LatestRevision(), revision);
  // The request_id is not used up either.
  SetBool(*request, "validate_only", false);
  EXPECT_THAT(Call(method(), *request), IsOk());
  if (changes_something()) {
    EXPECT_GT(LatestRevision(), revision);
  }
}

TEST_P(EveryMethodTest, AnswersARetryAsItAnsweredFirst) {
  if (!changes_something()) return;
  const MessagePtr request = Request();
  SetText(*request, "request_id", NewRequestId());
  const MessagePtr first = MustCall(method(), *request);
  const int64_t revision = LatestRevision();
  const auto again = Call(method(), *request);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(**again, EqualsProto(*first));
  EXPECT_EQ((*again)->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(LatestRevision(), revision) << "carried out twice";
}

TEST_P(EveryMethodTest, RefusesARequestIdThatAnotherRequestUsed) {
  if (!changes_something()) return;
  const MessagePtr request = Request();
  const std::string request_id = NewRequestId();
  SetText(*request, "request_id", request_id);
  MustCall(method(), *request);

  // The same of another account, or the same with an id.
  Examples elsewhere(connection());
  const MessagePtr other = elsewhere.RequestFor(method());
  if (const FieldDescriptor* resource = ResourceField(*other->GetDescriptor());
      resource != nullptr && HasField(*other, resource->name() + "_id")) {
    SetText(*other, resource->name() + "_id", UniqueId("other"));
  }
  const int64_t revision = LatestRevision();
  SetText(*other, "request_id", request_id);
  EXPECT_THAT(Call(method(), *other), FailsWith(v1::REQUEST_ID_REUSED));
  EXPECT_EQ(LatestRevision(), revision);
  // Request ids are each caller's own.
  client::CallOptions somebody_else;
  somebody_else.actor = "somebody else";
  EXPECT_THAT(Call(method(), *other, somebody_else), IsOk());
}

TEST_P(EveryMethodTest, SaysWhereAWatchGoesOnWhereItLists) {
  if (method().output_type()->FindFieldByName("resume_token") == nullptr) return;
  const auto answer = Call(method(), *Request());
  ASSERT_THAT(answer, IsOk());
  EXPECT_NE(TextOf(**answer, "resume_token"), "");
}

// Every change says who made it, by which method and request.
TEST_P(EveryMethodTest, IsToldByTheHistory) {
  if (!changes_something()) return;
  const MessagePtr request = Request();
  const int64_t revision = LatestRevision();
  const std::string request_id = NewRequestId();
  SetText(*request, "request_id", request_id);
  client::CallOptions options;
  options.actor = "alice@example.com";
  ASSERT_THAT(Call(method(), *request, options), IsOk());

  v1::ListChangesRequest list;
  list.set_filter(absl::StrCat("revision > ", revision));
  const auto changes = MustList(api().history.ListChanges(list));
  EXPECT_FALSE(changes.empty());
  for (const v1::Change& change : changes) {
    EXPECT_EQ(change.actor(), "alice@example.com");
    EXPECT_EQ(change.method(), absl::StrCat(method().service()->name(), ".", method().name()));
    EXPECT_EQ(change.request_id(), request_id);
  }
}

}  // namespace
}  // namespace perennial::conformance
