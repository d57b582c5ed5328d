// Creating any resource.

#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "perennial/v1/common.pb.h"
#include "tests/conformance/standard/standard_test.h"

namespace perennial::conformance {
namespace {

using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::util::MessageDifferencer;
using testing::AnyOf;

class CreateTest : public ResourceTest {
 protected:
  std::string id_field() const { return field() + "_id"; }

  std::string CollectionOf(const Message& request) const {
    const std::string& pattern = TypeOf(type()).pattern();
    const std::string last = pattern.substr(0, pattern.rfind('/'));
    const std::string collection = last.substr(last.rfind('/') + 1);
    return has_parent() ? absl::StrCat(TextOf(request, "parent"), "/", collection) : collection;
  }
};
INSTANTIATE_FOR_EVERY_RESOURCE(CreateTest);

TEST_P(CreateTest, KeepsEveryFieldThatIsGiven) {
  const MessagePtr request = CreateRequest();
  const std::string id = UniqueId("given");
  SetText(*request, id_field(), id);
  const MessagePtr created = MustCall(*methods().create, *request);

  EXPECT_EQ(TextOf(*created, "name"), absl::StrCat(CollectionOf(*request), "/", id));
  EXPECT_NE(TextOf(*created, "etag"), "");
  EXPECT_EQ(ToTime(static_cast<const Timestamp&>(Sub(*created, "create_time"))), Now());
  EXPECT_THAT(Sub(*created, "update_time"), EqualsProto(Sub(*created, "create_time")));
  for (const FieldDescriptor* given : InputFields(type())) {
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.CompareWithFields(Sub(*request, field()), *created, {given}, {given}))
        << difference;
  }
  const auto got = Get(TextOf(*created, "name"));
  ASSERT_THAT(got, IsOk());
  EXPECT_THAT(**got, EqualsProto(*created));
}

TEST_P(CreateTest, MakesIdsThatAscend) {
  const std::string first = TextOf(*Create(), "name");
  const std::string second = TextOf(*Create(), "name");
  const std::string first_id = first.substr(first.rfind('/') + 1);
  const std::string second_id = second.substr(second.rfind('/') + 1);
  EXPECT_TRUE(IsValidId(first_id)) << first;
  EXPECT_LT(first_id, second_id);
}

TEST_P(CreateTest, RefusesAnIdThatIsTaken) {
  const MessagePtr request = CreateRequest();
  SetText(*request, id_field(), UniqueId("taken"));
  const std::string name = TextOf(*MustCall(*methods().create, *request), "name");

  const MessagePtr again = CreateRequest();
  SetText(*again, id_field(), name.substr(name.rfind('/') + 1));
  if (has_parent()) SetText(*again, "parent", TextOf(*request, "parent"));
  EXPECT_THAT(Call(*methods().create, *again),
              FailsWithResource(v1::RESOURCE_ALREADY_EXISTS, name));
}

TEST_P(CreateTest, NeedsAParentThatExists) {
  if (!has_parent()) return;
  const MessagePtr request = CreateRequest();
  const std::string parent = TextOf(*request, "parent");
  const std::string unknown = absl::StrCat(parent.substr(0, parent.rfind('/')), "/nobody");
  SetText(*request, "parent", unknown);
  EXPECT_THAT(Call(*methods().create, *request), IsNotFound(unknown));
  for (const char* bad :
       {"", "nonsense", "accounts", "accounts/-", "accounts/A", "/", "products/x"}) {
    SetText(*request, "parent", bad);
    EXPECT_THAT(Call(*methods().create, *request), IsInvalid("parent")) << bad;
  }
}

TEST_P(CreateTest, NeedsWhatTheResourceRefersTo) {
  const MessagePtr good = CreateRequest();
  for (const FieldDescriptor* reference : InputFields(type())) {
    if (RulesOf(*reference).reference().empty()) continue;
    const MessagePtr request = Copy(*good);
    Message& resource = MutableSub(*request, field());
    const Reflection& reflection = *resource.GetReflection();
    if (!reference->is_repeated() && !reflection.HasField(resource, reference)) continue;
    std::string name = reference->is_repeated()
                           ? reflection.GetRepeatedString(resource, reference, 0)
                           : reflection.GetString(resource, reference);
    name = absl::StrCat(name.substr(0, name.rfind('/')), "/nobody");
    if (reference->is_repeated()) reflection.SetRepeatedString(&resource, reference, 0, name);
    if (!reference->is_repeated()) reflection.SetString(&resource, reference, name);
    // Where only some of the resources will do, another one is invalid.
    EXPECT_THAT(Call(*methods().create, *request),
                AnyOf(IsNotFound(name), IsInvalid(absl::StrCat(field(), ".", reference->name()))));
  }
}

// Something in every output-only field.
void FillOutputOnly(Message& resource) {
  const Descriptor& type = *resource.GetDescriptor();
  const Reflection& reflection = *resource.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (!RulesOf(*field).output_only()) continue;
    if (field->message_type() != nullptr) {
      Message& value = field->is_repeated() ? *reflection.AddMessage(&resource, field)
                                            : *reflection.MutableMessage(&resource, field);
      if (field->message_type() == v1::Date::descriptor()) {
        static_cast<v1::Date&>(value).set_month(77);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (field->is_repeated()) reflection.AddString(&resource, field, "nonsense");
      if (!field->is_repeated()) reflection.SetString(&resource, field, "nonsense");
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      reflection.SetEnumValue(&resource, field, 2);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      reflection.SetBool(&resource, field, true);
    } else {
      reflection.SetInt32(&resource, field, 77);
    }
  }
}

TEST_P(CreateTest, IgnoresWhatOnlyTheServerSets) {
  const MessagePtr request = CreateRequest();
  SetText(*request, id_field(), UniqueId("plain"));
  const MessagePtr filled = Copy(*request);
  FillOutputOnly(MutableSub(*filled, field()));
  SetText(MutableSub(*filled, field()), "name", "nonsense");
  SetText(MutableSub(*filled, field()), "etag", "nonsense");
  SetBool(*filled, "validate_only", true);
  const MessagePtr checked = MustCall(*methods().create, *filled);

  const MessagePtr created = MustCall(*methods().create, *request);
  SetText(*checked, "etag", TextOf(*created, "etag"));
  EXPECT_THAT(*checked, EqualsProto(*created));
}

bool IsFreeText(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
         RulesOf(field).reference().empty() && !absl::StartsWith(field.name(), "capabilit") &&
         field.name() != "account_filter";
}

// Two bytes each: lengths count characters, on either engine.
std::string Umlauts(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "\u00fc";
  return text;
}

TEST_P(CreateTest, TakesTextsOfTheGreatestLength) {
  const MessagePtr request = CreateRequest();
  Message& resource = MutableSub(*request, field());
  const Reflection& reflection = *resource.GetReflection();
  for (const FieldDescriptor* text : InputFields(type())) {
    if (text->is_map()) {
      Message& entry = *reflection.MutableRepeatedMessage(&resource, text, 0);
      SetText(entry, "key", std::string(63, 'k'));
      SetText(entry, "value", Umlauts(RulesOf(*text).max_length()));
    }
    if (!IsFreeText(*text)) continue;
    const int most = RulesOf(*text).max_length() > 0 ? RulesOf(*text).max_length() : 200;
    if (text->is_repeated()) reflection.SetRepeatedString(&resource, text, 0, Umlauts(most));
    if (!text->is_repeated()) reflection.SetString(&resource, text, Umlauts(most));
  }
  const std::string id = UniqueId("i");
  SetText(*request, id_field(), std::string(63 - id.size(), 'i') + id);
  const MessagePtr created = MustCall(*methods().create, *request);
  const auto got = Get(TextOf(*created, "name"));
  ASSERT_THAT(got, IsOk());
  EXPECT_THAT(**got, EqualsProto(*created));
}

TEST_P(CreateTest, NeedsAResource) {
  const MessagePtr request = CreateRequest();
  request->GetReflection()->ClearField(request.get(),
                                       request->GetDescriptor()->FindFieldByName(field()));
  EXPECT_THAT(Call(*methods().create, *request), IsInvalid(field()));
}

TEST_P(CreateTest, AgainAfterDeleting) {
  const MessagePtr request = CreateRequest();
  SetText(*request, id_field(), UniqueId("again"));
  const MessagePtr first = MustCall(*methods().create, *request);
  const absl::StatusOr<MessagePtr> deleted = Delete(TextOf(*first, "name"));
  // What the ledger knows of is there for good.
  if (type().name() == "Subscription") {
    EXPECT_THAT(deleted, FailsWith(v1::RESOURCE_IN_USE));
    return;
  }
  ASSERT_THAT(deleted, IsOk());
  const MessagePtr second = MustCall(*methods().create, *request);
  EXPECT_EQ(TextOf(*second, "name"), TextOf(*first, "name"));
  EXPECT_NE(TextOf(*second, "etag"), TextOf(*first, "etag"));
}

}  // namespace
}  // namespace perennial::conformance
