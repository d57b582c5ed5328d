"""A renewal year, from nothing due to the next renewal. renewal_year_test.cc tells the same."""

import pathlib
import unittest

import perennial
from perennial.testing import ThrowawayServer
from perennial.v1 import pipeline_service_pb2 as pipeline

SEED = pathlib.Path(__file__).with_name("seed.textproto")

CUSTOMER = "accounts/northwind"
DECIDER = "accounts/northwind/contacts/vera"
PLAN = "accounts/northwind/subscriptions/plan-2024"

Opportunity = pipeline.Opportunity


def usd(units):
    return {"currency_code": "USD", "micros": units * 1_000_000}


class RenewalYearTest(unittest.TestCase):
    def setUp(self):
        server = self.enterContext(ThrowawayServer(clock="2025-01-01", seed=SEED))
        self.api = server.connect(actor="ada@example.com")

    def opportunities(self, filter):
        return list(self.api.pipeline.ListOpportunities.items(parent=CUSTOMER, filter=filter))

    def advance(self, renewal):
        return self.api.pipeline.AdvanceOpportunity(name=renewal.name).stage

    def test_renewal_year(self):
        api = self.api

        # In January nothing is due: the term ends on 2025-06-01.
        self.assertEqual(api.pipeline.OpenDueOpportunities(parent="accounts/-").opened_count, 0)

        # In February the renewal has opened by itself, once.
        api.clock.MoveTime(days=40)
        [renewal] = self.opportunities("outcome = OPEN")
        self.assertEqual(renewal.stage, Opportunity.OUTREACH)
        self.assertEqual(list(renewal.subscriptions), [PLAN])
        self.assertEqual(api.pipeline.OpenDueOpportunities(parent="accounts/-").opened_count, 0)

        # OUTREACH is left when somebody who decides was reached and given something. Until then the
        # gate says what is missing.
        with self.assertRaises(perennial.Error) as refused:
            self.advance(renewal)
        self.assertEqual(refused.exception.reason, "GATE_UNMET")
        self.assertEqual([unmet.type for unmet in refused.exception.unmet],
                         ["DECISION_ROLE_REACHED", "CONTACTS_VERIFIED", "GAVE_BEFORE_ASKING"])
        api.engagement.CreateTouch(parent=CUSTOMER, touch={
            "channel": "PHONE", "direction": "OUTBOUND", "disposition": "CONNECTED",
            "intent": "GIVE", "contacts": [DECIDER]})
        api.account.VerifyContact(name=DECIDER)
        self.assertEqual(self.advance(renewal), Opportunity.ADOPTION_REVIEW)

        # ADOPTION_REVIEW: what they do not use was shown to them, or set aside.
        api.clock.MoveTime(days=20)
        api.adoption.CreateAdoptionReview(parent=PLAN, adoption_review={
            "contacts": [DECIDER],
            "outcomes": [{"goal": "One report for all sites", "result": "ACHIEVED"}],
            "capabilities": [
                {"capability": "products/plan/capabilities/reports", "presented": True},
                {"capability": "products/plan/capabilities/alerts", "reason": "They have others"},
            ]})
        self.assertEqual(self.advance(renewal), Opportunity.UPSELL)

        # UPSELL: five more seats, which they want.
        proposal = api.expansion.CreateProposal(parent=renewal.name, proposal={
            "type": "UPSELL", "subscription": PLAN, "seats": 5, "arr": usd(6000)})
        api.expansion.AcceptProposal(name=proposal.name)
        self.assertEqual(self.advance(renewal), Opportunity.RENEWAL)

        # RENEWAL: an offer, accepted by her who decides.
        api.clock.MoveTime(days=30)
        offer = api.pipeline.CreateOffer(parent=renewal.name, offer={
            "term_months": 12, "arr": usd(12500)})
        api.pipeline.SendOffer(name=offer.name)
        api.pipeline.AcceptOffer(name=offer.name, decided_by=DECIDER)
        closed = api.pipeline.CloseOpportunity(name=renewal.name, outcome="RENEWED")
        self.assertEqual(closed.outcome, Opportunity.RENEWED)
        self.assertEqual(closed.closed_arr.micros, usd(18500)["micros"])

        # The ledger says what became of the ARR, to the cent.
        movements = api.subscription.ListArrMovements.items(parent=CUSTOMER)
        self.assertEqual(sum(movement.delta.micros for movement in movements),
                         usd(18500)["micros"])

        # A year later the next renewal opens by itself, with what was agreed on in this one.
        api.clock.MoveTime(days=365)
        [following] = self.opportunities("outcome = OPEN")
        self.assertEqual(following.stage, Opportunity.OUTREACH)
        self.assertEqual(following.arr.micros, usd(18500)["micros"])
        self.assertEqual((following.renewal_date.year, following.renewal_date.month), (2026, 6))
        uncovered = api.subscription.ListUncoveredSubscriptions.items(parent="accounts/-")
        self.assertEqual(list(uncovered), [])


if __name__ == "__main__":
    unittest.main()
