#include "server/handlers/handlers.h"

#include <gtest/gtest.h>

#include "lib/api/errors.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/options.pb.h"
#include "perennial/v1/proto_files.h"
#include "tests/support/handlers_fixture.h"

namespace perennial {
namespace {

class RegistryTest : public HandlersFixture {};
INSTANTIATE_TEST_SUITE_P(Engines, RegistryTest, EveryEngine(), EngineName);

TEST_P(RegistryTest, EveryMethodHasAHandlerAndARole) {
  int methods = 0;
  for (const char* path : kProtoFiles) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(path);
    ASSERT_NE(file, nullptr) << path;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto& method = *file->service(s)->method(m);
        ++methods;
        EXPECT_EQ(registry_->methods().count(method.full_name()), 1u) << method.full_name();
        EXPECT_NE(method.options().GetExtension(v1::required_role), v1::ROLE_UNSPECIFIED)
            << method.full_name();
      }
    }
  }
  EXPECT_GT(methods, 80);
}

TEST_P(RegistryTest, RefusesWhatDoesNotParse) {
  EXPECT_EQ(ReasonOf(RunBytes("AccountService.GetAccount", "\x0f\xff").status()),
            v1::MALFORMED_REQUEST);
}

TEST_P(RegistryTest, ChecksTheRulesOfTheFields) {
  const absl::Status status = RunBytes("AccountService.GetAccount", "").status();
  EXPECT_EQ(ReasonOf(status), v1::INVALID_FIELD);
  ASSERT_EQ(ViolationsOf(status).size(), 1u);
  EXPECT_EQ(ViolationsOf(status)[0].field, "name");
}

TEST_P(RegistryTest, ARetryIsKnownWhateverTheOrderOfItsLabels) {
  v1::CreateAccountRequest request;
  request.set_account_id("a");
  request.set_request_id("r1");
  request.mutable_account()->set_display_name("A");
  for (int i = 0; i < 20; ++i) {
    (*request.mutable_account()->mutable_labels())[std::string(1, static_cast<char>('a' + i))] = "";
  }
  v1::CreateAccountRequest again = request;
  again.mutable_account()->clear_labels();
  for (int i = 19; i >= 0; --i) {
    (*again.mutable_account()->mutable_labels())[std::string(1, static_cast<char>('a' + i))] = "";
  }
  const auto first = RunBytes("AccountService.CreateAccount", request.SerializeAsString());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(RunBytes("AccountService.CreateAccount", again.SerializeAsString()).value_or("none"),
            *first);
  again.mutable_account()->set_display_name("B");
  EXPECT_EQ(ReasonOf(RunBytes("AccountService.CreateAccount", again.SerializeAsString()).status()),
            v1::REQUEST_ID_REUSED);
}

}  // namespace
}  // namespace perennial
