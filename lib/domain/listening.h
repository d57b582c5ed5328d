#ifndef PERENNIAL_LIB_DOMAIN_LISTENING_H_
#define PERENNIAL_LIB_DOMAIN_LISTENING_H_

#include "absl/time/time.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

// Sets by when the feedback has to come further, counted from `since`, when it came into its
// state. Absent once it is answered.
void SetDue(const v1::Playbook& playbook, absl::Time since, v1::Feedback& feedback);

// The task to tell the giver what was decided. It names the giver unless `may_contact` is false.
v1::Task AnswerTask(const v1::Feedback& feedback, bool may_contact);

}  // namespace perennial

#endif  // PERENNIAL_LIB_DOMAIN_LISTENING_H_
