"""What is attempted again, and with what."""

import threading
import unittest

import grpc
from fake_server import FakeServer, fail

import perennial
from perennial.testing import ThrowawayServer
from perennial.v1 import account_service_pb2 as account
from perennial.v1 import pipeline_service_pb2 as pipeline

QUICK = perennial.RetryPolicy(max_attempts=4, initial_backoff=0.001)
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def failing(times, code, response, **details):
    """A function that fails so often, and then answers."""
    left = [times]

    def answer(_, context):
        if left[0] > 0:
            left[0] -= 1
            fail(context, code, **details)
        return response

    return answer


class RetriesTest(unittest.TestCase):
    def serve(self, **methods):
        server = self.enterContext(FakeServer(**methods))
        return server, self.enterContext(perennial.connect(server.target, retry=QUICK))

    def create(self, times, code, **details):
        server, api = self.serve(CreateAccount=(
            account.CreateAccountRequest, failing(times, code, account.Account(), **details)))
        return server, lambda **fields: api.account.CreateAccount(**fields)

    def test_a_write_keeps_its_request_id(self):
        server, create = self.create(2, UNAVAILABLE)
        create()
        self.assertEqual(len(server.requests), 3)
        self.assertEqual(len({request.request_id for request in server.requests}), 1)
        self.assertNotEqual(server.requests[0].request_id, "")

    def test_a_write_stays_on_one_time_line(self):
        named = []

        def answer(_, context):
            named.append(dict(context.invocation_metadata()).get("x-perennial-time-line"))
            context.send_initial_metadata((("x-perennial-time-line", f"line {len(named)}"),))
            if len(named) < 3:
                fail(context, UNAVAILABLE)
            return account.Account()

        _, api = self.serve(CreateAccount=(account.CreateAccountRequest, answer))
        api.account.CreateAccount()
        self.assertEqual(named, [None, "line 1", "line 1"])

    def test_each_call_has_its_own(self):
        server, create = self.create(0, UNAVAILABLE)
        create()
        create()
        create(request_id="mine")
        ids = [request.request_id for request in server.requests]
        self.assertEqual(len(set(ids)), 3)
        self.assertEqual(ids[2], "mine")

    def test_gives_up_after_the_last_attempt(self):
        server, create = self.create(9, UNAVAILABLE)
        with self.assertRaises(perennial.Error) as caught:
            create()
        self.assertEqual(caught.exception.code, UNAVAILABLE)
        self.assertEqual(len(server.requests), 4)

    def test_what_does_not_pass_is_not_attempted_again(self):
        for code, reason in ((grpc.StatusCode.ABORTED, "ETAG_MISMATCH"),
                             (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
                             (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")):
            server, create = self.create(1, code, reason=reason)
            with self.assertRaises(perennial.Error) as caught:
                create()
            self.assertEqual(caught.exception.reason, reason)
            self.assertEqual(len(server.requests), 1)

    def test_conflicts_and_overload_pass(self):
        server, create = self.create(1, grpc.StatusCode.ABORTED, reason="WRITE_CONFLICT")
        create()
        self.assertEqual(len(server.requests), 2)
        server, create = self.create(1, grpc.StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED",
                                     retry_seconds=0.001)
        create()
        self.assertEqual(len(server.requests), 2)

    def test_waits_no_longer_than_the_timeout(self):
        server, create = self.create(1, grpc.StatusCode.RESOURCE_EXHAUSTED, reason="OVERLOADED",
                                     retry_seconds=3600)
        with self.assertRaises(perennial.Error) as caught:
            create()
        self.assertEqual(caught.exception.retry_delay, 3600)
        self.assertEqual(len(server.requests), 1)

    def test_a_write_without_request_id_is_attempted_once(self):
        server, api = self.serve(OpenDueOpportunities=(
            pipeline.OpenDueOpportunitiesRequest,
            failing(1, UNAVAILABLE, pipeline.OpenDueOpportunitiesResponse())))
        with self.assertRaises(perennial.Error):
            api.pipeline.OpenDueOpportunities(parent="accounts/-")
        self.assertEqual(len(server.requests), 1)

    def test_another_replica_takes_over(self):
        with ThrowawayServer() as gone:
            target = gone.target
        with ThrowawayServer() as server, perennial.connect(target, server.target) as api:
            self.assertEqual(list(api.account.ListAccounts.items()), [])

    def test_another_replica_is_asked_where_one_is_silent(self):
        ended = threading.Event()
        self.addCleanup(ended.set)

        def never(*_):
            ended.wait()
            return account.Account()

        silent = self.enterContext(FakeServer(
            CreateAccount=(account.CreateAccountRequest, never)))
        other = self.enterContext(FakeServer(
            CreateAccount=(account.CreateAccountRequest, lambda *_: account.Account(note="made"))))
        with perennial.connect(silent.target, other.target, timeout=1) as api:
            self.assertEqual(api.account.CreateAccount().note, "made")
        self.assertEqual(silent.requests, other.requests)


if __name__ == "__main__":
    unittest.main()
