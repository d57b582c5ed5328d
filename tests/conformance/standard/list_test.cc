// Listing any resource: pages, orders, filters and what is wrong with them.

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "perennial/v1/common.pb.h"
#include "tests/conformance/standard/standard_test.h"

namespace perennial::conformance {
namespace {

using google::protobuf::FieldMask;
using testing::ElementsAreArray;
using testing::IsEmpty;

using Names = std::vector<std::string>;

class ListTest : public ResourceTest {
 protected:
  // Three, of one parent, whose names nobody else's are between.
  Names CreateThree() {
    const std::string prefix = UniqueId("listed");
    Names names;
    for (const char* suffix : {"-a", "-b", "-c"}) {
      const MessagePtr request = CreateRequest();
      SetText(*request, field() + "_id", prefix + suffix);
      names.push_back(TextOf(*MustCall(*methods().create, *request), "name"));
    }
    return names;
  }

  // Lists these, and their siblings where they have a parent.
  MessagePtr Request(const Names& names) const {
    MessagePtr request = NewMessage(*methods().list->input_type());
    if (has_parent()) {
      const std::string collection = names[0].substr(0, names[0].rfind('/'));
      SetText(*request, "parent", collection.substr(0, collection.rfind('/')));
    } else {
      const std::string prefix = names[0].substr(0, names[0].size() - 1);
      SetText(*request, "filter", absl::StrCat("name = \"", prefix, "*\""));
    }
    return request;
  }

  static void SetPageSize(Message& request, int size) {
    request.GetReflection()->SetInt32(&request,
                                      request.GetDescriptor()->FindFieldByName("page_size"), size);
  }

  void MakeDifferent(const std::string& name) {
    const MessagePtr request = NewMessage(*methods().update->input_type());
    Message& resource = MutableSub(*request, field());
    resource.CopyFrom(**Get(name));
    for (const FieldDescriptor* field : InputFields(type())) examples().Vary(*field, resource);
    static_cast<FieldMask&>(MutableSub(*request, "update_mask")).add_paths("*");
    MustCall(*methods().update, *request);
  }

  MessagePtr Page(const Message& request) const { return MustCall(*methods().list, request); }

  absl::StatusOr<MessagePtr> TryWith(const Message& request, const std::string& name,
                                     const std::string& value) const {
    const MessagePtr changed = Copy(request);
    SetText(*changed, name, value);
    return Call(*methods().list, *changed);
  }

  static Names NamesOn(const Message& page) {
    Names names;
    for (int i = 0; i < ItemCount(page); ++i) names.push_back(TextOf(ItemOf(page, i), "name"));
    return names;
  }

  // From the page that the request is for on, by its tokens of this field.
  std::vector<MessagePtr> Pages(const Message& request, const std::string& token_field) const {
    const MessagePtr next = Copy(request);
    std::vector<MessagePtr> pages;
    do {
      pages.push_back(Page(*next));
      SetText(*next, "page_token", TextOf(*pages.back(), token_field));
    } while (!TextOf(*next, "page_token").empty());
    return pages;
  }

  Names All(const Message& request, int page_size) const {
    const MessagePtr first = Copy(request);
    SetPageSize(*first, page_size);
    Names names;
    for (const MessagePtr& page : Pages(*first, "next_page_token")) {
      EXPECT_LE(ItemCount(*page), page_size);
      for (const std::string& name : NamesOn(*page)) names.push_back(name);
    }
    return names;
  }

  static int TotalSize(const Message& page) {
    return page.GetReflection()->GetInt32(page,
                                          page.GetDescriptor()->FindFieldByName("total_size"));
  }

