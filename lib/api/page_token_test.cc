#include "lib/api/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::ListContactsRequest Request() {
  v1::ListContactsRequest request;
  request.set_parent("accounts/acme");
  request.set_filter("stance = CRITIC");
  return request;
}

constexpr char kKey[] = "a key";
const PageKeyShape kByName = {FieldKind::kText};

absl::StatusOr<PageRequest> Parse(const google::protobuf::Message& request,
                                  const PageKeyShape& shape = kByName,
                                  const std::string& key = kKey) {
  return ParsePageRequest(request, shape, key);
}

std::string Token(const google::protobuf::Message& request, const std::vector<FieldValue>& last) {
  return MakePageToken(Parse(request).value(), last);
}

void ExpectViolation(const google::protobuf::Message& request, absl::string_view field,
                     v1::ErrorReason reason, const std::string& description) {
  const absl::Status status = Parse(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), reason);
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, field);
  EXPECT_THAT(violations[0].description, HasSubstr(description));
}

TEST(PageRequestTest, HasADefaultSizeAndNoPositionAtFirst) {
  v1::ListContactsRequest request = Request();
  EXPECT_EQ(Parse(request)->page_size, kDefaultPageSize);
  EXPECT_THAT(Parse(request)->last, IsEmpty());
  request.set_page_size(kMaxPageSize);
  EXPECT_EQ(Parse(request)->page_size, kMaxPageSize);
}

TEST(PageRequestTest, RefusesSizesOutOfBounds) {
  v1::ListContactsRequest request = Request();
  for (const int size : {-1, kMaxPageSize + 1}) {
    request.set_page_size(size);
    ExpectViolation(request, "page_size", v1::INVALID_FIELD, "between 0 and 1000");
  }
}

TEST(PageTokenTest, GivesTheLastValuesBack) {
  v1::ListContactsRequest request = Request();
  const std::vector<FieldValue> last = {int64_t{-5}, 0.1, "", "\u00e9\n", int64_t{0}};
  const PageKeyShape shape = {FieldKind::kMoney, FieldKind::kReal, FieldKind::kText,
                              FieldKind::kEnum, FieldKind::kTime};
  request.set_page_token(Token(request, last));
  EXPECT_EQ(Parse(request, shape)->last, last);
  request.set_page_size(7);  // the one thing that may change
  EXPECT_EQ(Parse(request, shape)->last, last);
  EXPECT_EQ(Parse(request, shape)->fingerprint, Parse(Request())->fingerprint);
}

TEST(PageTokenTest, LeadsBothWays) {
  v1::ListContactsRequest request = Request();
  request.set_page_token(MakeBackwardToken(Parse(request).value(), {"n"}));
  EXPECT_TRUE(Parse(request)->backward);
  EXPECT_THAT(Parse(request)->last, ElementsAre(FieldValue("n")));
  request.set_page_token(MakeBackwardToken(Parse(Request()).value(), {}));
  EXPECT_TRUE(Parse(request)->backward);
  EXPECT_THAT(Parse(request)->last, IsEmpty());
  request.set_page_token(Token(Request(), {"n"}));
  EXPECT_FALSE(Parse(request)->backward);
}

TEST(PageTokenTest, IsGoodWhetherTheSizeIsAskedForOrNot) {
  v1::ListContactsRequest request = Request();
  request.set_page_token(Token(Request(), {"n"}));
  request.set_include_total_size(true);
  EXPECT_THAT(Parse(request)->last, ElementsAre(FieldValue("n")));
}

TEST(PageTokenTest, IsForTheRequestItWasMadeFor) {
  const std::string token = Token(Request(), {"n"});
  v1::ListContactsRequest other_filter = Request();
  other_filter.set_filter("stance = NEUTRAL");
  v1::ListContactsRequest other_parent = Request();
  other_parent.set_parent("accounts/-");
  v1::ListContactsRequest other_order = Request();
  other_order.set_order_by("name desc");
  for (v1::ListContactsRequest* request : {&other_filter, &other_parent, &other_order}) {
    request->set_page_token(token);
    ExpectViolation(*request, "page_token", v1::INVALID_PAGE_TOKEN, "another request");
  }
}

