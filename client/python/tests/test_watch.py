"""The watch goes on after breaks at the place where it was."""

import threading
import unittest

import grpc
from fake_server import FakeServer, fail

import perennial
from perennial.testing import ThrowawayServer
from perennial.v1 import history_service_pb2 as history

QUICK = perennial.RetryPolicy(max_attempts=3, initial_backoff=0.001, max_backoff=0.01)
SILENCE = object()


def response(token, *revisions):
    return history.WatchResponse(changes=[{"revision": each} for each in revisions],
                                 resume_token=token)


class LiveWatchTest(unittest.TestCase):
    def test_goes_on_when_the_server_is_there_again(self):
        with ThrowawayServer() as server:
            api = server.connect()

            def create(name):
                api.account.CreateAccount(account_id=name, account={"display_name": name})
                return f"accounts/{name}"

            token = api.account.ListAccounts().resume_token
            with api.watch(resume_token=token, resource_types=["Account"]) as watch:
                names = [create("a"), create("b")]
                seen = [next(watch).resource_name]
                server.kill()
                server.start()
                names.append(create("c"))
                seen += [next(watch).resource_name, next(watch).resource_name]
        self.assertEqual(seen, names)

    def test_says_that_a_token_is_none(self):
        with ThrowawayServer() as server:
            with self.assertRaises(perennial.Error) as caught:
                next(server.connect().watch(resume_token="nonsense"))
        self.assertEqual(caught.exception.reason, "INVALID_RESUME_TOKEN")


class WatchTest(unittest.TestCase):
    def watch(self, *streams, **fields):
        """Follows a server that answers the first call with the first stream, and so on: a list of
        responses, of status codes to end with, and of SILENCE."""
        left = list(streams)

        def answer(_, context):
            for each in left.pop(0):
                if isinstance(each, grpc.StatusCode):
                    fail(context, each)
                elif each is SILENCE:
                    ended = threading.Event()
                    context.add_callback(ended.set)
                    ended.wait()
                else:
                    yield each

        self.server = self.enterContext(
            FakeServer(Watch=(history.WatchRequest, answer)))
        api = self.enterContext(perennial.connect(self.server.target, retry=QUICK))
        return self.enterContext(api.watch(**fields))

    def take(self, watch, count):
        return [next(watch).revision for _ in range(count)]

    def tokens_asked_for(self):
        return [request.resume_token for request in self.server.requests]

    def test_resumes_after_a_break(self):
        watch = self.watch(
            [response("a", 1, 2), response("b"), grpc.StatusCode.UNAVAILABLE],
            [response("c", 3), grpc.StatusCode.UNAVAILABLE],
            [response("d", 4)],
            resume_token="0", resource_types=["Opportunity"])
        self.assertEqual(self.take(watch, 4), [1, 2, 3, 4])
        self.assertEqual(self.tokens_asked_for(), ["0", "b", "c"])
        self.assertEqual({tuple(request.resource_types) for request in self.server.requests},
                         {("Opportunity",)})

    def test_resumes_where_the_server_ends_the_stream(self):
        watch = self.watch([response("a", 1)], [response("b", 2)])
        self.assertEqual(self.take(watch, 2), [1, 2])
        self.assertEqual(self.tokens_asked_for(), ["", "a"])

    def test_resumes_after_silence(self):
        watch = self.watch([response("a", 1), SILENCE], [response("b", 2)], resume_token="0",
                           heartbeat_interval={"nanos": 50_000_000})
        self.assertEqual(self.take(watch, 2), [1, 2])
        self.assertEqual(self.tokens_asked_for(), ["0", "a"])

    def test_the_token_is_behind_what_was_taken(self):
        watch = self.watch([response("a", 1, 2), response("b", 3)], resume_token="0")
        self.take(watch, 2)
        self.assertEqual(watch.resume_token, "0")
        self.take(watch, 1)
        self.assertEqual(watch.resume_token, "a")

    def test_says_where_it_cannot_resume(self):
        watch = self.watch([response("a", 1), grpc.StatusCode.UNAVAILABLE],
                           [grpc.StatusCode.OUT_OF_RANGE])
        self.take(watch, 1)
        with self.assertRaises(perennial.Error) as caught:
            next(watch)
        self.assertEqual(caught.exception.code, grpc.StatusCode.OUT_OF_RANGE)

    def test_gives_up_where_no_server_ever_answers(self):
        watch = self.watch(*[[grpc.StatusCode.UNAVAILABLE]] * 3)
        with self.assertRaises(perennial.Error):
            next(watch)
        self.assertEqual(len(self.server.requests), 3)

    def test_close_ends_it(self):
        watch = self.watch([response("a", 1)])
        self.take(watch, 1)
        watch.close()
        self.assertEqual(list(watch), [])


if __name__ == "__main__":
    unittest.main()
