#include "client/cli/bulk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cli/progress.h"
#include "lib/api/errors.h"
#include "lib/api/validate.h"
#include "lib/base/status.h"

namespace perennial::cli {
namespace {

using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

constexpr size_t kBatchSize = 500;
// Of the four megabytes that a server takes.
constexpr size_t kBatchBytes = 2'000'000;
constexpr absl::Duration kBatchTimeout = absl::Minutes(2);

void SetFlag(Message& message, const char* field) {
  const auto* descriptor = message.GetDescriptor()->FindFieldByName(field);
  if (descriptor != nullptr) message.GetReflection()->SetBool(&message, descriptor, true);
}

// Whether what the call was to do may have been done all the same.
bool IsUncertain(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status);
}

class BulkRunner {
 public:
  BulkRunner(CliContext& context, const MethodDescriptor& method, std::vector<BulkRow> rows,
             bool validate_only, std::vector<BulkResult>& results)
      : context_(context),
        method_(method),
        batch_method_(FindBatchMethod(method)),
        validate_only_(validate_only),
        rows_(std::move(rows)),
        results_(results),
        first_(results.size()),
        progress_(context.err, rows_.size()) {}

  absl::Status Run() {
    std::vector<size_t> to_send;
    for (const BulkRow& row : rows_) {
      results_.push_back({NameIn(*row.request), row.before, nullptr, std::nullopt});
      const absl::Status valid = ValidateRequest(*row.request);
      if (valid.ok()) {
        to_send.push_back(results_.size() - 1 - first_);
      } else {
        results_.back().error = ToRowError(valid);
      }
    }
    for (size_t i = 0; i < to_send.size();) {
      const size_t end = EndOfBatch(to_send, i);
      const std::vector<size_t> some(to_send.begin() + i, to_send.begin() + end);
      const absl::Status status = batch_method_ == nullptr ? SendOne(some[0]) : SendBatch(some);
      if (!status.ok()) {
        Fail(some, status);
        LeaveOut({to_send.begin() + end, to_send.end()});
        return status;
      }
      progress_.Report(end, Failed());
      i = end;
    }
    return absl::OkStatus();
  }

 private:
  BulkResult& ResultOf(size_t row) { return results_[first_ + row]; }

  size_t Failed() const {
    return static_cast<size_t>(
        std::count_if(results_.begin() + first_, results_.end(),
                      [](const BulkResult& result) { return result.error.has_value(); }));
  }

  // How far from `begin` one call goes.
  size_t EndOfBatch(const std::vector<size_t>& to_send, size_t begin) const {
    if (batch_method_ == nullptr) return begin + 1;
    size_t bytes = 0;
    size_t end = begin;
    for (; end < to_send.size() && end - begin < kBatchSize; ++end) {
      bytes += rows_[to_send[end]].request->ByteSizeLong();
      if (end > begin && bytes > kBatchBytes) break;
    }
    return end;
  }

  absl::Status SendBatch(const std::vector<size_t>& some) {
    const auto request = NewMessage(*batch_method_->input_type());
    const auto* requests = request->GetDescriptor()->FindFieldByName("requests");
    for (const size_t row : some) {
      request->GetReflection()->AddMessage(request.get(), requests)->CopyFrom(*rows_[row].request);
    }
    if (validate_only_) SetFlag(*request, "validate_only");
    const auto response = NewMessage(*batch_method_->output_type());
    RETURN_IF_ERROR(context_.Call(*batch_method_, *request, *response, kBatchTimeout));
    return Take(*response, some);
  }

  // A response has a result for each: its name, and a resource or an error.
  absl::Status Take(const Message& response, const std::vector<size_t>& some) {
    const auto* field = response.GetDescriptor()->FindFieldByName("results");
    if (response.GetReflection()->FieldSize(response, field) != static_cast<int>(some.size())) {
      return absl::InternalError("the server did not answer every row");
    }
    for (size_t i = 0; i < some.size(); ++i) {
      const Message& result =
          response.GetReflection()->GetRepeatedMessage(response, field, static_cast<int>(i));
      const auto* error = result.GetDescriptor()->FindFieldByName("error");
      const auto* kind = error->containing_oneof();
      const auto* set = result.GetReflection()->GetOneofFieldDescriptor(result, kind);
      if (set == error) {
        ResultOf(some[i]).error.emplace().CopyFrom(result.GetReflection()->GetMessage(result, set));
      } else if (set != nullptr) {
        const Message& resource = result.GetReflection()->GetMessage(result, set);
        std::unique_ptr<Message> after = NewMessage(*resource.GetDescriptor());
        after->CopyFrom(resource);
        ResultOf(some[i]).after = std::move(after);
      }
    }
    return absl::OkStatus();
  }

  // What is wrong with the row is its result; what says nothing about it is the status.
  absl::Status SendOne(size_t row) {
    Message& request = *rows_[row].request;
    if (validate_only_) SetFlag(request, "validate_only");
    std::unique_ptr<Message> response = NewMessage(*method_.output_type());
    const absl::Status status = context_.Call(method_, request, *response);
    if (status.ok()) {
      ResultOf(row).after = std::move(response);
    } else if (ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED || IsUncertain(status)) {
      return status;
    } else {
      ResultOf(row).error = ToRowError(status);
    }
    return absl::OkStatus();
  }

  void Fail(const std::vector<size_t>& some, const absl::Status& status) {
    v1::RowError error = ToRowError(status);
    if (error.reason().empty()) error.set_reason(absl::StatusCodeToString(status.code()));
    if (IsUncertain(status) && !validate_only_) {
      error.set_message(absl::StrCat("may have been done: ", error.message()));
    }
    for (const size_t row : some) ResultOf(row).error = error;
  }

  void LeaveOut(const std::vector<size_t>& some) {
    for (const size_t row : some) {
      v1::RowError& error = ResultOf(row).error.emplace();
      error.set_code(static_cast<int>(absl::StatusCode::kCancelled));
      error.set_reason("NOT_TRIED");
      error.set_message("a call before it failed");
    }
  }

  CliContext& context_;
  const MethodDescriptor& method_;
  const MethodDescriptor* const batch_method_;
  const bool validate_only_;
  const std::vector<BulkRow> rows_;
  std::vector<BulkResult>& results_;
  const size_t first_;  // of the results
  Progress progress_;
};

}  // namespace

std::string NameIn(const Message& request) {
  const auto* body = FindBody(*request.GetDescriptor());
  return body != nullptr ? TextOf(request.GetReflection()->GetMessage(request, body), "name")
                         : TextOf(request, "name");
}

void Guard(const Message& before, Message& request) {
  const auto* body = FindBody(*request.GetDescriptor());
  Message& holder =
      body != nullptr ? *request.GetReflection()->MutableMessage(&request, body) : request;
  if (TextOf(holder, "etag").empty()) SetText(holder, "etag", TextOf(before, "etag"));
  const auto* from = request.GetDescriptor()->FindFieldByName("from_stage");
  const auto* stage = before.GetDescriptor()->FindFieldByName("stage");
  if (from == nullptr || stage == nullptr) return;
  if (request.GetReflection()->GetEnumValue(request, from) != 0) return;
  request.GetReflection()->SetEnumValue(&request, from,
                                        before.GetReflection()->GetEnumValue(before, stage));
}

absl::Status RunBulk(CliContext& context, const MethodDescriptor& method, std::vector<BulkRow> rows,
                     bool validate_only, std::vector<BulkResult>& results) {
  return BulkRunner(context, method, std::move(rows), validate_only, results).Run();
}

}  // namespace perennial::cli
