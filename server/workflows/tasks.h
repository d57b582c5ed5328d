#ifndef PERENNIAL_SERVER_WORKFLOWS_TASKS_H_
#define PERENNIAL_SERVER_WORKFLOWS_TASKS_H_

// What is to be done, and what becomes of it as other things happen.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/storage/tx.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// What a task's title of at most 200 characters may quote.
inline constexpr int kQuotedTitle = 150;

// Fills in what is absent and checks what goes beyond the rules of its fields. INVALID_ARGUMENT.
absl::Status Complete(v1::Task& task, ReadTx& tx);

// A task that the server makes by itself, for the account's owner; due in so many days, unless it
// has its day.
absl::Status AddTask(v1::Task task, absl::string_view account, int days, WriteTx& tx);

// The tasks to tell somebody what became of the feedback are done, or come to nothing.
absl::Status CompleteAnswers(const v1::Feedback& feedback, const v1::Touch& touch, WriteTx& tx);
absl::Status DropAnswers(const v1::Feedback& feedback, WriteTx& tx);

// DO_NOT_CONTACT where one of them asked not to be contacted; `what_to_do` says what would be
// right.
absl::Status CheckMayContact(const std::vector<std::string>& contacts, absl::string_view what_to_do,
                             ReadTx& tx);

// WRONG_STATE where it is done or skipped.
absl::Status CheckUndone(const v1::Task& task);
// Done by the touch, if any.
absl::StatusOr<v1::Task> MarkDone(v1::Task task, const std::string& touch, WriteTx& tx);

absl::StatusOr<std::vector<v1::Task>> TasksOf(const v1::Opportunity& opportunity, ReadTx& tx);

// The steps of its playbook become tasks.
absl::Status OpenCadence(const v1::Opportunity& opportunity, const v1::Playbook& playbook,
                         WriteTx& tx);

// What is undone of them comes into step with the playbook; `response` says how.
absl::Status ApplyCadence(const v1::Opportunity& opportunity, const v1::Playbook& playbook,
                          v1::ApplyPlaybookResponse& response, WriteTx& tx);

// The renewal date is another now.
absl::Status MoveCadence(const v1::Opportunity& opportunity, WriteTx& tx);

// Nobody is to do for a closed opportunity what is left undone; once it is reopened, they are.
absl::Status EndTasks(const v1::Opportunity& opportunity, WriteTx& tx);
absl::Status TakeUpTasks(const v1::Opportunity& opportunity, WriteTx& tx);

// Nobody is to be in touch with a person who left, or asked not to be contacted: what is undone
// names nobody then.
absl::Status TakeOffTasks(const v1::Contact& contact, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_TASKS_H_
