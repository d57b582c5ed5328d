#include "server/jobs/renewal_job.h"

#include <functional>
#include <vector>

#include "lib/domain/playbooks.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/methods/system_call.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/renewals.h"

namespace perennial {

using v1::Subscription;

namespace {

// Rows read at once; their accounts are worked on in one transaction.
constexpr int kBatch = 200;

// Calls `run` with the names of what `select` finds, batch by batch, until nothing is left. The
// earliest end comes first: in that order the index has those of a state.
absl::Status InBatches(Store& store, const Call& call,
                       const std::function<absl::StatusOr<Selection>(ReadTx&)>& select,
                       const std::function<absl::Status(const std::vector<std::string>&)>& run) {
  ASSIGN_OR_RETURN(const OrderBy by_end,
                   OrderBy::Parse("term_end_date", ResourceTable::Of<Subscription>().fields()));
  std::vector<FieldValue> last;
  while (true) {
    std::vector<std::string> names;
    std::vector<FieldValue> last_found;
    RETURN_IF_ERROR(store.Read(call, [&](ReadTx& tx) -> absl::Status {
      names.clear();
      ASSIGN_OR_RETURN(Selection selection, select(tx));
      if (!last.empty()) selection.Matching(by_end.After(last));
      selection.OrderBy(by_end).Limit(kBatch);
      ASSIGN_OR_RETURN(const std::vector<Subscription> found, tx.Select<Subscription>(selection));
      for (const Subscription& subscription : found) names.push_back(subscription.name());
      if (!found.empty()) last_found = by_end.KeyOf(found.back());
      return absl::OkStatus();
    }));
    if (names.empty()) return absl::OkStatus();
    last = std::move(last_found);
    const bool more = names.size() == static_cast<size_t>(kBatch);
    RETURN_IF_ERROR(run(names));
    if (!more) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<v1::OpenDueOpportunitiesResponse> OpenDue(Store& store, const Call& call,
                                                         const std::string& prefix) {
  v1::OpenDueOpportunitiesResponse total;
  const auto open = [&](const std::vector<std::string>& names) -> absl::Status {
    v1::OpenDueOpportunitiesResponse counts;
    RETURN_IF_ERROR(store.Apply(call, [&](WriteTx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(counts, OpenUncovered(names, tx));
      return absl::OkStatus();
    }));
    total.set_opened_count(total.opened_count() + counts.opened_count());
    total.set_joined_count(total.joined_count() + counts.joined_count());
    total.set_excluded_count(total.excluded_count() + counts.excluded_count());
    return absl::OkStatus();
  };
  for (const std::string& state : StatesInForce()) {
    const auto select = [&](ReadTx& tx) -> absl::StatusOr<Selection> {
      ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
      return MaybeUncovered(prefix, {state}, playbooks.longest_lead_days(), tx.today());
    };
    RETURN_IF_ERROR(InBatches(store, call, select, open));
  }
  return total;
}

absl::StatusOr<v1::SettleEndedTermsResponse> SettleEnded(Store& store, const Call& call,
                                                         const std::string& prefix) {
  v1::SettleEndedTermsResponse total;
  RETURN_IF_ERROR(InBatches(
      store, call,
      [&](ReadTx& tx) -> absl::StatusOr<Selection> {
        return From<Subscription>()
            .WithPrefix(prefix)
            .Where("state", "=", Subscription::State_Name(Subscription::ACTIVE))
            .Where("term_end_date", "<=", tx.today());
      },
      [&](const std::vector<std::string>& names) -> absl::Status {
        v1::SettleEndedTermsResponse counts;
        RETURN_IF_ERROR(store.Apply(call, [&](WriteTx& tx) -> absl::Status {
          counts.Clear();
          for (const std::string& name : names) RETURN_IF_ERROR(SettleTerm(name, tx, counts));
          return absl::OkStatus();
        }));
        total.set_auto_renewed_count(total.auto_renewed_count() + counts.auto_renewed_count());
        total.set_rolled_count(total.rolled_count() + counts.rolled_count());
        total.set_past_due_count(total.past_due_count() + counts.past_due_count());
        return absl::OkStatus();
      }));
  return total;
}

absl::Status RunRenewalJob(Store& store, absl::Time deadline) {
  const Call call = SystemCall("RenewalJob", deadline);
  const std::string everywhere = "accounts/";
  // What is due opens before terms end, so that nothing ends uncovered; what
  // an ending left behind opens after.
  RETURN_IF_ERROR(OpenDue(store, call, everywhere).status());
  RETURN_IF_ERROR(SettleEnded(store, call, everywhere).status());
  return OpenDue(store, call, everywhere).status();
}

}  // namespace perennial
