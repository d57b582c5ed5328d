#include <google/protobuf/util/json_util.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/run_fixture.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/clock_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TouchLogTest : public RunTest {
 protected:
  TouchLogTest() {
    v1::ListContactsResponse contacts;
    for (const char* id : {"jane", "joe"}) {
      contacts.add_contacts()->set_name(absl::StrCat("accounts/acme/contacts/", id));
      contacts.mutable_contacts()->rbegin()->set_display_name(absl::StrCat(id, " Doe"));
    }
    Answer<v1::ListContactsRequest, v1::ListContactsResponse>("ListContacts", contacts);
    v1::ClockTime now;
    now.mutable_time()->set_seconds(1736935200);  // 2025-01-15 10:00
    Answer<v1::GetTimeRequest, v1::ClockTime>("GetTime", now);
    connection_->On<v1::CreateTouchRequest, v1::Touch>(
        "CreateTouch", [](const v1::CreateTouchRequest& request) { return request.touch(); });
  }
};

TEST_F(TouchLogTest, RecordsALineAndShowsWhatItUnderstood) {
  ASSERT_EQ(Run("touches log acme called jane and joe, gave benchmark figures, yesterday does t1 "
                "--dry-run --request-id=r1"),
            kOk)
      << err_.str();
  const auto request = LastRequest<v1::CreateTouchRequest>();
  EXPECT_EQ(request.parent(), "accounts/acme");
  EXPECT_THAT(request.completed_tasks(), ElementsAre("accounts/acme/tasks/t1"));
  EXPECT_TRUE(request.validate_only());
  EXPECT_EQ(request.request_id(), "r1");
  EXPECT_EQ(out_.str(),
            "channel      PHONE\n"
            "direction    OUTBOUND\n"
            "contacts     accounts/acme/contacts/jane, accounts/acme/contacts/joe\n"
            "disposition  CONNECTED\n"
            "intent       GIVE\n"
            "touch_time   2025-01-14 12:00\n"
            "summary      benchmark figures\n");
  EXPECT_EQ(err_.str(), "nothing was written: this only checked\n");
}

TEST_F(TouchLogTest, TakesWholeNamesAndPrintsJson) {
  ASSERT_EQ(
      Run("touches log accounts/acme joe called us: \"worried about price\" competitor Zephyr "
          "done accounts/acme/tasks/t1 --format=json"),
      kOk)
      << err_.str();
  const auto request = LastRequest<v1::CreateTouchRequest>();
  EXPECT_EQ(request.parent(), "accounts/acme");
  EXPECT_THAT(request.completed_tasks(), ElementsAre("accounts/acme/tasks/t1"));
  EXPECT_FALSE(request.touch().has_touch_time()) << "the server knows what is now";
  v1::Touch printed;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out_.str(), &printed).ok()) << out_.str();
  EXPECT_EQ(printed.SerializeAsString(), request.touch().SerializeAsString());
  EXPECT_EQ(printed.summary(), "worried about price");
}

TEST_F(TouchLogTest, AsksNothingThatItNeedNotKnow) {
  ASSERT_EQ(Run("touches log acme mailed no-reply"), kOk) << err_.str();
  EXPECT_EQ(connection_->records().size(), 1u);
}

TEST_F(TouchLogTest, WritesNothingThatItDoesNotUnderstand) {
  EXPECT_EQ(Run("touches log acme called jane, voicemial"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("\"voicemial\" is not understood"));
  EXPECT_EQ(Run("touches log acme called"), kOk);
  EXPECT_EQ(Run("touches log acme"), kUsage);
  EXPECT_EQ(Run("touches log acme called doe"), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("  accounts/acme/contacts/jane  jane Doe\n"));
  EXPECT_EQ(connection_->records().back().method, "ListContacts");
}

}  // namespace
}  // namespace perennial::cli
