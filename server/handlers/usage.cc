#include "lib/base/ids.h"
#include "perennial/v1/subscription_service.pb.h"
#include "server/handlers/handlers.h"
#include "server/methods/standard.h"
#include "server/workflows/capabilities.h"

namespace perennial {

using v1::UsageSample;

namespace {

class UsageSampleRules final : public TypeRules<UsageSample> {
  absl::Status Complete(UsageSample& sample, Writing& writing) const override {
    WriteTx& tx = writing.tx;
    if (ToCivilDay(sample.sample_date()) > tx.today()) {
      return InvalidField("usage_sample.sample_date", "must not be in the future");
    }
    ASSIGN_OR_RETURN(const v1::Subscription subscription,
                     tx.Get<v1::Subscription>(ParentOf(sample.name())));
    const auto [capabilities, is_first] =
        writing.Kept<KeptCapabilities>().try_emplace(subscription.product());
    if (is_first) {
      ASSIGN_OR_RETURN(const v1::Product product, tx.Get<v1::Product>(subscription.product()));
      for (std::string& name : CapabilityNames(product)) {
        capabilities->second.insert(std::move(name));
      }
    }
    if (capabilities->second.contains(sample.capability())) return absl::OkStatus();
    return InvalidField("usage_sample.capability",
                        absl::StrCat("must be a capability of ", subscription.product()));
  }

  std::vector<std::string> AlsoRefersTo(const UsageSample& row) const override {
    return {std::string(ParentOf(row.capability()))};
  }
};
const UsageSampleRules rules;

absl::StatusOr<v1::AppendUsageSamplesResponse> AppendUsageSamples(
    const v1::AppendUsageSamplesRequest& request, WriteTx& tx) {
  ASSIGN_OR_RETURN(const v1::Subscription subscription, tx.Get<v1::Subscription>(request.parent()));
  ASSIGN_OR_RETURN(const v1::Product product, tx.Get<v1::Product>(subscription.product()));
  const std::vector<std::string> capabilities = CapabilityNames(product);
  v1::AppendUsageSamplesResponse response;
  for (int i = 0; i < request.usage_samples_size(); ++i) {
    const std::string field = absl::StrCat("usage_samples[", i, "]");
    UsageSample sample = request.usage_samples(i);
    ClearOutputOnly(sample);
    if (sample.name().empty()) {
      sample.set_name(tx.NewName<UsageSample>(request.parent(), ""));
    } else if (ParentOf(sample.name()) != request.parent() || !IsValidId(IdOf(sample.name()))) {
      return InvalidField(field + ".name",
                          absl::StrCat("must be ", request.parent(), "/usageSamples/{id}"));
    }
    if (std::find(capabilities.begin(), capabilities.end(), sample.capability()) ==
        capabilities.end()) {
      return InvalidField(field + ".capability",
                          absl::StrCat("must be a capability of ", product.name()));
    }
    if (ToCivilDay(sample.sample_date()) > tx.today()) {
      return InvalidField(field + ".sample_date", "must not be in the future");
    }
    ASSIGN_OR_RETURN(*response.add_usage_samples(), tx.Create(std::move(sample)));
  }
  return response;
}

const Handlers handlers([](Registry& registry, const Backend&) {
  registry.Write("SubscriptionService.AppendUsageSamples", AppendUsageSamples);
  registry.List<v1::ListUsageSamplesRequest, v1::ListUsageSamplesResponse>(
      "SubscriptionService.ListUsageSamples");
});

}  // namespace
}  // namespace perennial
