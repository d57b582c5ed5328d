#ifndef PERENNIAL_SERVER_WORKFLOWS_COMPLETE_H_
#define PERENNIAL_SERVER_WORKFLOWS_COMPLETE_H_

// What holds of a resource whoever writes it, by a standard method or by import: fills in what is
// absent and checks the rules that go beyond those of its fields. INVALID_ARGUMENT names fields by
// paths that begin with the resource: "touch.contacts".

#include "absl/status/status.h"
#include "lib/storage/tx.h"
#include "perennial/v1/account_service.pb.h"
#include "perennial/v1/adoption_service.pb.h"
#include "perennial/v1/catalog_service.pb.h"
#include "perennial/v1/engagement_service.pb.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial {

absl::Status Complete(v1::Account& account, WriteTx& tx);
absl::Status Complete(v1::AccountEvent& event, ReadTx& tx);
absl::Status Complete(v1::Product& product, ReadTx& tx);
absl::Status Complete(v1::Playbook& playbook, ReadTx& tx);
absl::Status Complete(v1::Touch& touch, ReadTx& tx);
absl::Status Complete(v1::Feedback& feedback, ReadTx& tx);
absl::Status Complete(v1::AdoptionReview& review, ReadTx& tx);
absl::Status Complete(v1::Task& task, ReadTx& tx);

}  // namespace perennial

#endif  // PERENNIAL_SERVER_WORKFLOWS_COMPLETE_H_
