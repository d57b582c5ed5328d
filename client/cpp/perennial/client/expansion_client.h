#ifndef PERENNIAL_CLIENT_EXPANSION_CLIENT_H_
#define PERENNIAL_CLIENT_EXPANSION_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/expansion_service.pb.h"

namespace perennial::client {

// Calls ExpansionService: proposals.
class ExpansionClient : public ServiceClient {
 public:
  explicit ExpansionClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.ExpansionService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(CreateProposal, Proposal);
  PERENNIAL_UNARY(GetProposal, Proposal);
  PERENNIAL_LIST(ListProposals, Proposal);
  PERENNIAL_UNARY(UpdateProposal, Proposal);
  PERENNIAL_DELETE(DeleteProposal);
  PERENNIAL_UNARY(AcceptProposal, Proposal);
  PERENNIAL_UNARY(DeclineProposal, Proposal);
  PERENNIAL_UNARY(WithdrawProposal, Proposal);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_EXPANSION_CLIENT_H_
