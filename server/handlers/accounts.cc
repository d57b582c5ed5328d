#include "perennial/v1/account_service.pb.h"
#include "server/handlers/complete.h"
#include "server/handlers/register.h"
#include "server/handlers/standard.h"

namespace perennial {

using v1::Account;

// Up the tree of divisions from the new parent, the account itself must not be met.
absl::Status Complete(Account& account, ReadTx& tx) {
  std::string ancestor = account.parent_account();
  while (!ancestor.empty()) {
    if (ancestor == account.name()) {
      return InvalidField("account.parent_account",
                          "must not be the account itself or one of its divisions");
    }
    ASSIGN_OR_RETURN(const Account parent, tx.Get<Account>(ancestor));
    ancestor = parent.parent_account();
  }
  return absl::OkStatus();
}

namespace {

absl::StatusOr<Account> CreateAccount(const v1::CreateAccountRequest& request, WriteTx& tx) {
  Account account = Draft("", request.account_id(), request.account(), tx);
  RETURN_IF_ERROR(Complete(account, tx));
  return tx.Create(account);
}

absl::StatusOr<Account> UpdateAccount(const v1::UpdateAccountRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(Account account,
                   Patched(request.account(), request.update_mask(), "account", tx));
  RETURN_IF_ERROR(Complete(account, tx));
  return tx.Update(account);
}

absl::StatusOr<Empty> DeleteAccount(const v1::DeleteAccountRequest& request, WriteTx& tx) {
  return Delete<Account>(request, tx);
}

}  // namespace

void RegisterAccounts(Registry& registry) {
  registry.Write("AccountService.CreateAccount", CreateAccount);
  registry.Get<v1::GetAccountRequest, Account>("AccountService.GetAccount");
  registry.List<v1::ListAccountsRequest, v1::ListAccountsResponse>("AccountService.ListAccounts");
  registry.Write("AccountService.UpdateAccount", UpdateAccount);
  registry.Write("AccountService.DeleteAccount", DeleteAccount);
}

}  // namespace perennial
