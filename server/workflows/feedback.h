#ifndef PERENNIAL_SERVER_WORKFLOWS_FEEDBACK_H_
#define PERENNIAL_SERVER_WORKFLOWS_FEEDBACK_H_

#include <string>

#include "absl/status/statusor.h"
#include "lib/domain/playbooks.h"
#include "lib/storage/tx.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial {

// The next step is due by what the account's playbook says, from `since` on.
absl::Status StartStep(absl::Time since, const PlaybookChooser& playbooks, v1::Feedback& feedback,
                       ReadTx& tx);
absl::Status StartStep(absl::Time since, v1::Feedback& feedback, ReadTx& tx);

// Decides feedback that is RECEIVED or ACKNOWLEDGED, and asks somebody to tell its giver.
absl::StatusOr<v1::Feedback> Decide(v1::Feedback feedback, v1::Feedback::Decision decision,
                                    const std::string& reason, const PlaybookChooser& playbooks,
                                    WriteTx& tx);

// Answers feedback that is DECIDED by a touch that told its giver, and does the tasks that ask for
// that. INVALID_ARGUMENT (field "touch") for one that did not.
absl::StatusOr<v1::Feedback> Answer(v1::Feedback feedback, const v1::Touch& touch, WriteTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_FEEDBACK_H_
