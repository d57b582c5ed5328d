"""Servers for tests, as authors of tests use them."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import perennial
from perennial.testing import ThrowawayServer, a_customer, a_renewal

AT_ONCE = 20
ONE_OF_MANY = """
from perennial.testing import ThrowawayServer, a_renewal
with ThrowawayServer(seed_with=[a_renewal()]) as server:
    [renewal] = server.connect(timeout=120).pipeline.ListOpportunities.items(parent="accounts/-")
    assert renewal.stage == 1, renewal
"""


def renewals(server):
    return list(server.connect().pipeline.ListOpportunities.items(parent="accounts/-"))


class ThrowawayServerTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def start(self, **options):
        return self.enterContext(ThrowawayServer(**options))

    def with_cache(self, folder):
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = str(folder)

        def put_back():
            del os.environ["XDG_CACHE_HOME"]
            if before is not None:
                os.environ["XDG_CACHE_HOME"] = before

        self.addCleanup(put_back)

    def test_builders(self):
        for stage in ("OUTREACH", "ADOPTION_REVIEW", "UPSELL", "RENEWAL"):
            with self.subTest(stage), ThrowawayServer(
                    seed_with=[a_renewal().in_(stage).of(50_000)]) as server:
                [renewal] = renewals(server)
                self.assertEqual(renewal.stage, perennial.Stage.Value(stage))
                self.assertEqual(perennial.format_money(renewal.arr), "USD 50,000.00")
                self.assertEqual(perennial.format_date(renewal.renewal_date), "2025-04-01")

    def test_jobs_run_once_after_the_seed(self):
        # Due within the lead time of the playbook: the job opens its renewal, were it only written.
        seed = """
            resources { product { name: "products/plan" display_name: "Plan" } }
            resources { account { name: "accounts/a" display_name: "A" } }
            resources { subscription {
              name: "accounts/a/subscriptions/s" product: "products/plan" seats: 1 term_months: 12
              arr { currency_code: "USD" micros: 1000000 }
              start_date { year: 2024 month: 2 day: 1 } } }"""
        self.assertEqual(len(renewals(self.start(seed_text=seed))), 1)
        self.assertEqual(renewals(self.start(seed_text=seed, run_jobs=False)), [])

    def test_ids_and_times_are_those_of_the_seed(self):
        def written(id_seed):
            with ThrowawayServer(id_seed=id_seed, seed_with=[a_renewal().in_("UPSELL")]) as server:
                api = server.connect(actor="ada")
                api.clock.MoveTime(days=40)
                api.account.CreateAccount(account={"display_name": "Made here"})
                server.kill()
                server.start()
                api.account.CreateAccount(account={"display_name": "Made after"}, timeout=120)
                return [(change.resource_name, change.change_time.ToNanoseconds())
                        for change in api.history.ListChanges.items(timeout=120)]

        first = written(7)
        self.assertGreater(len({name for name, _ in first}), 10)
        self.assertEqual(written(7), first)
        self.assertNotEqual([name for name, _ in written(8)], [name for name, _ in first])

    def test_copies(self):
        first = ThrowawayServer(database=f"sqlite:{self.folder}/first.db",
                                seed_with=[a_renewal().by(a_customer("kept"))])
        with first:
            first.connect().clock.MoveTime(days=3)
            with self.assertRaisesRegex(RuntimeError, "is open in a server"):
                self.start(copy_of=self.folder / "first.db")
            first.kill()  # with what is in its log alone
            copies = [self.start(copy_of=self.folder / "first.db") for _ in range(2)]
            for copy in copies:
                self.assertEqual([each.name for each in renewals(copy)],
                                 ["accounts/kept/opportunities/renewal"])
                self.assertNotIn("WARNING", copy.log())
                copy.connect().account.CreateAccount(account_id="own", account={"display_name": "O"})
            lines = {copy.log().count("a new time line begins") for copy in copies}
            self.assertEqual(lines, {1})

    def test_failures_say_what_was_asked_and_what_the_server_said(self):
        server = self.start()
        with self.assertRaises(perennial.Error) as refused:
            server.connect().account.GetAccount(name="accounts/nobody")
        [note] = refused.exception.__notes__
        self.assertIn("AccountService.GetAccount", note)
        self.assertIn('name: "accounts/nobody"', note)
        self.assertRegex(note, r'"request":"name: \\"accounts/nobody\\""')
        with self.assertRaisesRegex(RuntimeError, "(?s)display_name must be set.*log of the server"):
            self.start(seed_text='resources { account { name: "accounts/a" } }')

    def test_programs_by_path_and_without_a_cache(self):
        for program in ("perenniald", "perennial"):
            os.symlink(shutil.which(program, path=os.environ["PERENNIAL_BIN"]),
                       self.folder / program)
        self.with_cache("/dev/null")
        self.assertEqual(renewals(self.start(programs=self.folder)), [])
        with self.assertRaisesRegex(FileNotFoundError, "there is no perenniald"):
            self.start(programs=self.folder / "nowhere")

    def test_many_at_once_in_one_process(self):
        self.with_cache(self.folder)
        all_serve = threading.Barrier(AT_ONCE)
        failures = []

        def use_one(number):
            try:
                with ThrowawayServer(seed_with=[a_renewal().by(a_customer(f"c{number}"))]) as server:
                    all_serve.wait(300)
                    [renewal] = server.connect(timeout=120).pipeline.ListOpportunities.items(
                        parent="accounts/-")
                    assert renewal.name == f"accounts/c{number}/opportunities/renewal"
            except BaseException as error:
                all_serve.abort()
                failures.append(error)

        threads = [threading.Thread(target=use_one, args=(number,)) for number in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_many_processes_at_once(self):
        self.with_cache(self.folder)
        processes = [subprocess.Popen([sys.executable, "-c", ONE_OF_MANY], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                     for _ in range(AT_ONCE)]
        said = [process.communicate()[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0] * AT_ONCE,
                         "\n".join(said))
        [_] = (self.folder / "perennial").iterdir()  # one template, and nothing that was left

    @unittest.skipUnless("PERENNIAL_TEST_MYSQL" in os.environ, "needs scripts/with-mariadb")
    def test_mariadb(self):
        with ThrowawayServer(mariadb=True, seed_with=[a_renewal().in_("UPSELL")]) as server:
            [renewal] = renewals(server)
            self.assertEqual(renewal.stage, perennial.Stage.UPSELL)
            flags = server._mariadb
        gone = subprocess.run([shutil.which("perenniald", path=os.environ["PERENNIAL_BIN"]), "drop",
                               *flags], capture_output=True, text=True)
        self.assertNotEqual(gone.returncode, 0, "the database is still there")


if __name__ == "__main__":
    unittest.main()
