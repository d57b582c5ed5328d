// Getting and deleting any resource.

#include "absl/strings/str_cat.h"
#include "perennial/v1/history_service.pb.h"
#include "tests/conformance/standard/standard_test.h"

namespace perennial::conformance {
namespace {

// A name of the resource's shape for which there is nothing.
std::string Unknown(const std::string& name) {
  return absl::StrCat(name.substr(0, name.rfind('/')), "/nobody");
}

std::vector<std::string> BadNames(const std::string& good) {
  return {"",
          "nonsense",
          "/",
          absl::StrCat(good, "/"),
          absl::StrCat(good, "/more"),
          absl::StrCat("/", good),
          absl::StrCat(good, "X"),
          absl::StrCat(good.substr(0, good.rfind('/')), "/-"),
          "nobodies/nobody"};
}

class GetTest : public ResourceTest {};
INSTANTIATE_FOR_EVERY_RESOURCE(GetTest);

TEST_P(GetTest, AnswersWhatIsThere) {
  const MessagePtr created = Create();
  const auto got = Get(TextOf(*created, "name"));
  ASSERT_THAT(got, IsOk());
  EXPECT_THAT(**got, EqualsProto(*created));
}

TEST_P(GetTest, FailsOnWhatIsNotThere) {
  const std::string name = Unknown(TextOf(*Create(), "name"));
  EXPECT_THAT(Get(name), IsNotFound(name));
}

TEST_P(GetTest, RefusesWhatIsNoName) {
  for (const std::string& bad : BadNames(TextOf(*Create(), "name"))) {
    EXPECT_THAT(Get(bad), IsInvalid("name")) << bad;
  }
}

class DeleteTest : public ResourceTest {
 protected:
  // The latest change of the resource.
  v1::Change LastChange(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("resource_name = \"", name, "\""));
    request.set_order_by("revision desc");
    request.set_page_size(1);
    const auto page = Must(api().history.ListChanges.Page(request));
    return page.changes().empty() ? v1::Change() : page.changes(0);
  }
};
INSTANTIATE_FOR_EVERY_RESOURCE(DeleteTest);

TEST_P(DeleteTest, TakesItAwayAndKeepsItInTheHistory) {
  const MessagePtr request = examples().RequestFor(*methods().erase);
  const std::string name = TextOf(*request, "name");
  ASSERT_THAT(Call(*methods().erase, *request), IsOk());
  EXPECT_THAT(Get(name), IsNotFound(name));
  EXPECT_THAT(Delete(name), IsNotFound(name));

  const v1::Change change = LastChange(name);
  EXPECT_EQ(change.operation(), v1::Change::DELETED);
  EXPECT_EQ(change.resource_type(), type().name());
  EXPECT_EQ(change.actor(), "tester");
  EXPECT_EQ(change.method(),
            absl::StrCat(methods().erase->service()->name(), ".", methods().erase->name()));
}

TEST_P(DeleteTest, IsAllowedWithTheCurrentEtagOnly) {
  const MessagePtr request = examples().RequestFor(*methods().erase);
  SetText(*request, "etag", "v0");
  EXPECT_THAT(Call(*methods().erase, *request), FailsWith(v1::ETAG_MISMATCH));
  const auto got = Get(TextOf(*request, "name"));
  ASSERT_THAT(got, IsOk());
  SetText(*request, "etag", TextOf(**got, "etag"));
  EXPECT_THAT(Call(*methods().erase, *request), IsOk());
}

TEST_P(DeleteTest, RefusesWhatIsNoName) {
  for (const std::string& bad : BadNames(TextOf(*Create(), "name"))) {
    EXPECT_THAT(Delete(bad), IsInvalid("name")) << bad;
  }
}

// What the resource is below, and what it refers to, has to stay while it does.
TEST_P(DeleteTest, IsRefusedForWhatTheResourceNeeds) {
  const MessagePtr created = Create();
  const auto expect_in_use = [&](const Descriptor& needed, const std::string& name) {
    EXPECT_THAT(Call(*MethodsOf(needed).erase, *NameRequest(*MethodsOf(needed).erase, name)),
                FailsWith(v1::RESOURCE_IN_USE))
        << name;
  };
  if (has_parent()) {
    const std::string name = TextOf(*created, "name");
    const std::string below = name.substr(0, name.rfind('/'));
    expect_in_use(*ParentOf(type()), below.substr(0, below.rfind('/')));
  }
  const auto* reflection = created->GetReflection();
  for (const FieldDescriptor* reference : InputFields(type())) {
    const Descriptor* needed = FindResource(RulesOf(*reference).reference());
    if (needed == nullptr) continue;
    if (reference->is_repeated()) {
      expect_in_use(*needed, reflection->GetRepeatedString(*created, reference, 0));
    } else if (reflection->HasField(*created, reference)) {
      expect_in_use(*needed, reflection->GetString(*created, reference));
    }
  }
}

}  // namespace
}  // namespace perennial::conformance
