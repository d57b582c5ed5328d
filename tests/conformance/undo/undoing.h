#ifndef PERENNIAL_TESTS_CONFORMANCE_UNDO_UNDOING_H_
#define PERENNIAL_TESTS_CONFORMANCE_UNDO_UNDOING_H_

// What tests of HistoryService.RevertChanges start from.

#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/date.h"
#include "lib/base/ids.h"
#include "perennial/v1/history_service.pb.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {

class UndoTest : public EngineTest {
 protected:
  using Result = v1::RevertChangesResponse::Result;

  void SetUp() override {
    EngineTest::SetUp();
    if (!IsSkipped()) customer_.emplace(api());
  }

  Customer& customer() { return *customer_; }
  v1::Opportunity Open() { return customer().Open({customer().Subscribe().name()}); }

  // Gives the request an id to be taken back by.
  template <class Request>
  static Request& Named(Request& request) {
    request.set_request_id(NewRequestId());
    return request;
  }

  static v1::RevertChangesRequest Undoing(const std::string& request_id) {
    v1::RevertChangesRequest request;
    request.set_reverted_request_id(request_id);
    request.set_request_id(NewRequestId());
    return request;
  }
  // Answers the id of the undo as well.
  v1::RevertChangesResponse Undo(const std::string& request_id, std::string* own = nullptr) {
    const v1::RevertChangesRequest request = Undoing(request_id);
    if (own != nullptr) *own = request.request_id();
    return Must(api().history.RevertChanges(request));
  }

  static const Result* Find(const v1::RevertChangesResponse& response, const std::string& name) {
    for (const Result& result : response.results()) {
      if (result.resource_name() == name) return &result;
    }
    return nullptr;
  }

  // The request_id of the latest change of a resource.
  std::string LatestRequest(const std::string& name) {
    v1::ListChangesRequest request;
    request.set_filter("resource_name = \"" + name + "\"");
    request.set_order_by("revision desc");
    request.set_page_size(1);
    return Must(api().history.ListChanges.Page(request)).changes(0).request_id();
  }

  v1::Task AddTask(const std::string& title) {
    v1::CreateTaskRequest request;
    request.set_parent(customer().account());
    request.mutable_task()->set_title(title);
    request.mutable_task()->set_assignee(customer().owner());
    *request.mutable_task()->mutable_due_date() = ToDate(Today());
    return Must(api().engagement.CreateTask(request));
  }
  v1::Task Get(const v1::Task& task) {
    v1::GetTaskRequest request;
    request.set_name(task.name());
    return Must(api().engagement.GetTask(request));
  }

  absl::StatusOr<v1::Opportunity> Update(const std::string& name, const std::string& field,
                                         const std::string& value, Clients& by) {
    v1::UpdateOpportunityRequest request;
    request.mutable_opportunity()->set_name(name);
    request.mutable_update_mask()->add_paths(field);
    v1::Opportunity& opportunity = *request.mutable_opportunity();
    opportunity.GetReflection()->SetString(
        &opportunity, opportunity.GetDescriptor()->FindFieldByName(field), value);
    return by.pipeline.UpdateOpportunity(request);
  }

  // The same but for etag, times and how long it has been where it is.
  template <class T>
  static std::string Difference(T before, T after) {
    for (T* one : {&before, &after}) {
      for (const char* field :
           {"etag", "create_time", "update_time", "stage_enter_time", "stage_times"}) {
        const auto* descriptor = T::descriptor()->FindFieldByName(field);
        if (descriptor != nullptr) one->GetReflection()->ClearField(one, descriptor);
      }
    }
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    differencer.Compare(before, after);
    return difference;
  }

 private:
  std::optional<Customer> customer_;
};

}  // namespace perennial::conformance

#endif  // PERENNIAL_TESTS_CONFORMANCE_UNDO_UNDOING_H_
