"""Throw-away servers come and go."""

import os
import queue
import select
import subprocess
import sys
import tempfile
import threading
import unittest

import perennial
from perennial.testing import ThrowawayServer

# A test program that dies while its server runs.
DYING = """
import os, signal
from perennial.testing import ThrowawayServer
server = ThrowawayServer()
server.start()
print(server._process.pid, flush=True)
input()
os.kill(os.getpid(), signal.SIGKILL)
"""


class ThrowawayServerTest(unittest.TestCase):
    def test_its_clock_stands_where_it_is_put(self):
        with ThrowawayServer(clock="2031-05-04") as server:
            time = server.connect().clock.GetTime()
        self.assertTrue(time.manual)
        self.assertEqual(time.time.ToJsonString(), "2031-05-04T00:00:00Z")

    def test_goes_on_after_a_stop_and_a_kill(self):
        with ThrowawayServer() as server:
            api = server.connect()
            for number, end in enumerate([server.stop, server.kill]):
                api.account.CreateAccount(account_id=f"a{number}", account={"display_name": "A"})
                end()
                server.start()
            names = [account.name for account in api.account.ListAccounts.items()]
        self.assertEqual(names, ["accounts/a0", "accounts/a1"])

    def test_calls_ride_out_kills(self):
        """Four threads write while the server is killed and started again: each call is carried out
        once, and none fails."""
        with ThrowawayServer() as server:
            api = server.connect(timeout=120)
            errors = []
            written = queue.Queue()

            def write(writer):
                try:
                    for number in range(100):
                        api.account.CreateAccount(account_id=f"w{writer}-{number}",
                                                  account={"display_name": "A"})
                        written.put(writer)
                except perennial.Error as error:
                    errors.append(error)

            writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
            for writer in writers:
                writer.start()
            # Each life of the server gets some work done, so that no call is killed for ever.
            for _ in range(15):
                for _ in range(20):
                    written.get(timeout=120)
                server.kill()
                server.start()
            for writer in writers:
                writer.join()
            created = sum(1 for _ in api.account.ListAccounts.items(page_size=1000))
        self.assertEqual(errors, [])
        self.assertEqual(created, 400)

    def test_stops_in_good_order(self):
        with ThrowawayServer() as server:
            self.assertEqual(server.stop(), 0)
            self.assertIn('"serving"', server.log())

    def test_ends_with_the_test_that_started_it(self):
        with subprocess.Popen([sys.executable, "-c", DYING], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as test:
            server = os.pidfd_open(int(test.stdout.readline()))
            test.communicate(b"\n")
            ended, _, _ = select.select([server], [], [], 60)
            os.close(server)
        self.assertTrue(ended, "the server outlives its test")

    def test_says_why_it_does_not_start(self):
        with self.assertRaisesRegex(RuntimeError, "(?s)has ended.*no-such-flag"):
            with ThrowawayServer(flags=["--no-such-flag"]):
                pass

    def test_says_what_is_wrong_with_the_seed(self):
        with tempfile.NamedTemporaryFile("w", suffix=".textproto") as seed:
            seed.write("resources { account { name: 'accounts/a' } }")
            seed.flush()
            with self.assertRaisesRegex(RuntimeError, "(?s)cannot be imported.*display_name"):
                with ThrowawayServer(seed=seed.name):
                    pass


if __name__ == "__main__":
    unittest.main()
