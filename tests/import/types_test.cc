// All that a mapping may set, through a whole server: nothing is offered that the server does not
// take.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/field_text.h"
#include "client/cli/import/imported_fields.h"
#include "client/cli/import/set_field.h"
#include "client/cli/import/suggest.h"
#include "lib/api/resource_name.h"
#include "perennial/client/history_client.h"
#include "perennial/client/import_client.h"
#include "tests/import/imported_server.h"

namespace perennial {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::HasSubstr;
using testing::Not;

// What all others refer to.
constexpr char kWorld[] = R"(
resources { product { name: "products/pro" display_name: "Pro" capabilities { id: "x" } } }
resources { playbook { name: "playbooks/all" display_name: "All" } }
resources { account { name: "accounts/a" display_name: "A" } }
resources { contact { name: "accounts/a/contacts/c" display_name: "C" } }
resources { subscription { name: "accounts/a/subscriptions/s" product: "products/pro" term_months: 12
  arr { currency_code: "USD" micros: 1000000 } start_date { year: 2024 month: 6 day: 1 } } }
)";

// Where any text of the field's kind would not do; nothing where it is left out.
const std::map<std::string, std::string>& Texts() {
  static const auto& texts = *new std::map<std::string, std::string>{
      {"Account.parent_account", "accounts/a"},
      {"Account.country", "DE"},
      {"Subscription.product", "products/pro"},
      {"Subscription.start_date", "2024-01-01"},
      {"Subscription.end_date", "2024-10-01"},
      // A trial has no ARR.
      {"Subscription.trial", ""},
      {"UsageSample.capability", "products/pro/capabilities/x"},
      {"Playbook.unreachable_channels", "3"},
      {"Playbook.account_filter", "segment = \"large\""},
      {"Touch.contacts", "accounts/a/contacts/c"},
      {"Touch.capabilities", "products/pro/capabilities/x"},
      {"Feedback.contact", "accounts/a/contacts/c"},
      {"Feedback.product", "products/pro"},
      {"AdoptionReview.contacts", "accounts/a/contacts/c"},
      {"Opportunity.subscriptions", "accounts/a/subscriptions/s"},
      {"Opportunity.stage", "OUTREACH"},
      {"Opportunity.outcome", "CHURNED"},
      // Nothing of what churned is left.
      {"Opportunity.closed_arr", ""},
      {"Opportunity.probability_percent", ""},
      {"Opportunity.playbook", "playbooks/all"},
      // Offers are made here, and what was renewed has none of its own in another system.
      {"Opportunity.accepted_offer", ""},
      {"Opportunity.created_subscriptions", ""},
  };
  return texts;
}

std::string TextFor(const FieldDescriptor& field) {
  const auto found = Texts().find(absl::StrCat(field.containing_type()->name(), ".", field.name()));
  if (found != Texts().end()) return found->second;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return field.enum_type()->value(1)->name();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING || field.is_map()) return "text";
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return "12";
  return field.message_type()->name() == "Money" ? "10" : "2024-10-01";
}

// Those that one text can set.
std::vector<cli::FieldTarget> TargetsOf(const google::protobuf::Descriptor& type) {
  std::vector<cli::FieldTarget> targets;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!cli::IsImported(field) || TextFor(field).empty()) continue;
    absl::StatusOr<cli::FieldTarget> target =
        cli::FieldTarget::Find(type, absl::StrCat(field.name(), field.is_map() ? ".key" : ""));
    if (target.ok()) targets.push_back(*std::move(target));
  }
  return targets;
}

// With a column for its own id.
std::string NameFor(const google::protobuf::Descriptor& type) {
  const std::string pattern(PatternOf(type));
  const size_t own = pattern.rfind('{');
  return absl::StrCat(
      absl::StrReplaceAll(pattern.substr(0, own), {{"{account}", "a"}, {"{subscription}", "s"}}),
      "{id}");
}

