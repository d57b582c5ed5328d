// Updating any resource.

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/str_cat.h"
#include "tests/conformance/standard/standard_test.h"

namespace perennial::conformance {
namespace {

using google::protobuf::FieldMask;
using google::protobuf::util::MessageDifferencer;

class UpdateTest : public ResourceTest {
 protected:
  absl::StatusOr<MessagePtr> Update(const Message& resource,
                                    const std::vector<std::string>& paths) const {
    const MessagePtr request = NewMessage(*methods().update->input_type());
    MutableSub(*request, field()).CopyFrom(resource);
    for (const std::string& path : paths) {
      static_cast<FieldMask&>(MutableSub(*request, "update_mask")).add_paths(path);
    }
    return Call(*methods().update, *request);
  }

  // Every field of it that can be changed by itself is another.
  MessagePtr Varied(const Message& resource) {
    MessagePtr varied = Copy(resource);
    for (const FieldDescriptor* field : InputFields(type())) examples().Vary(*field, *varied);
    return varied;
  }

  // A request that makes it what it was.
  MessagePtr Restoring(const Message& before) const {
    MessagePtr request = NewMessage(*methods().update->input_type());
    Message& resource = MutableSub(*request, field());
    resource.CopyFrom(before);
    SetText(resource, "etag", TextOf(**Get(TextOf(before, "name")), "etag"));
    static_cast<FieldMask&>(MutableSub(*request, "update_mask")).add_paths("*");
    return request;
  }

