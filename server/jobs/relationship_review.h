#ifndef PERENNIAL_SERVER_JOBS_RELATIONSHIP_REVIEW_H_
#define PERENNIAL_SERVER_JOBS_RELATIONSHIP_REVIEW_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "lib/storage/store.h"
#include "server/methods/system_call.h"

namespace perennial {

// Brings into step what changes though nothing is written: because a day has come, or because
// playbooks have other limits. Where it is cut short, the next run goes on.
class RelationshipReview {
 public:
  explicit RelationshipReview(Store& store) : store_(store) {}

  absl::Status Run(const RunLimit& limit);

 private:
  absl::Status ReviewDue(const Call& call);
  absl::Status ReviewChangedPolicies(const Call& call);

  Store& store_;
  absl::Mutex mutex_;
  // Of the playbooks by which every account is known to be assessed. Empty at first, which costs
  // a look at every account.
  std::string assessed_by_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace perennial

#endif  // PERENNIAL_SERVER_JOBS_RELATIONSHIP_REVIEW_H_
