#ifndef PERENNIAL_CLIENT_ADOPTION_CLIENT_H_
#define PERENNIAL_CLIENT_ADOPTION_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/adoption_service.pb.h"

namespace perennial::client {

// Calls AdoptionService: adoption reviews.
class AdoptionClient : public ServiceClient {
 public:
  explicit AdoptionClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.AdoptionService", std::move(connection), std::move(options)) {}

  PERENNIAL_UNARY(CreateAdoptionReview, AdoptionReview);
  PERENNIAL_UNARY(GetAdoptionReview, AdoptionReview);
  PERENNIAL_LIST(ListAdoptionReviews, AdoptionReview);
  PERENNIAL_UNARY(UpdateAdoptionReview, AdoptionReview);
  PERENNIAL_DELETE(DeleteAdoptionReview);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_ADOPTION_CLIENT_H_
