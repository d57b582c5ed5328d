#include "client/cli/run_fixture.h"
#include "perennial/v1/history_service.pb.h"

namespace perennial::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class UndoTest : public RunTest {
 protected:
  // One resource that goes back, one that is refused.
  static v1::RevertChangesResponse Response() {
    v1::RevertChangesResponse response;
    auto& done = *response.add_results();
    done.set_resource_name("accounts/a/opportunities/o");
    done.set_operation(v1::Change::UPDATED);
    auto& field = *done.add_fields();
    field.set_field("owner");
    field.set_old_value("bob");
    field.set_new_value("ann");
    done.add_fields()->set_field("next_step");
    done.mutable_fields(1)->set_old_value("Call");
    auto& refused = *response.add_results();
    refused.set_resource_name("accounts/a/tasks/t");
    refused.set_operation(v1::Change::DELETED);
    refused.mutable_error()->set_reason("CHANGED_SINCE");
    auto& violation = *refused.mutable_error()->add_violations();
    violation.set_subject("title");
    violation.set_description("jo changed it");
    response.set_reverted_count(1);
    response.set_refused_count(1);
    response.set_unchanged_count(3);
    return response;
  }
};

TEST_F(UndoTest, PrintsALineForEachRowAndSaysHowToTakeThatBack) {
  Answer<v1::RevertChangesRequest, v1::RevertChangesResponse>("RevertChanges", Response());
  EXPECT_EQ(Run("undo r1 --reason='a mistake' --by=bob"), kRefused);
  const auto request = LastRequest<v1::RevertChangesRequest>();
  EXPECT_EQ(request.reverted_request_id(), "r1");
  EXPECT_EQ(request.reason(), "a mistake");
  EXPECT_EQ(request.actor(), "bob");
  EXPECT_FALSE(request.validate_only());
  EXPECT_EQ(
      out_.str(),
      "NAME                        WHAT                    CHANGE\n"
      "accounts/a/opportunities/o  changed back            owner: bob -> ann; next_step: Call "
      "-> nothing\n"
      "accounts/a/tasks/t          refused: CHANGED_SINCE  title: jo changed it\n");
  EXPECT_EQ(err_.str(),
            "1 taken back, 1 refused, 3 with nothing left to take back\n"
            "undo with: perennial undo " +
                request.run() + "\n");
}

TEST_F(UndoTest, TakesTheLastOfSeveralCallsBackFirstAndPreviews) {
  v1::RevertChangesResponse response = Response();
  response.mutable_results()->RemoveLast();
  response.set_refused_count(0);
  Answer<v1::RevertChangesRequest, v1::RevertChangesResponse>("RevertChanges", response);
  EXPECT_EQ(Run("undo r1 r2 --dry-run --format=csv"), kOk);
  const auto request = LastRequest<v1::RevertChangesRequest>();
  EXPECT_EQ(request.reverted_request_id(), "r1");
  EXPECT_TRUE(request.validate_only());
  EXPECT_THAT(out_.str(), HasSubstr("would be changed back"));
  EXPECT_THAT(err_.str(), HasSubstr("2 would be taken back"));
  EXPECT_THAT(err_.str(), HasSubstr("nothing was written"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("undo with")));
}

TEST_F(UndoTest, NeedsARequest) { EXPECT_EQ(Run("undo"), kUsage); }

}  // namespace
}  // namespace perennial::cli
