#ifndef PERENNIAL_TESTS_SUPPORT_IMPORT_FIXTURE_H_
#define PERENNIAL_TESTS_SUPPORT_IMPORT_FIXTURE_H_

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/date.h"
#include "lib/base/money.h"
#include "perennial/v1/import_service.pb.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/relationships.h"
#include "tests/support/handlers_fixture.h"

namespace perennial {

inline constexpr char kAccount[] =
    R"(account { name: "accounts/a" display_name: "A" owner: "o@us" })";
inline constexpr char kProduct[] = R"(product {
    name: "products/p" display_name: "P"
    capabilities { id: "one" } capabilities { id: "two" } })";
inline constexpr char kSubscription[] = R"(subscription {
    name: "accounts/a/subscriptions/s" product: "products/p" seats: 5
    arr { currency_code: "USD" micros: 10000000 }
    start_date { year: 2023 month: 3 day: 1 } term_months: 12 auto_renew: true })";

// Chunks of rows into a store, a fortnight into its first year.
class ImportFixture : public HandlersFixture {
 protected:
  void SetUp() override {
    HandlersFixture::SetUp();
    if (IsSkipped()) return;
    clock_.Raise(clock_.Now() + absl::Hours(14 * 24));
    store_->SetConsequences(RelationshipConsequences());
    ASSERT_TRUE(EnsureDefaultPlaybook(*store_).ok());
  }

  // One chunk of rows, each the text of a Resource.
  v1::ImportResponse Import(const std::vector<std::string>& rows, bool validate_only = false) {
    v1::ImportRequest request;
    request.set_validate_only(validate_only);
    request.set_origin(origin_);
    request.set_on_conflict(on_conflict_);
    for (const std::string& text : rows) {
      v1::ImportRow& row = *request.add_rows();
      row.set_source("test");
      row.set_line(request.rows_size());
      EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, row.mutable_resource()))
          << text;
    }
    return Run(request);
  }

  v1::ImportResponse Run(const v1::ImportRequest& request) {
    Call call;
    call.actor = "importer";
    call.role = v1::ADMIN;
    const auto answer = registry_->methods()
                            .find("perennial.v1.ImportService.Import")
                            ->second.run(request.SerializeAsString(), call);
    EXPECT_TRUE(answer.ok()) << answer.status();
    v1::ImportResponse response;
    if (answer.ok()) response.ParseFromString(*answer);
    return response;
  }

  // "created updated skipped rejected held_back"
  static std::string CountsOf(const v1::ImportResponse& response) {
    const v1::ImportResponse::Counts& counts = response.counts();
    return absl::StrCat(counts.created(), " ", counts.updated(), " ", counts.skipped(), " ",
                        counts.rejected(), " ", response.held_back());
  }

  template <class T>
  std::vector<T> All() {
    std::vector<T> all;
    const absl::Status status = store_->Read(Call(), [&](ReadTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(all, tx.Select<T>(From<T>().OrderBy("name")));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return all;
  }

  template <class T>
  T Get(const std::string& name) {
    for (T& resource : All<T>()) {
      if (resource.name() == name) return resource;
    }
    ADD_FAILURE() << name << " is not there";
    return T();
  }

  // "cause day delta", of cents, in the order in which they were written.
  std::vector<std::string> Ledger() {
    std::vector<std::string> lines;
    for (const v1::ArrMovement& movement : All<v1::ArrMovement>()) {
      lines.push_back(absl::StrCat(v1::ArrMovement::Cause_Name(movement.cause()), " ",
                                   FormatDate(movement.effective_date()), " ",
                                   movement.delta().micros() / 10000));
    }
    return lines;
  }

  // What a person does: a method, and the text of its request.
  template <class Request>
  void Do(const std::string& method, const std::string& text) {
    Request request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    Call call;
    call.actor = "jane";
    call.role = v1::ADMIN;
    const auto answer = registry_->methods()
                            .find("perennial.v1." + method)
                            ->second.run(request.SerializeAsString(), call);
    ASSERT_TRUE(answer.ok()) << answer.status();
  }

  // "field: here -> there", for each conflict.
  static std::vector<std::string> ConflictsOf(const v1::ImportResponse& response) {
    std::vector<std::string> conflicts;
    for (const auto& conflict : response.conflicts()) {
      conflicts.push_back(absl::StrCat(conflict.field(), ": ", conflict.here(), " -> ",
                                       conflict.there(), conflict.taken() ? " taken" : ""));
    }
    return conflicts;
  }

  std::string origin_;
  v1::ImportRequest::OnConflict on_conflict_ = v1::ImportRequest::KEEP;

  static std::vector<std::string> FieldsOf(const v1::ImportResponse::RejectedRow& row) {
    std::vector<std::string> fields;
    for (const auto& violation : row.error().violations()) fields.push_back(violation.subject());
    return fields;
  }
};

// The text of a row with further fields.
inline std::string With(const std::string& text, const std::string& fields) {
  return text.substr(0, text.rfind('}')) + fields + "}";
}

}  // namespace perennial

#endif  // PERENNIAL_TESTS_SUPPORT_IMPORT_FIXTURE_H_
