// A list that stays current, and updates that say what has changed.

#include "perennial/client/mirror.h"

#include "perennial/client/update.h"
#include "tests/conformance/customer.h"
#include "tests/conformance/fixture.h"

namespace perennial::conformance {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using v1::Opportunity;

class MirrorTest : public EngineTest {};
INSTANTIATE_ON_EVERY_ENGINE(MirrorTest);

TEST_P(MirrorTest, KeepsWhatTheFilterSays) {
  Customer customer(api());
  const Opportunity first = customer.Open({customer.Subscribe().name()});
  v1::ListOpportunitiesRequest request;
  request.set_parent(customer.account());
  request.set_filter("outcome = OPEN AND next_step != \"done\"");
  client::Mirror mirror(api().pipeline.ListOpportunities, request, api().history);
  EXPECT_THAT(Must(mirror.Next()).added, SizeIs(1));

  const Opportunity second = customer.Open({customer.Subscribe().name()});
  EXPECT_EQ(Must(mirror.Next()).added.at(0).name(), second.name());
  Opportunity wanted = customer.Get(first);
  wanted.set_next_step("call");
  const Opportunity updated =
      Must(client::Update(api().pipeline.UpdateOpportunity, customer.Get(first), wanted));
  EXPECT_THAT(Must(mirror.Next()).changed.at(0), EqualsProto(updated));
  wanted.set_next_step("done");
  Must(client::Update(api().pipeline.UpdateOpportunity, updated, wanted));
  EXPECT_EQ(Must(mirror.Next()).removed.at(0).name(), first.name());
  customer.CloseAsChurned(second.name(), v1::PRICE);
  EXPECT_EQ(Must(mirror.Next()).removed.at(0).name(), second.name());
  EXPECT_THAT(mirror.items(), IsEmpty());
  mirror.Stop();
  EXPECT_FALSE(mirror.Next().ok());
}

TEST_P(MirrorTest, AnUpdateOverAnothersIsRefused) {
  Customer customer(api());
  const Opportunity opportunity = customer.Open({customer.Subscribe().name()});
  Opportunity wanted = opportunity;
  wanted.set_next_step("call");
  Must(client::Update(api().pipeline.UpdateOpportunity, opportunity, wanted));
  wanted.set_next_step("write");
  EXPECT_THAT(client::Update(api().pipeline.UpdateOpportunity, opportunity, wanted),
              FailsWith(v1::ETAG_MISMATCH));
  const int64_t revision = LatestRevision();
  Must(client::Update(api().pipeline.UpdateOpportunity, opportunity, opportunity));
  EXPECT_EQ(LatestRevision(), revision);
}

}  // namespace
}  // namespace perennial::conformance