  void Tick() {
    v1::MoveTimeRequest request;
    *request.mutable_time() = ToTimestamp(Now() + absl::Seconds(1));
    Must(api().clock.MoveTime(request));
  }
};
INSTANTIATE_FOR_EVERY_RESOURCE(ListTest);

TEST_P(ListTest, AnswersWholeResourcesByName) {
  const Names names = CreateThree();
  const MessagePtr page = Page(*Request(names));
  ASSERT_EQ(ItemCount(*page), 3);
  EXPECT_EQ(TextOf(*page, "next_page_token"), "");
  for (int i = 0; i < 3; ++i) {
    const auto got = Get(names[i]);
    ASSERT_THAT(got, IsOk());
    EXPECT_THAT(ItemOf(*page, i), EqualsProto(**got));
  }
}

TEST_P(ListTest, AnswersNothingBelowAnEmptyParent) {
  if (!has_parent()) return;
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  SetText(*request, "filter", "name = \"nothing\"");
  EXPECT_EQ(ItemCount(*Page(*request)), 0);
}

TEST_P(ListTest, GoesThroughPagesOfAnySize) {
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  for (const int size : {1, 2, 3, 4, 1000}) {
    EXPECT_THAT(All(*request, size), ElementsAreArray(names)) << size;
  }
}

TEST_P(ListTest, GoesBackThroughTheSamePages) {
  const MessagePtr request = Request(CreateThree());
  for (const int size : {1, 2, 3, 4}) {
    SetPageSize(*request, size);
    SetText(*request, "page_token", "");
    const std::vector<MessagePtr> pages = Pages(*request, "next_page_token");
    EXPECT_EQ(TextOf(*pages.front(), "previous_page_token"), "");
    if (pages.size() == 1) continue;
    SetText(*request, "page_token", TextOf(*pages.back(), "previous_page_token"));
    ASSERT_NE(TextOf(*request, "page_token"), "");
    std::vector<MessagePtr> back = Pages(*request, "previous_page_token");
    ASSERT_EQ(back.size(), pages.size() - 1);
    std::reverse(back.begin(), back.end());
    for (size_t i = 0; i < back.size(); ++i) {
      EXPECT_EQ(NamesOn(*back[i]), NamesOn(*pages[i])) << size << " " << i;
      // And forward again.
      SetText(*request, "page_token", TextOf(*back[i], "next_page_token"));
      EXPECT_EQ(NamesOn(*Page(*request)), NamesOn(*pages[i + 1])) << size << " " << i;
    }
  }
}

TEST_P(ListTest, TellsItsSizeWhereAsked) {
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  SetPageSize(*request, 2);
  const MessagePtr first = Page(*request);
  EXPECT_EQ(TotalSize(*first), 0);
  SetBool(*request, "include_total_size", true);
  EXPECT_EQ(TotalSize(*Page(*request)), 3);
  // On any page, also by a token from before it was asked for.
  SetText(*request, "page_token", TextOf(*first, "next_page_token"));
  const MessagePtr second = Page(*request);
  EXPECT_EQ(ItemCount(*second), 1);
  EXPECT_EQ(TotalSize(*second), 3);
  SetText(*request, "page_token", "");
  SetText(*request, "filter", absl::StrCat("name = \"", names[1], "\""));
  EXPECT_EQ(TotalSize(*Page(*request)), 1);
}

TEST_P(ListTest, AnswersOfThePast) {
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  SetBool(*request, "include_total_size", true);
  const MessagePtr then = Page(*request);
  const absl::Time time = Now();
  Tick();
  MakeDifferent(names[1]);
  // Refused where the ledger holds it.
  const bool deleted = Delete(names[2]).ok();
  EXPECT_EQ(ItemCount(*Page(*request)), deleted ? 2 : 3);
  const auto read_as_of = [&](absl::Time as_of) {
    static_cast<google::protobuf::Timestamp&>(MutableSub(*request, "read_time")) =
        ToTimestamp(as_of);
    return Call(*methods().list, *request);
  };
  const MessagePtr past = Must(read_as_of(time));
  ASSERT_EQ(ItemCount(*past), 3);
  EXPECT_EQ(TotalSize(*past), 3);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ItemOf(*past, i), EqualsProto(ItemOf(*then, i)));
  EXPECT_THAT(All(*request, 1), ElementsAreArray(names));
  EXPECT_EQ(ItemCount(*Must(read_as_of(absl::FromCivil(kFirstDay - 1, absl::UTCTimeZone())))), 0);
  EXPECT_THAT(read_as_of(Now() + absl::Seconds(1)), IsInvalid("read_time"));
}

TEST_P(ListTest, TakesWildcardsForParents) {
  const std::string any = AnyParentOf(type());
  if (any.empty()) return;
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  const std::string parent = TextOf(*request, "parent");
  SetText(*request, "filter", absl::StrCat("name = \"", parent, "/*\""));
  // `accounts/a/subscriptions/-` as well.
  for (const std::string& wide : {any, absl::StrCat(parent.substr(0, parent.rfind('/')), "/-")}) {
    SetText(*request, "parent", wide);
    EXPECT_THAT(All(*request, 2), ElementsAreArray(names)) << wide;
  }
}

TEST_P(ListTest, RefusesBadParents) {
  if (!has_parent()) return;
  const MessagePtr request = NewMessage(*methods().list->input_type());
  for (const char* bad : {"", "nonsense", "-", "accounts", "accounts/", "accounts/A",
                          "accounts/-/x", "accounts/-/subscriptions/x", "products/-"}) {
    EXPECT_THAT(TryWith(*request, "parent", bad), IsInvalid("parent")) << bad;
  }
}

TEST_P(ListTest, BoundsThePageSize) {
  const MessagePtr request = Request(CreateThree());
  for (const int bad : {-1, 1001, 2147483647}) {
    SetPageSize(*request, bad);
    EXPECT_THAT(Call(*methods().list, *request), IsInvalid("page_size")) << bad;
  }
}

TEST_P(ListTest, TakesItsOwnPageTokensOnly) {
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  SetPageSize(*request, 1);
  const std::string token = TextOf(*Page(*request), "next_page_token");
  ASSERT_NE(token, "");
  // What leads back is another token.
  SetText(*request, "page_token", token);
  const std::string back = TextOf(*Page(*request), "previous_page_token");
  EXPECT_NE(back, token);
  EXPECT_NE(back, "");
  const auto refused = FailsWith(v1::INVALID_PAGE_TOKEN, testing::ElementsAre("page_token"));

  std::string mangled = token;
  mangled[token.size() / 2] = mangled[token.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& bad : {std::string("nonsense"), std::string("\u00fc"), mangled,
                                 token.substr(1), token + token, back.substr(1), back + token}) {
    EXPECT_THAT(TryWith(*request, "page_token", bad), refused) << bad;
  }
  for (const std::string& either : {token, back}) {
    SetText(*request, "page_token", either);
    EXPECT_THAT(TryWith(*request, "filter", "name != \"x\""), refused);
    EXPECT_THAT(TryWith(*request, "order_by", "name desc"), refused);
    if (has_parent()) {
      EXPECT_THAT(TryWith(*request, "parent", AnyParentOf(type())), refused);
    }
  }
  // Another method's list.
  const Descriptor& other = *FindResource(type().name() == "Product" ? "Playbook" : "Product");
  const MessagePtr foreign = NewMessage(*MethodsOf(other).list->input_type());
  SetText(*foreign, "page_token", token);
  EXPECT_THAT(Call(*MethodsOf(other).list, *foreign), refused);
}

// A message of the API's own without a type of column.
bool HoldsFields(const FieldDescriptor& field) {
  return !field.is_repeated() && field.message_type() != nullptr &&
         field.message_type() != v1::Date::descriptor() &&
         field.message_type() != v1::Money::descriptor() &&
         field.message_type()->file()->package() != "google.protobuf";
}

// Whether lists can be ordered by the field. The summary of an account has the name of the text
// field that is the account's name.
bool HasOrder(const FieldDescriptor& field) {
  if (RulesOf(field).joined()) return true;
  if (field.is_repeated() || field.name() == "etag" || RulesOf(field).not_queryable()) return false;
  return !HoldsFields(field) && RulesOf(field).max_length() <= 300;
}

// The fields of a resource, and of messages that it has one of, by their paths.
std::map<std::string, const FieldDescriptor*> Paths(const Descriptor& type) {
  std::map<std::string, const FieldDescriptor*> paths;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    paths[field.name()] = &field;
    if (!HoldsFields(field) || RulesOf(field).not_queryable()) continue;
    for (int j = 0; j < field.message_type()->field_count(); ++j) {
      const FieldDescriptor& inner = *field.message_type()->field(j);
      paths[absl::StrCat(field.name(), ".", inner.name())] = &inner;
    }
  }
  return paths;
}