TEST(PageTokenTest, IsForTheMethodItWasMadeFor) {
  // The two requests have the same fields in the wire form.
  v1::ListContactsRequest contacts;
  v1::ListAccountEventsRequest events;
  events.set_page_token(Token(contacts, {"n"}));
  ExpectViolation(events, "page_token", v1::INVALID_PAGE_TOKEN, "another request");
}

TEST(PageTokenTest, IsOfTheShapeOfTheList) {
  v1::ListContactsRequest request = Request();
  const FieldValue integer(int64_t{1}), real(0.5), text("n");
  const std::vector<std::vector<FieldValue>> misfits = {
      {integer}, {real}, {text, text}, {integer, text}};
  for (const std::vector<FieldValue>& last : misfits) {
    request.set_page_token(Token(Request(), last));
    ExpectViolation(request, "page_token", v1::INVALID_PAGE_TOKEN, "another version");
  }
}

TEST(PageTokenTest, IsOfTheDatabaseThatSignedIt) {
  v1::ListContactsRequest request = Request();
  request.set_page_token(Token(request, {"n"}));
  EXPECT_TRUE(Parse(request).ok());
  for (const char* other_key : {"", "another key"}) {
    const absl::Status status = Parse(request, kByName, other_key).status();
    EXPECT_EQ(ReasonOf(status), v1::INVALID_PAGE_TOKEN);
  }
}

TEST(PageTokenTest, IsRefusedWhereItWasChanged) {
  v1::ListContactsRequest request = Request();
  const std::string token = Token(request, {"accounts/acme/contacts/jane"});
  for (size_t i = 0; i < token.size(); ++i) {
    std::string mangled = token;
    mangled[i] = mangled[i] == 'A' ? 'B' : 'A';
    request.set_page_token(mangled);
    EXPECT_FALSE(Parse(request).ok()) << i;
    request.set_page_token(token.substr(0, i));
    if (i > 0) ExpectViolation(request, "page_token", v1::INVALID_PAGE_TOKEN, "unchanged");
  }
  for (const char* text : {"!", "AAAA", "a page"}) {
    request.set_page_token(text);
    ExpectViolation(request, "page_token", v1::INVALID_PAGE_TOKEN, "unchanged");
  }
}

TEST(PageRoomTest, EndsWithTheRowsThatWereAskedFor) {
  PageRequest request;
  request.page_size = 2;
  PageRoom room(request);
  EXPECT_TRUE(room.Take(1));
  EXPECT_TRUE(room.Take(1));
  EXPECT_FALSE(room.is_full()) << "nothing is behind it yet";
  EXPECT_FALSE(room.Take(1));
  EXPECT_TRUE(room.is_full());
}

TEST(PageRoomTest, EndsWhereTheBytesOfAnAnswerDo) {
  PageRoom room{PageRequest()};
  EXPECT_TRUE(room.Take(PageRoom::kMaxBytes - 1));
  EXPECT_TRUE(room.Take(1));
  EXPECT_FALSE(room.Take(1));
  EXPECT_TRUE(room.is_full());
  EXPECT_FALSE(room.Take(0)) << "none goes behind one that does not go on it";
}

TEST(PageRoomTest, HasAlwaysRoomForOne) {
  PageRoom room{PageRequest()};
  EXPECT_TRUE(room.Take(2 * PageRoom::kMaxBytes));
  EXPECT_FALSE(room.Take(1));
}

// One server makes a token and another reads it.
TEST(PageTokenTest, IsTheSameInEveryProcess) {
  EXPECT_EQ(Token(Request(), {int64_t{1}, "n"}),
            "CWrYDEcHr8TaEgIIARIDGgFuIhCOx4YOBg_8LRMRpAMbKdFX");
}

TEST(PageTokenTest, IsMadeOfUrlSafeCharacters) {
  const std::string token = Token(Request(), {std::string(100, '\x7e'), int64_t{-1}});
  EXPECT_EQ(token.find_first_of("+/= "), std::string::npos);
}

}  // namespace
}  // namespace perennial
