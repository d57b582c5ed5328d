#ifndef PERENNIAL_CLIENT_PIPELINE_CLIENT_H_
#define PERENNIAL_CLIENT_PIPELINE_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/pipeline_service.pb.h"

namespace perennial::client {

// Calls PipelineService: opportunities, playbooks, offers and the board.
class PipelineClient : public ServiceClient {
 public:
  explicit PipelineClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.PipelineService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(CreateOpportunity, Opportunity);
  PERENNIAL_UNARY(GetOpportunity, Opportunity);
  PERENNIAL_LIST(ListOpportunities, Opportunity);
  PERENNIAL_UNARY(UpdateOpportunity, Opportunity);
  PERENNIAL_UNARY(BatchUpdateOpportunities, BatchOpportunitiesResponse);
  PERENNIAL_DELETE(DeleteOpportunity);
  PERENNIAL_UNARY(CheckGate, GateReport);
  PERENNIAL_UNARY(AdvanceOpportunity, Opportunity);
  PERENNIAL_UNARY(BatchAdvanceOpportunities, BatchOpportunitiesResponse);
  PERENNIAL_UNARY(ReturnOpportunity, Opportunity);
  PERENNIAL_UNARY(BatchReturnOpportunities, BatchOpportunitiesResponse);
  PERENNIAL_UNARY(CloseOpportunity, Opportunity);
  PERENNIAL_UNARY(BatchCloseOpportunities, BatchOpportunitiesResponse);
  PERENNIAL_UNARY(ReopenOpportunity, Opportunity);
  PERENNIAL_UNARY(BatchReopenOpportunities, BatchOpportunitiesResponse);
  PERENNIAL_LIST(ListStageTransitions, StageTransition);
  PERENNIAL_UNARY(GetBoard, Board);
  PERENNIAL_UNARY(OpenDueOpportunities, OpenDueOpportunitiesResponse);
  PERENNIAL_UNARY(SettleEndedTerms, SettleEndedTermsResponse);
  PERENNIAL_UNARY(CreatePlaybook, Playbook);
  PERENNIAL_UNARY(GetPlaybook, Playbook);
  PERENNIAL_LIST(ListPlaybooks, Playbook);
  PERENNIAL_UNARY(UpdatePlaybook, Playbook);
  PERENNIAL_UNARY(PreviewPlaybook, PreviewPlaybookResponse);
  PERENNIAL_DELETE(DeletePlaybook);
  PERENNIAL_UNARY(ApplyPlaybook, ApplyPlaybookResponse);
  PERENNIAL_UNARY(CreateOffer, Offer);
  PERENNIAL_UNARY(GetOffer, Offer);
  PERENNIAL_LIST(ListOffers, Offer);
  PERENNIAL_UNARY(UpdateOffer, Offer);
  PERENNIAL_DELETE(DeleteOffer);
  PERENNIAL_UNARY(SendOffer, Offer);
  PERENNIAL_UNARY(AcceptOffer, Offer);
  PERENNIAL_UNARY(RejectOffer, Offer);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_PIPELINE_CLIENT_H_
