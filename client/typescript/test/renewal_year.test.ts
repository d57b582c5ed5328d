// A whole renewal year of one customer, as a sales team lives it.

import { createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  AccountService,
  AdoptionService,
  Channel,
  EngagementService,
  ExpansionService,
  list,
  Opportunity_Outcome as Outcome,
  Opportunity_Stage as Stage,
  PipelineService,
  Proposal_Type,
  SubscriptionService,
  Touch_Direction,
  Touch_Disposition,
  Touch_Intent,
  type Opportunity,
} from "../src/index.js";
import { TestServer } from "../src/testing/index.js";

const usd = (units: number) => ({ currencyCode: "USD", micros: BigInt(units) * 1_000_000n });
const acme = "accounts/acme";
const jane = "accounts/acme/contacts/jane";

let server: TestServer;
beforeAll(async () => {
  const seed = new URL("seed.textproto", import.meta.url).pathname;
  server = await TestServer.start({ date: "2025-08-02", seed });
});
afterAll(() => server?.stop());

test("a customer is reached, helped, offered more and renewed; the next renewal opens", async () => {
  const pipeline = createClient(PipelineService, server.transport);
  const subscriptions = createClient(SubscriptionService, server.transport);
  const openOpportunities = async () => {
    const found: Opportunity[] = [];
    const request = { parent: acme, filter: "outcome = OPEN" };
    for await (const each of list(pipeline.listOpportunities, request)) found.push(each);
    return found;
  };

  // 120 days before the term ends, and not earlier, the renewal opens.
  await pipeline.openDueOpportunities({ parent: acme });
  expect(await openOpportunities()).toHaveLength(0);
  await server.moveDays(1);
  await pipeline.openDueOpportunities({ parent: acme });
  const [renewal] = await openOpportunities();
  expect(renewal).toMatchObject({
    stage: Stage.OUTREACH,
    arr: usd(24_000),
    renewalDate: { year: 2025, month: 12, day: 1 },
    subscriptions: ["accounts/acme/subscriptions/platform"],
  });
  const { name } = renewal!;

  // Outreach: give before asking, reach who decides, and make sure that they still do.
  await createClient(EngagementService, server.transport).createTouch({
    parent: acme,
    touch: {
      channel: Channel.PHONE,
      direction: Touch_Direction.OUTBOUND,
      disposition: Touch_Disposition.CONNECTED,
      intent: Touch_Intent.GIVE,
      contacts: [jane],
    },
  });
  await createClient(AccountService, server.transport).verifyContact({ name: jane });
  expect((await pipeline.checkGate({ name })).met).toBe(true);
  expect(await pipeline.advanceOpportunity({ name })).toMatchObject({
    stage: Stage.ADOPTION_REVIEW,
    reached: true,
  });

  // Adoption review: what they bought and do not use is shown, or set aside for a reason.
  await server.moveDays(14);
  await createClient(AdoptionService, server.transport).createAdoptionReview({
    parent: "accounts/acme/subscriptions/platform",
    adoptionReview: {
      contacts: [jane],
      capabilities: [
        { capability: "products/platform/capabilities/reports", presented: true },
        { capability: "products/platform/capabilities/alerts", reason: "They have their own" },
      ],
    },
  });
  expect(await pipeline.advanceOpportunity({ name })).toMatchObject({ stage: Stage.UPSELL });

  // Upsell: 25 more seats, which they take.
  await server.moveDays(14);
  const expansion = createClient(ExpansionService, server.transport);
  const proposal = await expansion.createProposal({
    parent: name,
    proposal: {
      type: Proposal_Type.UPSELL,
      subscription: "accounts/acme/subscriptions/platform",
      seats: 25,
      arr: usd(6_000),
    },
  });
  await expansion.acceptProposal({ name: proposal.name });
  expect(await pipeline.advanceOpportunity({ name })).toMatchObject({ stage: Stage.RENEWAL });

  // Renewal: an offer that a person who decides accepts.
  await server.moveDays(14);
  const offer = await pipeline.createOffer({
    parent: name,
    offer: { termMonths: 12, arr: usd(24_000) },
  });
  await pipeline.sendOffer({ name: offer.name });
  await pipeline.acceptOffer({ name: offer.name, decidedBy: jane });
  const closed = await pipeline.closeOpportunity({ name, outcome: Outcome.RENEWED });
  expect(closed).toMatchObject({ outcome: Outcome.RENEWED, closedArr: usd(30_000) });

  // What closing wrote: the same product for another year, with the seats that were added.
  const [renewed] = closed.createdSubscriptions;
  expect(await subscriptions.getSubscription({ name: renewed! })).toMatchObject({
    renews: "accounts/acme/subscriptions/platform",
    seats: 125,
    arr: usd(30_000),
    termEndDate: { year: 2026, month: 12, day: 1 },
  });
  expect(await openOpportunities()).toHaveLength(0);

  // A year on the next renewal opens by itself, over what the customer has now.
  await server.moveDays(365);
  expect(await openOpportunities()).toMatchObject([
    { stage: Stage.OUTREACH, arr: usd(30_000), subscriptions: [renewed] },
  ]);
  const uncovered = list(subscriptions.listUncoveredSubscriptions, { parent: "accounts/-" });
  for await (const each of uncovered) expect.fail(`${each.name} is forgotten`);
});
