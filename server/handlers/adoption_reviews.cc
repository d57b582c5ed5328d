#include "perennial/v1/adoption_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/capabilities.h"

namespace perennial {

using v1::AdoptionReview;

namespace {

// The mean of ACHIEVED 1, PARTIAL 0.5 and MISSED 0, rounded half up.
void SetAttainment(AdoptionReview& review) {
  review.clear_attainment_basis_points();
  if (review.outcomes().empty()) return;
  int halves = 0;
  for (const auto& outcome : review.outcomes()) {
    if (outcome.result() == AdoptionReview::ACHIEVED) halves += 2;
    if (outcome.result() == AdoptionReview::PARTIAL) halves += 1;
  }
  const int count = review.outcomes_size();
  review.set_attainment_basis_points((halves * 10000 + count) / (2 * count));
}

absl::Status CheckFindings(const AdoptionReview& review, ReadTx& tx) {
  std::vector<std::string> names;
  for (int i = 0; i < review.capabilities_size(); ++i) {
    const auto& finding = review.capabilities(i);
    names.push_back(finding.capability());
    if (!finding.presented() && finding.reason().empty()) {
      return InvalidField(absl::StrCat("adoption_review.capabilities[", i, "].reason"),
                          "must say why the capability was set aside, or set `presented`");
    }
  }
  return CheckCapabilityNames(names, "adoption_review.capabilities.capability", tx);
}

class AdoptionReviewRules final : public TypeRules<AdoptionReview> {
  absl::Status Complete(AdoptionReview& review, Writing& writing) const override {
    WriteTx& tx = writing.tx;
    RETURN_IF_ERROR(
        CheckOfAccount(review.contacts(), AccountOf(review.name()), "adoption_review.contacts"));
    RETURN_IF_ERROR(CheckFindings(review, tx));
    if (!review.has_review_time()) *review.mutable_review_time() = ToTimestamp(tx.now());
    SetAttainment(review);
    return CheckNotInFuture(review.review_time(), "adoption_review.review_time", tx);
  }
};
const AdoptionReviewRules rules;

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("AdoptionService.CreateAdoptionReview",
                 Create<AdoptionReview, v1::CreateAdoptionReviewRequest>);
  registry.Get<v1::GetAdoptionReviewRequest, AdoptionReview>("AdoptionService.GetAdoptionReview");
  registry.List<v1::ListAdoptionReviewsRequest, v1::ListAdoptionReviewsResponse>(
      "AdoptionService.ListAdoptionReviews");
  registry.Write("AdoptionService.UpdateAdoptionReview",
                 Update<AdoptionReview, v1::UpdateAdoptionReviewRequest>);
  registry.Write("AdoptionService.DeleteAdoptionReview",
                 Delete<AdoptionReview, v1::DeleteAdoptionReviewRequest>);
});

}  // namespace
}  // namespace perennial