class TypesTest : public ImportedServerTest {
 protected:
  void SetUp() override {
    ImportedServerTest::SetUp();
    if (IsSkipped()) return;
    std::string pattern = (std::filesystem::temp_directory_path() / "types-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    Write("world.textproto", kWorld);
    ASSERT_EQ(ImportAs("world.textproto").rejected, 0) << report_;
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  cli::ImportSummary ImportAs(const std::string& mapping) {
    return Import(folder_, folder_ + "/" + mapping);
  }

  // The resource as it was written last.
  v1::Resource Stored(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter(absl::StrCat("resource_name = \"", name, "\""));
    request.set_order_by("revision desc");
    const client::HistoryClient history(connection_);
    for (absl::StatusOr<v1::Change>& change : history.ListChanges(request)) {
      if (change.ok()) return change->resource();
      ADD_FAILURE() << change.status();
    }
    ADD_FAILURE() << name << " was never written";
    return v1::Resource();
  }

  std::string folder_;
};
INSTANTIATE_TEST_SUITE_P(Engines, TypesTest, EveryEngine(), EngineName);

TEST_P(TypesTest, WhatIsOfferedIsWhatTheServerTakes) {
  for (int i = 0; i < v1::Resource::descriptor()->field_count(); ++i) {
    const FieldDescriptor* kind = v1::Resource::descriptor()->field(i);
    v1::ImportRequest request;
    v1::Resource& resource = *request.add_rows()->mutable_resource();
    resource.GetReflection()->MutableMessage(&resource, kind);
    const client::ImportClient client(connection_);
    auto stream = client.Import();
    v1::ImportResponse response;
    ASSERT_TRUE(stream.Write(request) && stream.Read(response));
    ASSERT_EQ(response.rejected_rows_size(), 1);
    const std::string error = response.rejected_rows(0).error().ShortDebugString();
    const auto& kinds = cli::ImportedKinds();
    const bool is_offered = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    EXPECT_EQ(error.find("cannot be imported") == std::string::npos, is_offered) << error;
    stream.WritesDone();
    EXPECT_TRUE(stream.Finish().ok());
  }
}

TEST_P(TypesTest, EachFieldThatMayBeSetIsKept) {
  for (const FieldDescriptor* kind : cli::ImportedKinds()) {
    const auto& type = *kind->message_type();
    const std::string name = NameFor(type);
    const std::unique_ptr<Message> expected(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
    std::string fields;
    for (const cli::FieldTarget& target : TargetsOf(type)) {
      const std::string text = TextFor(target.field());
      absl::StrAppend(&fields, "fields { path: '", target.path(), "' text: '", text, "'",
                      target.is_money() ? " currency: 'USD'" : "", " }\n");
      ASSERT_TRUE(target.Set(target.is_money() ? "USD " + text : text, *expected).ok()) << text;
    }
    Write("one.csv", "id\nn\n");
    Write("one.textproto", absl::StrCat("files { csv: 'one.csv' resource: '", type.name(),
                                        "' name: '", name, "'\n", fields, "}"));
    EXPECT_EQ(ImportAs("one.textproto").rejected, 0) << report_;
    const v1::Resource stored = Stored(absl::StrReplaceAll(name, {{"{id}", "n"}}));
    const Message& here = stored.GetReflection()->GetMessage(stored, kind);
    for (const cli::FieldTarget& target : TargetsOf(type)) {
      EXPECT_EQ(cli::FieldText(here, target.field()), cli::FieldText(*expected, target.field()))
          << target.field().full_name();
    }
  }
}

// Of a folder with a file for each type that is known by its headers.
TEST_P(TypesTest, WhatIsSuggestedIsTaken) {
  Write(
      "accounts.csv",
      "account_id,account_name,segment,industry,country,owner,note\n7,Acme,large,tools,DE,jo,x\n");
  Write("contacts.csv",
        "contact_id,account_id,contact_name,title,email,phone,note\n1,7,Jane,VP,j@x.example,5,x\n");
  Write("products.csv", "product_id,product_name,family,list_price\nplus,Plus,plans,10\n");
  Write("subscriptions.csv",
        "subscription_id,account_id,product_id,seats,arr,start_date,term_months,notice_days\n"
        "1,7,plus,5,100,2024-06-01,12,30\n");
  const absl::StatusOr<std::string> suggested = cli::SuggestMapping(folder_);
  ASSERT_TRUE(suggested.ok()) << suggested.status();
  EXPECT_THAT(*suggested, Not(HasSubstr("not used")));
  Write("suggested.textproto", *suggested);
  EXPECT_EQ(ImportAs("suggested.textproto").rejected, 0) << report_;
  for (const char* type : {"Account", "Contact", "Product", "Subscription"}) {
    EXPECT_THAT(report_, HasSubstr(absl::StrCat(type, ": 1 read: 1 created")));
  }
}

// What other systems call tasks and payments are touches here.
TEST_P(TypesTest, TasksAndPaymentsComeAsTouches) {
  Write("tasks.csv", "id,account,who,done,subject\nT1,a,c,2024-11-05,Call about the offer\n");
  Write("payments.csv", "id,account,paid,amount,currency\nP1,a,2024-11-06,1200.50,USD\n");
  Write("touches.textproto", R"(
files { csv: "tasks.csv" resource: "Touch" name: "accounts/{account}/touches/{id|id}"
  fields { path: "channel" text: "PHONE" } fields { path: "direction" text: "OUTBOUND" }
  fields { path: "contacts" text: "accounts/{account}/contacts/{who}" }
  fields { path: "disposition" text: "CONNECTED" } fields { path: "intent" text: "CHECK_IN" }
  fields { path: "touch_time" text: "{done}" } fields { path: "summary" text: "{subject}" } }
files { csv: "payments.csv" resource: "Touch" name: "accounts/{account}/touches/{id|id}"
  fields { path: "channel" text: "EMAIL" } fields { path: "direction" text: "INBOUND" }
  fields { path: "disposition" text: "CONNECTED" } fields { path: "intent" text: "RESPOND" }
  fields { path: "purpose" text: "GENERAL" } fields { path: "touch_time" text: "{paid}" }
  fields { path: "summary" text: "Paid {currency} {amount}" } })");
  EXPECT_EQ(ImportAs("touches.textproto").rejected, 0) << report_;
  EXPECT_EQ(Stored("accounts/a/touches/p1").touch().summary(), "Paid USD 1200.50");
  EXPECT_EQ(Stored("accounts/a/touches/t1").touch().contacts_size(), 1);
}

}  // namespace
}  // namespace perennial
