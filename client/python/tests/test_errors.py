"""An error has all that the server says, and a deadline says what it was for."""

import threading
import unittest

import grpc
from fake_server import FakeServer, fail

import perennial
from perennial import v1
from perennial.errors import error_details_pb2 as details_pb2
from perennial.testing import ThrowawayServer

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
QUICK = perennial.RetryPolicy(initial_backoff=0.001, max_backoff=0.01)


class DetailsTest(unittest.TestCase):
    def error_of(self, code, **how):
        def answer(_, context):
            fail(context, code, **how)

        server = self.enterContext(FakeServer(GetAccount=(v1.GetAccountRequest, answer)))
        api = self.enterContext(perennial.connect(server.target))
        with self.assertRaises(perennial.Error) as caught:
            api.account.GetAccount(name="accounts/a")
        return caught.exception

    def test_has_everything(self):
        violation = details_pb2.PreconditionFailure.Violation(
            type="CONTACTS_VERIFIED", subject="accounts/a", description="Verify")
        error = self.error_of(grpc.StatusCode.FAILED_PRECONDITION, details=[
            details_pb2.ErrorInfo(reason="GATE_UNMET", domain="perennial", metadata={"stage": "UPSELL"}),
            details_pb2.BadRequest(field_violations=[{"field": "name", "description": "Give one"}]),
            details_pb2.PreconditionFailure(violations=[violation]),
            details_pb2.ResourceInfo(resource_type="Account", resource_name="accounts/a"),
            details_pb2.RetryInfo(retry_delay={"nanos": 500_000_000})])
        self.assertEqual(error.code, perennial.StatusCode.FAILED_PRECONDITION)
        self.assertEqual((error.reason, error.metadata), ("GATE_UNMET", {"stage": "UPSELL"}))
        self.assertEqual(error.field_violations, [("name", "Give one")])
        self.assertEqual(error.unmet, [("CONTACTS_VERIFIED", "accounts/a", "Verify")])
        self.assertEqual((error.resource_type, error.resource_name), ("Account", "accounts/a"))
        self.assertEqual(error.retry_delay, 0.5)
        self.assertIn("\n  CONTACTS_VERIFIED: Verify", str(error))
        self.assertIsInstance(error.__cause__, grpc.RpcError)

    def test_a_reason_of_others_is_none(self):
        error = self.error_of(grpc.StatusCode.NOT_FOUND, details=[
            details_pb2.ErrorInfo(reason="RESOURCE_NOT_FOUND", domain="proxy.example.com")])
        self.assertEqual((error.reason, error.metadata), ("", {}))

    def test_details_that_are_none(self):
        def answer(_, context):
            context.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff"),))
            context.abort(grpc.StatusCode.NOT_FOUND, "gone")

        server = self.enterContext(FakeServer(GetAccount=(v1.GetAccountRequest, answer)))
        api = self.enterContext(perennial.connect(server.target))
        with self.assertRaisesRegex(perennial.Error, "NOT_FOUND: gone"):
            api.account.GetAccount()


class DeadlineTest(unittest.TestCase):
    def deadline_of(self, answer, **options):
        ended = threading.Event()
        self.addCleanup(ended.set)
        server = self.enterContext(FakeServer(
            CreateAccount=(v1.CreateAccountRequest, lambda *given: answer(ended, *given))))
        api = self.enterContext(perennial.connect(server.target, retry=QUICK, **options))
        with self.assertRaises(perennial.DeadlineExceeded) as caught:
            api.account.CreateAccount()
        self.assertIsInstance(caught.exception, perennial.Error)
        self.assertEqual(caught.exception.code, perennial.StatusCode.DEADLINE_EXCEEDED)
        self.assertEqual(caught.exception.reason, "DEADLINE_PASSED")
        self.assertEqual(caught.exception.method, "AccountService.CreateAccount")
        return caught.exception

    def test_of_a_server_that_says_nothing(self):
        error = self.deadline_of(lambda ended, *_: ended.wait(), timeout=0.2)
        self.assertEqual((error.seconds, error.attempts, error.last_error), (0.2, 1, None))
        self.assertIn("AccountService.CreateAccount was not done within 0.2 s (1 attempt)", str(error))
        self.assertIsInstance(error.__cause__, grpc.RpcError)

    def test_of_a_server_that_fails_again_and_again(self):
        error = self.deadline_of(lambda _, __, context: fail(context, UNAVAILABLE), timeout=0.2)
        self.assertGreater(error.attempts, 1)
        self.assertEqual(error.last_error.code, UNAVAILABLE)
        self.assertIs(error.__cause__, error.last_error)
        self.assertIn(f"({error.attempts} attempts): UNAVAILABLE: refused", str(error))

    def test_of_one_that_fails_and_then_says_nothing(self):
        calls = []

        def answer(ended, _, context):
            calls.append(1)
            if len(calls) == 1:
                fail(context, UNAVAILABLE)
            ended.wait()

        error = self.deadline_of(answer, timeout=0.3)
        self.assertEqual((error.attempts, error.last_error.code), (2, UNAVAILABLE))

    def test_of_a_server_that_is_gone(self):
        with ThrowawayServer() as gone:
            target = gone.target
        with perennial.connect(target, timeout=0.2, retry=QUICK) as api:
            with self.assertRaises(perennial.DeadlineExceeded) as caught:
                api.account.ListAccounts()
        self.assertEqual(caught.exception.last_error.code, UNAVAILABLE)

    def test_of_a_stream(self):
        ended = threading.Event()
        self.addCleanup(ended.set)

        def answer(*_):
            ended.wait()
            yield v1.WatchResponse()

        server = self.enterContext(FakeServer(Watch=(v1.WatchRequest, answer)))
        api = self.enterContext(perennial.connect(server.target))
        with self.assertRaises(perennial.DeadlineExceeded) as caught:
            next(api.history.Watch(timeout=0.1))
        self.assertEqual(caught.exception.method, "HistoryService.Watch")


if __name__ == "__main__":
    unittest.main()
