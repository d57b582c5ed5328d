"""What builders write, without a server."""

import datetime
import unittest

from google.protobuf import text_format

import perennial
from perennial.testing import a_customer, a_renewal, seed_text

DAY = datetime.date(2025, 1, 1)


def resources(*parts, day=DAY):
    """Those of the seed, by the name of each."""
    found = {}
    for text in seed_text(day, *parts).split("resources {\n")[1:]:
        resource = text_format.Parse(text.rstrip().removesuffix("}"), perennial.Resource())
        item = getattr(resource, resource.WhichOneof("kind"))
        found[item.name] = item
    return found


class BuildersTest(unittest.TestCase):
    def test_a_renewal_has_what_its_stage_asks_for(self):
        names = [list(resources(a_renewal().in_(stage))) for stage in (
            "OUTREACH", "ADOPTION_REVIEW", "UPSELL", "RENEWAL")]
        account = "accounts/customer-1"
        self.assertEqual(names[0], [
            "products/plan", account, f"{account}/contacts/decider", f"{account}/subscriptions/plan",
            f"{account}/opportunities/renewal"])
        self.assertEqual(names[1], names[0] + [f"{account}/touches/call"])
        self.assertEqual(names[2],
                         names[1] + [f"{account}/subscriptions/plan/adoptionReviews/review"])
        self.assertEqual(names[3], names[2])

    def test_what_is_said_is_written(self):
        northwind = a_customer("northwind").named("Northwind").segment("enterprise").owned_by("ada")
        found = resources(a_renewal().by(northwind).of(1_250, "EUR").due_in(31).in_(
            perennial.Stage.UPSELL))
        account = found["accounts/northwind"]
        self.assertEqual((account.display_name, account.segment, account.owner),
                         ("Northwind", "enterprise", "ada"))
        plan = found["accounts/northwind/subscriptions/plan"]
        self.assertEqual(plan.arr, perennial.Money(currency_code="EUR", micros=1_250_000_000))
        self.assertEqual((plan.start_date.year, plan.start_date.month, plan.start_date.day),
                         (2024, 2, 1))
        renewal = found["accounts/northwind/opportunities/renewal"]
        self.assertEqual(renewal.stage, perennial.Stage.UPSELL)

    def test_times_follow_one_another(self):
        found = resources(a_renewal().in_("RENEWAL"))
        account = "accounts/customer-1"
        renewal = found[f"{account}/opportunities/renewal"]
        times = [renewal.open_time, found[f"{account}/touches/call"].touch_time,
                 found[f"{account}/subscriptions/plan/adoptionReviews/review"].review_time,
                 renewal.stage_enter_time, found[f"{account}/contacts/decider"].verify_time]
        days = [time.ToDatetime().date() for time in times]
        self.assertEqual(days, sorted(days))
        self.assertLess(days[-1], DAY)

    def test_each_gets_a_name_of_its_own(self):
        ada = a_customer("ada")
        found = resources(a_renewal(), a_renewal(), a_renewal().by(ada), a_renewal().by(ada),
                          a_customer())
        self.assertEqual([name for name in found if name.count("/") == 1],
                         ["products/plan", "accounts/customer-1", "accounts/customer-2",
                          "accounts/ada", "accounts/customer-3"])
        self.assertIn("accounts/ada/opportunities/renewal-2", found)

    def test_builders_do_not_change(self):
        plain = a_renewal()
        plain.of(5).in_("UPSELL").due_in(1)
        self.assertEqual(plain, a_renewal())

    def test_a_leap_day_has_a_year_before(self):
        plan = resources(a_renewal().due_in(59), day=datetime.date(2028, 1, 1))[
            "accounts/customer-1/subscriptions/plan"]
        self.assertEqual((plan.start_date.year, plan.start_date.month, plan.start_date.day),
                         (2027, 3, 1))

    def test_a_stage_that_is_none_is_refused(self):
        with self.assertRaisesRegex(ValueError, "one of OUTREACH"):
            a_renewal().in_(7)


if __name__ == "__main__":
    unittest.main()
