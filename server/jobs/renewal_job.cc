#include "server/jobs/renewal_job.h"

#include "lib/api/errors.h"
#include "lib/api/resource_name.h"
#include "lib/base/log.h"
#include "server/jobs/account_sweep.h"
#include "server/workflows/playbooks.h"
#include "server/workflows/renewals.h"
#include "server/workflows/subscription_ledger.h"

namespace perennial {

namespace {

constexpr int kNamedAtMost = 100;

template <class Response>
auto NameIn(Response& response) {
  return [&response](const std::string& account, const absl::Status& error) {
    if (response.passed_over_size() >= kNamedAtMost) return;
    auto& passed_over = *response.add_passed_over();
    passed_over.set_account(account);
    *passed_over.mutable_error() = ToRowError(error);
  };
}

absl::Status RunFor(const std::string& account, const AccountSweep& sweep, const Call& call,
                    Store& store) {
  return account.empty() ? RunSweep(sweep, call, store) : RunSweepFor(account, sweep, call, store);
}

}  // namespace

absl::StatusOr<v1::OpenDueOpportunitiesResponse> OpenDue(Store& store, const Call& call,
                                                         const std::string& account) {
  v1::OpenDueOpportunitiesResponse counts, total;
  AccountSweep sweep;
  sweep.order_by = "term_end_date";
  sweep.work = [&](const AccountSweep::Accounts& accounts, WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(counts, OpenUncovered(accounts, tx));
    return absl::OkStatus();
  };
  sweep.on_worked = [&] {
    total.set_opened_count(total.opened_count() + counts.opened_count());
    total.set_joined_count(total.joined_count() + counts.joined_count());
    total.set_excluded_count(total.excluded_count() + counts.excluded_count());
  };
  sweep.on_passed_over = NameIn(total);
  if (!account.empty()) {
    RETURN_IF_ERROR(RunSweepFor(account, sweep, call, store));
    return total;
  }
  // One by one: an index has the order within a state.
  for (const std::string& state : StatesInForce()) {
    sweep.select = [&](ReadTx& tx) -> absl::StatusOr<Selection> {
      ASSIGN_OR_RETURN(const PlaybookChooser playbooks, LoadPlaybooks(tx));
      return MaybeUncovered(playbooks, tx.today()).Where("state", "=", state);
    };
    RETURN_IF_ERROR(RunSweep(sweep, call, store));
  }
  return total;
}

absl::StatusOr<v1::SettleEndedTermsResponse> SettleEnded(Store& store, const Call& call,
                                                         const std::string& account) {
  v1::SettleEndedTermsResponse counts, total;
  AccountSweep amendments;
  amendments.select = [](ReadTx& tx) { return AmendmentsDue(tx.today()); };
  amendments.order_by = "next_amendment_date";
  SettledAmendments settled;
  amendments.work = [&](const AccountSweep::Accounts& accounts, WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(settled, SettleAmendments(accounts, tx));
    return absl::OkStatus();
  };
  amendments.on_passed_over = NameIn(total);
  amendments.on_worked = [&] {
    total.set_amended_count(total.amended_count() + settled.amended);
    for (const auto& [subscription, error] : settled.passed_over) {
      LogLine(Severity::kError, "passed over a subscription",
              {{"job", call.method}, {"subscription", subscription}, {"error", error.ToString()}});
      amendments.on_passed_over(std::string(AccountOf(subscription)), error);
    }
  };
  RETURN_IF_ERROR(RunFor(account, amendments, call, store));

  AccountSweep sweep;
  sweep.select = [](ReadTx& tx) { return EndedTerms(tx.today()); };
  sweep.order_by = "term_end_date";
  sweep.work = [&](const AccountSweep::Accounts& accounts, WriteTx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(counts, SettleTerms(accounts, tx));
    return absl::OkStatus();
  };
  sweep.on_worked = [&] {
    total.set_auto_renewed_count(total.auto_renewed_count() + counts.auto_renewed_count());
    total.set_rolled_count(total.rolled_count() + counts.rolled_count());
    total.set_past_due_count(total.past_due_count() + counts.past_due_count());
    total.set_undecided_count(total.undecided_count() + counts.undecided_count());
  };
  sweep.on_passed_over = NameIn(total);
  RETURN_IF_ERROR(RunFor(account, sweep, call, store));
  return total;
}

absl::Status RunRenewalJob(Store& store, const RunLimit& limit) {
  const Call call = SystemCall("RenewalJob", limit);
  const std::string everywhere;
  // What is due opens before terms end, so that nothing ends uncovered; what
  // an ending left behind opens after.
  RETURN_IF_ERROR(OpenDue(store, call, everywhere).status());
  RETURN_IF_ERROR(SettleEnded(store, call, everywhere).status());
  return OpenDue(store, call, everywhere).status();
}

}  // namespace perennial