TEST_P(ListTest, OrdersByEveryFieldBothWays) {
  const Names names = CreateThree();
  MakeDifferent(names[1]);
  const MessagePtr list = Request(names);
  for (const auto& [path, field] : Paths(type())) {
    SetText(*list, "order_by", path);
    if (!HasOrder(*field)) {
      EXPECT_THAT(Call(*methods().list, *list), FailsWith(v1::INVALID_ORDER_BY)) << path;
      continue;
    }
    const Names ascending = All(*list, 3);
    EXPECT_EQ(ascending.size(), 3u);
    SetText(*list, "order_by", path + " desc");
    const Names descending = All(*list, 2);
    EXPECT_THAT(Names(descending.rbegin(), descending.rend()), ElementsAreArray(ascending)) << path;
  }
}

TEST_P(ListTest, RefusesBadOrders) {
  const MessagePtr request = Request(CreateThree());
  for (const char* bad : {"nonsense", "name,", ",", "name name", "name sideways", "name, name",
                          "etag", "name desc desc", "name;"}) {
    EXPECT_THAT(TryWith(*request, "order_by", bad),
                FailsWith(v1::INVALID_ORDER_BY, testing::ElementsAre("order_by")))
        << bad;
  }
}

// A comparison that the kind of the field does not take.
std::string WrongComparison(const FieldDescriptor& field) {
  const std::string& name = field.name();
  if (RulesOf(field).joined()) return name + ".nothing = \"x\"";
  if (field.is_map()) return name + " = \"gold\"";
  if (field.is_repeated()) {
    return field.message_type() == nullptr ? name + " = \"x\"" : name + " = 1";
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return name + ".part = \"x\"";
    case FieldDescriptor::CPPTYPE_BOOL:
      return name + " = 5";
    case FieldDescriptor::CPPTYPE_ENUM:
      return name + " = NOTHING_SUCH";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return field.message_type() == v1::Date::descriptor() ? name + " < \"2025-02-30\""
                                                            : name + " < \"many\"";
    default:
      return name + " > \"abc\"";
  }
}

