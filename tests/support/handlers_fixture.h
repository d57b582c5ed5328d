#ifndef PERENNIAL_TESTS_SUPPORT_HANDLERS_FIXTURE_H_
#define PERENNIAL_TESTS_SUPPORT_HANDLERS_FIXTURE_H_

#include <optional>
#include <string>

#include "server/handlers/handlers.h"
#include "tests/support/store_fixture.h"

namespace perennial {

// A store and every handler over it.
class HandlersFixture : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    if (IsSkipped()) return;
    feed_.emplace(*store_, ChangeFeed::Options());
    review_.emplace(*store_);
    backups_.emplace(*store_, "");
    registry_.emplace(*store_);
    ASSERT_TRUE(store_->FollowManualTime(clock_).ok());
    RegisterHandlers(*registry_, {*store_, *feed_, *review_, *backups_, &clock_});
    call_.role = v1::ADMIN;
  }

  // `method` is such as "AccountService.GetAccount".
  absl::StatusOr<std::string> RunBytes(const std::string& method, absl::string_view request) {
    return registry_->methods().at("perennial.v1." + method).run(request, call_);
  }

  template <class Response, class Request>
  absl::StatusOr<Response> Run(const std::string& method, const Request& request) {
    ASSIGN_OR_RETURN(const std::string bytes, RunBytes(method, request.SerializeAsString()));
    Response response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response;
  }

  std::optional<ChangeFeed> feed_;
  std::optional<RelationshipReview> review_;
  std::optional<BackupStreams> backups_;
  std::optional<Registry> registry_;
};

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_HANDLERS_FIXTURE_H_