  void ExpectSameInputs(const Message& expected, const Message& actual) const {
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    const auto fields = InputFields(type());
    EXPECT_TRUE(differencer.CompareWithFields(expected, actual, fields, fields)) << difference;
  }
};
INSTANTIATE_FOR_EVERY_RESOURCE(UpdateTest);

TEST_P(UpdateTest, ChangesWhatTheMaskNamesAndNothingElse) {
  for (const FieldDescriptor* changed : InputFields(type())) {
    const MessagePtr before = Create();
    const MessagePtr expected = Copy(*before);
    if (!examples().Vary(*changed, *expected)) continue;
    SCOPED_TRACE(changed->name());
    // As clients do who read, change and write: everything is in the message.
    const auto after = Update(*Varied(*before), {changed->name()});
    ASSERT_THAT(after, IsOk());
    ExpectSameInputs(*expected, **after);
    EXPECT_NE(TextOf(**after, "etag"), TextOf(*before, "etag"));
    const auto got = Get(TextOf(*before, "name"));
    ASSERT_THAT(got, IsOk());
    EXPECT_THAT(**got, EqualsProto(**after));
  }
}

TEST_P(UpdateTest, ChangesWhatIsSetWhereThereIsNoMask) {
  const MessagePtr before = Create();
  for (const FieldDescriptor* changed : InputFields(type())) {
    const MessagePtr expected = Copy(*before);
    if (!examples().Vary(*changed, *expected)) continue;
    if (!changed->is_repeated() && !expected->GetReflection()->HasField(*expected, changed)) {
      continue;  // A flag taken away is not set.
    }
    SCOPED_TRACE(changed->name());
    const MessagePtr patch = NewMessage(type());
    SetText(*patch, "name", TextOf(*before, "name"));
    const MessagePtr values = Copy(*expected);
    patch->GetReflection()->SwapFields(patch.get(), values.get(), {changed});
    const auto after = Update(*patch, {});
    ASSERT_THAT(after, IsOk());
    ExpectSameInputs(*expected, **after);
    MustCall(*methods().update, *Restoring(*before));
  }
}

TEST_P(UpdateTest, ReplacesEverythingWithAStarAndTheEtag) {
  const MessagePtr before = Create();
  const MessagePtr varied = Varied(*before);
  SetText(*varied, "etag", "");
  EXPECT_THAT(Update(*varied, {"*"}), IsInvalid("etag"));
  SetText(*varied, "etag", TextOf(*before, "etag"));
  const auto after = Update(*varied, {"*"});
  ASSERT_THAT(after, IsOk());
  ExpectSameInputs(*varied, **after);
}

TEST_P(UpdateTest, RefusesToNameWhatOnlyTheServerSets) {
  const MessagePtr before = Create();
  for (int i = 0; i < type().field_count(); ++i) {
    const FieldDescriptor& field = *type().field(i);
    if (!RulesOf(field).output_only()) continue;
    const auto refused = Update(*before, {field.name()});
    EXPECT_THAT(refused, FailsWith(v1::INVALID_UPDATE_MASK, testing::ElementsAre("update_mask")));
    EXPECT_THAT(std::string(refused.status().message()),
                testing::HasSubstr(RulesOf(field).changed_by()));
  }
  const auto after = Update(*before, {"name", "etag"});
  ASSERT_THAT(after, IsOk());
  EXPECT_THAT(**after, EqualsProto(*before)) << "not even the etag changes";
}

TEST_P(UpdateTest, LeavesWhatOnlyTheServerSets) {
  const MessagePtr before = Create();
  const MessagePtr patch = NewMessage(type());
  SetText(*patch, "name", TextOf(*before, "name"));
  SetText(*patch, "etag", TextOf(*before, "etag"));
  const auto after = Update(*patch, {});
  ASSERT_THAT(after, IsOk());
  EXPECT_THAT(**after, EqualsProto(*before)) << "not even the etag changes";
}

TEST_P(UpdateTest, WritesNothingWhereNothingChanges) {
  const MessagePtr before = Create();
  const int64_t revision = LatestRevision();
  const auto after = Update(*before, {"*"});
  ASSERT_THAT(after, IsOk());
  EXPECT_THAT(**after, EqualsProto(*before));
  EXPECT_EQ(LatestRevision(), revision);
}

TEST_P(UpdateTest, RefusesUnknownPaths) {
  const MessagePtr resource = Create();
  for (const char* bad : {"nonsense", "name.part", "create_time.nonsense", "labels.a.b", ".", "",
                          "Name", "name,etag"}) {
    EXPECT_THAT(Update(*resource, {bad}),
                FailsWith(v1::INVALID_UPDATE_MASK, testing::ElementsAre("update_mask")))
        << bad;
  }
  EXPECT_THAT(Update(*resource, {"name", "*"}), FailsWith(v1::INVALID_UPDATE_MASK));
}

TEST_P(UpdateTest, RefusesToChangeWhatIsGivenOnCreateOnly) {
  const MessagePtr before = Create();
  const MessagePtr other = Create();
  for (const FieldDescriptor* immutable : InputFields(type())) {
    if (!RulesOf(*immutable).immutable()) continue;
    const MessagePtr changed = Copy(*before);
    const MessagePtr values = Copy(*other);
    changed->GetReflection()->SwapFields(changed.get(), values.get(), {immutable});
    for (const std::string& path : {immutable->name(), std::string("*")}) {
      EXPECT_THAT(Update(*changed, {path}),
                  FailsWith(v1::INVALID_UPDATE_MASK, testing::ElementsAre("update_mask")));
    }
    EXPECT_THAT(Update(*before, {immutable->name()}), FailsWith(v1::INVALID_UPDATE_MASK))
        << "unchanged, but named";
    EXPECT_THAT(Update(*before, {"*"}), IsOk()) << "unchanged";
  }
}

TEST_P(UpdateTest, RefusesToEmptyWhatIsRequired) {
  const MessagePtr before = Create();
  for (const FieldDescriptor* required : InputFields(type())) {
    if (!RulesOf(*required).required()) continue;
    const MessagePtr patch = Copy(*before);
    patch->GetReflection()->ClearField(patch.get(), required);
    for (const std::string& path : {required->name(), std::string("*")}) {
      EXPECT_THAT(Update(*patch, {path}), IsInvalid(absl::StrCat(field(), ".", required->name())));
    }
  }
}

TEST_P(UpdateTest, NeedsTheNameOfWhatIsThere) {
  const MessagePtr resource = Create();
  const std::string name = TextOf(*resource, "name");
  const std::string unknown = absl::StrCat(name.substr(0, name.rfind('/')), "/nobody");
  SetText(*resource, "name", unknown);
  EXPECT_THAT(Update(*resource, {}), IsNotFound(unknown));
  for (const std::string& bad : {std::string(), std::string("nonsense"), name + "/", name + "X"}) {
    SetText(*resource, "name", bad);
    EXPECT_THAT(Update(*resource, {}), IsInvalid(field() + ".name")) << bad;
  }
}

TEST_P(UpdateTest, NeedsTheCurrentEtag) {
  const MessagePtr before = Create();
  const MessagePtr varied = Varied(*before);
  const auto after = Update(*varied, {"*"});
  ASSERT_THAT(after, IsOk());
  EXPECT_THAT(Update(*before, {"*"}), FailsWith(v1::ETAG_MISMATCH));
  EXPECT_THAT(Update(*before, {}), FailsWith(v1::ETAG_MISMATCH));
  const auto got = Get(TextOf(*before, "name"));
  ASSERT_THAT(got, IsOk());
  EXPECT_THAT(**got, EqualsProto(**after));
}

TEST_P(UpdateTest, ChangesOneLabel) {
  if (!HasField(*NewMessage(type()), "labels")) return;
  const MessagePtr resource = Create();
  const FieldDescriptor* labels = type().FindFieldByName("labels");
  Message& added = *resource->GetReflection()->AddMessage(resource.get(), labels);
  SetText(added, "key", "size");
  SetText(added, "value", "large");
  Message& first = *resource->GetReflection()->MutableRepeatedMessage(resource.get(), labels, 0);
  SetText(first, "value", "left as it is");
  SetText(*resource, "etag", "");
  auto after = Update(*resource, {"labels.size"});
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ((*after)->GetReflection()->FieldSize(**after, labels), 2);
  EXPECT_NE((*after)->DebugString().find("gold"), std::string::npos);

  resource->GetReflection()->ClearField(resource.get(), labels);
  after = Update(*resource, {"labels.size"});
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ((*after)->GetReflection()->FieldSize(**after, labels), 1) << "the other one went";
}

}  // namespace
}  // namespace perennial::conformance