TEST_P(ListTest, RefusesBadFilters) {
  const MessagePtr request = Request(CreateThree());
  std::vector<std::string> bad = {"nonsense = 1",
                                  "(",
                                  "name =",
                                  "= \"x\"",
                                  "name = \"x",
                                  "AND",
                                  "name == \"x\"",
                                  "name ! 1",
                                  "name = \"x\" OR",
                                  "etag = \"x\"",
                                  "NOT",
                                  ")",
                                  "name ~ \"x\"",
                                  "name.part = \"x\"",
                                  std::string(30, '(') + "name = \"x\"" + std::string(30, ')')};
  for (int i = 0; i < type().field_count(); ++i) {
    const FieldDescriptor& field = *type().field(i);
    bad.push_back(WrongComparison(field));
    if (!RulesOf(field).joined()) continue;
    for (int j = 0; j < field.message_type()->field_count(); ++j) {
      bad.push_back(
          absl::StrCat(field.name(), ".", WrongComparison(*field.message_type()->field(j))));
    }
  }
  std::string terms = "name = \"x\"";
  for (int i = 0; i < 100; ++i) terms += " name = \"x\"";
  bad.push_back(terms);
  for (const std::string& filter : bad) {
    EXPECT_THAT(TryWith(*request, "filter", filter),
                FailsWith(v1::INVALID_FILTER, testing::ElementsAre("filter")))
        << filter;
  }
}

TEST_P(ListTest, FiltersByTimeAndName) {
  const Names names = CreateThree();
  const MessagePtr request = Request(names);
  SetText(*request, "filter", absl::StrCat("name = \"", names[1], "\""));
  EXPECT_THAT(All(*request, 10), testing::ElementsAre(names[1]));
  SetText(*request, "filter",
          absl::StrCat("name = \"", names[0], "\" AND create_time > \"9998-01-01\""));
  EXPECT_THAT(All(*request, 10), IsEmpty());
}

}  // namespace
}  // namespace perennial::conformance
