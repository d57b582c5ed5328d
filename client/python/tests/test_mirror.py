"""A mirror stays as the list is."""

import queue
import threading
import unittest

import grpc
from fake_server import FakeServer, fail

import perennial
from perennial import v1
from perennial.events import Subscription, between
from perennial.testing import ThrowawayServer

QUICK = perennial.RetryPolicy(initial_backoff=0.001, max_backoff=0.01)
SECONDS = 120  # for what takes a moment, on a busy machine


class LiveMirrorTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(ThrowawayServer())
        self.api = self.server.connect(timeout=SECONDS)
        self.events = queue.Queue()

    def mirror(self, method, **fields):
        mirror = self.enterContext(method.mirror(on_event=self.events.put, **fields))
        mirror.wait_synced(SECONDS)
        return mirror

    def take(self, *kinds):
        """The names of the next events, which are of these kinds."""
        taken = [self.events.get(timeout=SECONDS) for _ in kinds]
        self.assertEqual([event.kind for event in taken], list(kinds))
        return [event.name for event in taken]

    def account(self, id, **fields):
        return self.api.account.CreateAccount(account_id=id,
                                              account={"display_name": id, **fields})

    def update(self, name, **fields):
        return self.api.account.UpdateAccount(account={"name": name, **fields})

    def test_follows_what_its_filter_finds(self):
        self.account("a", segment="big")
        self.account("b", segment="small")
        mirror = self.mirror(self.api.account.ListAccounts, filter='segment = "big" AND note = ""')
        self.assertEqual(self.take("added", "synced"), ["accounts/a", ""])
        self.account("c", segment="big")
        self.assertEqual(self.take("added"), ["accounts/c"])
        self.update("accounts/a", display_name="A")
        self.assertEqual(self.take("changed"), ["accounts/a"])
        self.assertEqual(mirror.get("accounts/a").display_name, "A")
        self.update("accounts/b", segment="big")
        self.assertEqual(self.take("added"), ["accounts/b"])
        self.update("accounts/c", note="x")
        self.assertEqual(self.take("removed"), ["accounts/c"])
        self.api.account.DeleteAccount(name="accounts/a")
        self.assertEqual(self.take("removed"), ["accounts/a"])
        self.assertEqual(list(mirror.snapshot()), ["accounts/b"])
        self.assertIn("accounts/b", mirror)
        self.assertIsNone(mirror.get("accounts/c"))

    def test_an_event_has_both_sides(self):
        self.account("a", note="before")
        mirror = self.mirror(self.api.account.ListAccounts)
        events = mirror.events()
        self.assertEqual([next(events).kind for _ in range(2)], ["added", "synced"])
        self.update("accounts/a", note="after")
        event = next(events)
        self.assertEqual((event.before.note, event.after.note), ("before", "after"))
        mirror.close()
        self.assertEqual(list(events), [])

    def test_of_one_account(self):
        self.account("a")
        self.account("b")
        self.mirror(self.api.account.ListContacts, parent="accounts/a")
        self.take("synced")
        for account in ("b", "a"):
            self.api.account.CreateContact(parent=f"accounts/{account}", contact_id="c",
                                           contact={"display_name": "C"})
        self.assertEqual(self.take("added"), ["accounts/a/contacts/c"])

    def test_resumes_when_the_server_is_there_again(self):
        mirror = self.mirror(self.api.account.ListAccounts)
        self.take("synced")
        self.server.kill()
        self.assertEqual(self.take("broken"), [""])
        self.assertFalse(mirror.synced)
        self.assertEqual(mirror.error.code, perennial.StatusCode.UNAVAILABLE)
        with self.assertRaisesRegex(TimeoutError, "not current after 0.01 s: UNAVAILABLE"):
            mirror.wait_synced(0.01)
        self.server.start()
        mirror.wait_synced(SECONDS)
        self.account("a")
        # A server that listens again may break off once more while it starts.
        kinds = []
        while kinds[-1:] != ["added"]:
            kinds.append(self.events.get(timeout=SECONDS).kind)
        self.assertIn("synced", kinds)
        self.assertIsNone(mirror.error)

    def test_is_the_same_as_the_list_after_everybody_wrote(self):
        mirror = self.mirror(self.api.account.ListAccounts, filter='segment = "x"')

        def write(writer):
            for number in range(30):
                name = self.account(f"w{writer}-{number}", segment="x").name
                if number % 3 == 0:
                    self.update(name, segment="y")
                if number % 5 == 0:
                    self.api.account.DeleteAccount(name=name)

        writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        last = self.account("last", segment="x").name
        while last not in mirror:
            self.events.get(timeout=SECONDS)
        listed = {each.name: each for each in
                  self.api.account.ListAccounts.items(filter='segment = "x"')}
        self.assertEqual(mirror.snapshot(), listed)
        self.assertEqual([each.name for each in mirror.sorted(lambda each: each.name)],
                         sorted(listed))
        self.assertEqual(len(mirror), len(listed))

    def test_a_filter_that_is_wrong_ends_it(self):
        mirror = self.enterContext(self.api.account.ListAccounts.mirror(filter="nonsense = 1"))
        with self.assertRaises(perennial.Error) as caught:
            mirror.wait_synced(SECONDS)
        self.assertEqual(caught.exception.reason, "INVALID_FILTER")
        with self.assertRaises(perennial.Error):
            next(mirror.events())

    def test_only_lists_of_resources(self):
        for method in (self.api.history.ListChanges, self.api.account.GetAccount):
            with self.assertRaises(TypeError):
                method.mirror()

    def test_what_a_callback_raises_ends_it(self):
        def refuse(event):
            raise KeyError(event.kind)

        mirror = self.enterContext(self.api.account.ListAccounts.mirror(on_event=refuse))
        with self.assertRaises(KeyError):
            list(mirror.events())

    def test_closed_from_its_callback(self):
        opened = queue.Queue()
        mirror = self.api.account.ListAccounts.mirror(
            on_event=lambda event: opened.get(timeout=SECONDS).close())
        opened.put(mirror)
        self.assertLessEqual({event.kind for event in mirror.events()}, {"synced"})
        with self.assertRaisesRegex(RuntimeError, "closed"):
            mirror.wait_synced(SECONDS)


