// Whatever a list is handed as a page token, it answers a page or says that the token is none of
// its own.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/api/errors.h"
#include "lib/api/page_token.h"
#include "lib/api/resource_name.h"
#include "lib/storage/history.h"
#include "perennial/v1/insight_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"
#include "server/workflows/playbooks.h"
#include "tests/support/handlers_fixture.h"

namespace perennial {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

struct List {
  std::string method;  // "AccountService.ListAccounts"
  std::shared_ptr<Message> request;
};

// "accounts/-/opportunities/-" for what is below opportunities.
std::string AnyParent(const Descriptor& resource) {
  std::string parent = ParentPattern(PatternOf(resource));
  for (size_t open = parent.find('{'); open != std::string::npos; open = parent.find('{')) {
    parent.replace(open, parent.find('}') - open + 1, "-");
  }
  return parent;
}

// A request that is answered, of a method that has pages; null for other methods.
std::shared_ptr<Message> RequestOf(const MethodDescriptor& method) {
  const Descriptor& type = *method.input_type();
  if (type.FindFieldByName("page_token") == nullptr) return nullptr;
  std::shared_ptr<Message> request(MessageFactory::generated_factory()->GetPrototype(&type)->New());
  if (const FieldDescriptor* parent = type.FindFieldByName("parent")) {
    const Descriptor& resource = *method.output_type()->field(0)->message_type();
    request->GetReflection()->SetString(request.get(), parent, AnyParent(resource));
  }
  if (auto* reach = dynamic_cast<v1::ListReachOpportunitiesRequest*>(request.get())) {
    reach->set_figure(v1::ListReachOpportunitiesRequest::UNREACHED);
    for (auto* date : {reach->mutable_renewals()->mutable_start_date(),
                       reach->mutable_renewals()->mutable_end_date()}) {
      date->set_year(2025);
      date->set_month(1);
      date->set_day(1);
    }
  }
  if (auto* preview = dynamic_cast<v1::PreviewPlaybookRequest*>(request.get())) {
    preview->mutable_playbook()->set_name(kDefaultPlaybook);
    preview->mutable_update_mask()->add_paths("lead_days");
  }
  return request;
}

class PageTokensTest : public HandlersFixture {
 protected:
  void SetUp() override {
    HandlersFixture::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(EnsureDefaultPlaybook(*store_).ok());
    const absl::Status status = store_->Read(call_, [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const ListPosition position, ReadListPosition(tx.connection()));
      token_key_ = position.token_key;
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    for (const auto& [name, method] : registry_->methods()) {
      if (auto request = RequestOf(*method.descriptor)) {
        lists_.push_back({absl::StrReplaceAll(name, {{"perennial.v1.", ""}}), std::move(request)});
      }
    }
    ASSERT_GT(lists_.size(), 15u);
  }

  // Signed by this database, for this very request, of any shape.
  std::string TokenFor(const List& list, const std::vector<FieldValue>& last) {
    return MakePageToken(ParsePageRequest(*list.request, {}, token_key_).value(), last);
  }

  absl::Status RunWith(const List& list, const std::string& token) {
    const std::unique_ptr<Message> request(list.request->New());
    request->CopyFrom(*list.request);
    request->GetReflection()->SetString(
        request.get(), request->GetDescriptor()->FindFieldByName("page_token"), token);
    return RunBytes(list.method, request->SerializeAsString()).status();
  }

  std::string token_key_;
  std::vector<List> lists_;
};
INSTANTIATE_TEST_SUITE_P(Engines, PageTokensTest, EveryEngine(), EngineName);

TEST_P(PageTokensTest, OfAnyShapeAreAnsweredOrRefused) {
  const FieldValue integer(int64_t{7}), real(0.5), text("accounts/a"), empty("");
  const std::vector<std::vector<FieldValue>> shapes = {{},
                                                       {integer},
                                                       {real},
                                                       {text},
                                                       {empty},
                                                       {integer, text},
                                                       {text, integer},
                                                       {text, text},
                                                       {integer, integer, integer}};
  for (const List& list : lists_) {
    const absl::Status first_page = RunWith(list, "");
    EXPECT_TRUE(first_page.ok()) << list.method << ": " << first_page;
    int taken = 0;
    for (const std::vector<FieldValue>& shape : shapes) {
      const absl::Status status = RunWith(list, TokenFor(list, shape));
      if (status.ok()) {
        ++taken;
      } else {
        EXPECT_EQ(ReasonOf(status), v1::INVALID_PAGE_TOKEN) << list.method << ": " << status;
      }
    }
    // By name, or by revision: the empty text and another are of one shape. No values at all stand
    // for an end of the list.
    EXPECT_GE(taken, 1) << list.method;
    EXPECT_LE(taken, 3) << list.method;
  }
  ExpectEveryConnectionIsThere(store_->database(), test_database_->options().connections);
}

TEST_P(PageTokensTest, OfOtherMethodsAreRefused) {
  for (const List& list : lists_) {
    for (const List& other : lists_) {
      if (&list == &other) continue;
      for (const FieldValue& last : {FieldValue("accounts/a"), FieldValue(int64_t{7})}) {
        const absl::Status status = RunWith(list, TokenFor(other, {last}));
        EXPECT_EQ(ReasonOf(status), v1::INVALID_PAGE_TOKEN)
            << list.method << " takes a token of " << other.method << ": " << status;
      }
    }
  }
}

TEST_P(PageTokensTest, OfAnotherDatabaseAreRefused) {
  token_key_ += "another";
  for (const List& list : lists_) {
    const absl::Status status = RunWith(list, TokenFor(list, {FieldValue("accounts/a")}));
    EXPECT_EQ(ReasonOf(status), v1::INVALID_PAGE_TOKEN) << list.method << ": " << status;
  }
}

}  // namespace
}  // namespace perennial
