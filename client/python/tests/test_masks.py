"""What differs between two versions of a resource, and updates of that."""

import unittest

import perennial
from perennial import Account, Offer, Opportunity, Playbook
from perennial.testing import ThrowawayServer


class ChangedPathsTest(unittest.TestCase):
    def paths(self, old, **edits):
        new = perennial.copy(old)
        new.MergeFrom(type(old)(**edits))
        return perennial.changed_paths(old, new)

    def test_names_what_differs_in_order(self):
        self.assertEqual(self.paths(Account(note="a"), segment="b", display_name="c", note="a"),
                         ["display_name", "segment"])

    def test_money_and_days_are_values(self):
        old = Opportunity(forecast_arr={"currency_code": "USD", "micros": 1},
                          next_step_date={"year": 2025, "month": 1, "day": 1})
        self.assertEqual(self.paths(old, forecast_arr={"micros": 2}, next_step_date={"day": 2}),
                         ["forecast_arr", "next_step_date"])
        self.assertEqual(self.paths(old), [])

    def test_lists_as_a_whole_and_maps_by_entry(self):
        old = Account(labels={"tier": "gold", "plan": "a", "gone": "x"})
        new = Account(labels={"tier": "silver", "plan": "a", "new": ""})
        self.assertEqual(perennial.changed_paths(old, new),
                         ["labels.gone", "labels.new", "labels.tier"])
        self.assertEqual(perennial.changed_paths(Account(), Account(labels={"a.b": "x"})), ["labels"])
        self.assertEqual(self.paths(Playbook(), cadence_steps=[{"title": "Call"}]), ["cadence_steps"])

    def test_tells_absent_from_empty(self):
        self.assertEqual(perennial.changed_paths(Offer(), Offer(auto_renew=False)), ["auto_renew"])
        self.assertEqual(perennial.changed_paths(Offer(arr={}), Offer()), ["arr"])

    def test_leaves_out_what_an_update_cannot_change(self):
        self.assertEqual(self.paths(Opportunity(), name="accounts/a/opportunities/o", etag="1",
                                    stage="UPSELL", subscriptions=["s"], update_time={"seconds": 1}),
                         [])

    def test_nested_messages_by_their_fields(self):
        # The API's own resources have none yet that an update may change.
        old = perennial.Change(resource={"account": {"note": "a", "segment": "s"}})
        new = perennial.Change(resource={"account": {"note": "b", "segment": "s"}})
        self.assertEqual(perennial.changed_paths(old, new), ["resource.account.note"])

    def test_of_two_types_there_are_none(self):
        with self.assertRaisesRegex(TypeError, "Account and Offer"):
            perennial.changed_paths(Account(), Offer())


class UpdateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.api = cls.enterClassContext(ThrowawayServer()).connect()

    def account(self, **fields):
        return self.api.account.CreateAccount(account={"display_name": "A", **fields})

    def update(self, old, change, **fields):
        new = perennial.copy(old)
        change(new)
        return perennial.update(self.api.account.UpdateAccount, old, new, **fields)

    def test_changes_that_alone(self):
        old = self.account(segment="small", note="a\nb", labels={"tier": "gold", "plan": "x"})

        def change(account):
            account.segment = ""
            account.labels["new"] = "y"
            del account.labels["tier"]

        updated = self.update(old, change)
        self.assertEqual((updated.segment, updated.note), ("", "a\nb"))
        self.assertEqual(dict(updated.labels), {"plan": "x", "new": "y"})
        [changed] = self.api.history.ListChanges(
            filter=f'resource_name = "{old.name}" AND operation = UPDATED').changes
        self.assertEqual(changed.method, "AccountService.UpdateAccount")

    def test_is_refused_where_somebody_else_was_faster(self):
        old = self.account()
        self.update(old, lambda account: setattr(account, "note", "theirs"))
        with self.assertRaises(perennial.Error) as caught:
            self.update(old, lambda account: setattr(account, "segment", "ours"))
        self.assertEqual(caught.exception.reason, "ETAG_MISMATCH")

    def test_calls_nothing_where_nothing_changed(self):
        old = self.account()
        self.assertIs(self.update(old, lambda account: None), old)
        self.assertEqual(self.api.account.GetAccount(name=old.name), old)

    def test_takes_further_fields(self):
        old = self.account()
        tried = self.update(old, lambda account: setattr(account, "note", "n"), validate_only=True)
        self.assertEqual(tried.note, "n")
        self.assertEqual(self.api.account.GetAccount(name=old.name).note, "")

    def test_money_and_days(self):
        old = self.api.account.CreateAccountEvent(
            parent=self.account().name,
            account_event={"type": "MARKET", "title": "T", "event_date": {"year": 2024, "month": 5,
                                                                           "day": 6}})
        new = perennial.copy(old)
        new.event_date.day = 7
        updated = perennial.update(self.api.account.UpdateAccountEvent, old, new)
        self.assertEqual(perennial.format_date(updated.event_date), "2024-05-07")

    def test_of_two_resources_there_is_none(self):
        with self.assertRaisesRegex(ValueError, "two resources"):
            self.update(self.account(), lambda account: setattr(account, "name", "accounts/other"))
        with self.assertRaisesRegex(TypeError, "UpdateAccountEvent does not update"):
            old = self.account()
            new = perennial.copy(old)
            new.note = "n"
            perennial.update(self.api.account.UpdateAccountEvent, old, new)


if __name__ == "__main__":
    unittest.main()