class FakeMirrorTest(unittest.TestCase):
    """With a server of which every answer is said beforehand: lists from `self.lists` (each a list of
    opportunities' names, the last one again and again), streams from `self.streams` (as in
    test_watch)."""

    def setUp(self):
        self.lists, self.streams = [], []
        self.asked = queue.Queue()
        self.server = self.enterContext(FakeServer(
            ListOpportunities=(v1.ListOpportunitiesRequest, self.list),
            Watch=(v1.WatchRequest, self.watch)))
        self.api = self.enterContext(perennial.connect(self.server.target, retry=QUICK))

    def list(self, request, context):
        self.asked.put(request)
        found = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if isinstance(found, tuple):
            fail(context, *found)
        return v1.ListOpportunitiesResponse(opportunities=[{"name": name} for name in found],
                                            resume_token=f"list {len(self.lists)}")

    def watch(self, request, context):
        self.asked.put(request)
        for each in self.streams.pop(0) if self.streams else []:
            if isinstance(each, tuple):
                fail(context, *each)
            yield each
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait()

    def mirror(self, **fields):
        return self.enterContext(self.api.pipeline.ListOpportunities.mirror(
            **{"parent": "accounts/-", **fields}))

    def next_list(self):
        while isinstance(request := self.asked.get(timeout=SECONDS), v1.WatchRequest):
            pass
        return request

    def change(self, name, type="Opportunity", operation="UPDATED"):
        return {"resource_name": name, "resource_type": type, "operation": operation}

    def response(self, token, *changes):
        return v1.WatchResponse(changes=changes, resume_token=token)

    def test_lists_anew_where_the_token_is_expired(self):
        self.lists = [["accounts/a/opportunities/1", "accounts/a/opportunities/2"],
                      ["accounts/a/opportunities/2", "accounts/a/opportunities/3"]]
        self.streams = [[self.response("x"),
                         (grpc.StatusCode.OUT_OF_RANGE, "RESUME_TOKEN_EXPIRED")], [self.response("y")]]
        # With a queue that joins nothing: the callback.
        events = queue.Queue()
        self.mirror(on_event=events.put)
        seen = [events.get(timeout=SECONDS) for _ in range(7)]
        self.assertEqual([(event.kind, event.name[-1:]) for event in seen], [
            ("added", "1"), ("added", "2"), ("synced", ""), ("broken", ""),
            ("removed", "1"), ("added", "3"), ("synced", "")])
        self.assertEqual(seen[3].error.reason, "RESUME_TOKEN_EXPIRED")

    def test_asks_again_with_its_filter(self):
        names = [f"accounts/a/opportunities/{number}" for number in range(120)]
        self.lists = [[]]
        self.streams = [[self.response("x", *map(self.change, names))]]
        self.mirror(filter="outcome = OPEN")
        self.assertEqual(self.next_list().filter, "outcome = OPEN")
        filters = [self.next_list().filter for _ in range(3)]
        for each in filters:
            self.assertTrue(each.startswith('(outcome = OPEN) AND (name = "accounts/a/opport'), each)
            self.assertLessEqual(len(each), 4000)
            self.assertLessEqual(each.count("name ="), 50)
        for name in names:
            self.assertEqual(sum(f'"{name}"' in each for each in filters), 1)

    def test_asks_for_fewer_where_names_are_long(self):
        names = [f"accounts/{'a' * 60}/opportunities/{number:060}" for number in range(50)]
        self.lists = [[]]
        self.streams = [[self.response("x", *map(self.change, names))]]
        self.mirror(filter="ä" * 1000)
        self.next_list()
        first = self.next_list()
        self.assertGreater(first.filter.count("name ="), 5)
        self.assertLessEqual(len(first.filter.encode()), 4000)

    def test_lists_all_where_the_filter_bears_no_more(self):
        self.lists = [[], (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FILTER"),
                      ["accounts/a/opportunities/1"]]
        self.streams = [[self.response("x", self.change("accounts/a/opportunities/1"))]]
        mirror = self.mirror(filter="long")
        mirror.wait_synced(SECONDS)
        self.assertEqual(list(mirror.snapshot()), ["accounts/a/opportunities/1"])
        self.assertEqual([self.next_list().filter for _ in range(3)][::2], ["long", "long"])

    def test_asks_for_what_is_below_a_changed_account(self):
        self.lists = [["accounts/a/opportunities/1", "accounts/ab/opportunities/1"],
                      ["accounts/a/opportunities/2"]]
        self.streams = [[self.response("x", self.change("accounts/a", "Account"))]]
        mirror = self.mirror(filter='account.segment = "big"')
        self.assertEqual(self.next_list().parent, "accounts/-")
        again = self.next_list()
        self.assertEqual((again.parent, again.filter), ("accounts/a", 'account.segment = "big"'))
        mirror.wait_synced(SECONDS)
        self.assertEqual(sorted(mirror.snapshot()),
                         ["accounts/a/opportunities/2", "accounts/ab/opportunities/1"])

    def test_lists_all_where_many_accounts_change(self):
        self.lists = [[]]
        self.streams = [[self.response("x", *(self.change(f"accounts/{number}", "Account")
                                              for number in range(51)))]]
        self.mirror()
        self.assertEqual([self.next_list().parent for _ in range(2)], ["accounts/-"] * 2)

    def test_takes_out_what_is_deleted_at_once(self):
        name = "accounts/a/opportunities/1"
        self.lists = [[name], []]
        self.streams = [[self.response("x", self.change(name, operation="DELETED"))]]
        events = self.mirror().events()
        while next(events).kind != "removed":
            pass
        self.assertEqual(len([each for each in self.server.requests
                              if isinstance(each, v1.ListOpportunitiesRequest)]), 1)

    def test_watches_one_account_where_it_lists_one(self):
        self.lists = [[]]
        self.streams = [[self.response("x")]]
        self.mirror(parent="accounts/a").wait_synced(SECONDS)
        self.next_list()
        request = self.asked.get(timeout=SECONDS)
        self.assertEqual(list(request.accounts), ["accounts/a"])
        self.assertEqual(list(request.resource_types), ["Opportunity", "Account"])

    def test_keeps_its_place_until_what_changed_was_asked(self):
        self.lists = [[], (grpc.StatusCode.UNAVAILABLE,), ["accounts/a/opportunities/1"]]
        self.streams = [[self.response("x"), self.response(
            "y", self.change("accounts/a/opportunities/1"))]] * 2
        with perennial.connect(self.server.target, retry=perennial.RetryPolicy(
                max_attempts=1, initial_backoff=0.001)) as api:
            with api.pipeline.ListOpportunities.mirror(parent="accounts/-") as mirror:
                events = mirror.events()
                while next(events).kind != "added":
                    pass
        tokens = [request.resume_token for request in self.server.requests
                  if isinstance(request, v1.WatchRequest)]
        self.assertEqual(tokens[1], "x")


class SubscriptionTest(unittest.TestCase):
    def joined(self, *states):
        subscription = Subscription()
        for before, after in zip(states, states[1:]):
            subscription.put(between("n", before, after))
        subscription.end()
        return [(event.kind, event.before, event.after) for event in subscription]

    def test_joins_what_was_missed(self):
        self.assertEqual(self.joined(None, "a", "b"), [("added", None, "b")])
        self.assertEqual(self.joined("a", "b", "c"), [("changed", "a", "c")])
        self.assertEqual(self.joined("a", "b", None), [("removed", "a", None)])
        self.assertEqual(self.joined("a", None, "b"), [("changed", "a", "b")])
        self.assertEqual(self.joined("a", "b", "a"), [])
        self.assertEqual(self.joined(None, "a", None), [])

    def test_is_the_last_to_say_whether_all_is_there(self):
        subscription = Subscription()
        for event in (perennial.Event("synced"), perennial.Event("broken"),
                      between("n", None, "a"), perennial.Event("synced")):
            subscription.put(event)
        subscription.end(KeyError())
        self.assertEqual([next(subscription).kind for _ in range(2)], ["added", "synced"])
        with self.assertRaises(KeyError):
            next(subscription)


if __name__ == "__main__":
    unittest.main()
