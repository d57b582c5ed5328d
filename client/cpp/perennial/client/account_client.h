#ifndef PERENNIAL_CLIENT_ACCOUNT_CLIENT_H_
#define PERENNIAL_CLIENT_ACCOUNT_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/account_service.pb.h"

namespace perennial::client {

// Calls AccountService: accounts, contacts and events.
class AccountClient : public ServiceClient {
 public:
  explicit AccountClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.AccountService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(CreateAccount, Account);
  PERENNIAL_UNARY(GetAccount, Account);
  PERENNIAL_LIST(ListAccounts, Account);
  PERENNIAL_UNARY(UpdateAccount, Account);
  PERENNIAL_UNARY(BatchUpdateAccounts, BatchAccountsResponse);
  PERENNIAL_UNARY(HandOver, HandOverResponse);
  PERENNIAL_DELETE(DeleteAccount);
  PERENNIAL_UNARY(CreateContact, Contact);
  PERENNIAL_UNARY(GetContact, Contact);
  PERENNIAL_LIST(ListContacts, Contact);
  PERENNIAL_UNARY(UpdateContact, Contact);
  PERENNIAL_DELETE(DeleteContact);
  PERENNIAL_UNARY(VerifyContact, Contact);
  PERENNIAL_UNARY(MarkContactLeft, Contact);
  PERENNIAL_UNARY(UndoContactLeft, Contact);
  PERENNIAL_UNARY(MoveContact, Contact);
  PERENNIAL_UNARY(MergeContacts, Contact);
  PERENNIAL_UNARY(CreateAccountEvent, AccountEvent);
  PERENNIAL_UNARY(GetAccountEvent, AccountEvent);
  PERENNIAL_LIST(ListAccountEvents, AccountEvent);
  PERENNIAL_UNARY(UpdateAccountEvent, AccountEvent);
  PERENNIAL_DELETE(DeleteAccountEvent);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_ACCOUNT_CLIENT_H_
