"""Every command and every program in the README works, in a venv, outside of the repository."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import checkout

from perennial.testing import ThrowawayServer

README = checkout.ROOT / "client/python/README.md"
SEED = checkout.ROOT / "tests/renewal_year/seed.textproto"
LACKING = checkout.missing_modules("pip", "venv", "ensurepip", "setuptools", "wheel")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)


@unittest.skipIf(LACKING, f"scripts/test installs {', '.join(LACKING)}")
class ReadmeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        checkout.copy_into(cls.folder / "checkout")
        cls.bin = checkout.make_venv(cls.folder / "venv")
        for commands in blocks("sh"):
            cls.run_shell(commands)
        cls.elsewhere = cls.folder / "elsewhere"
        cls.elsewhere.mkdir()
        shutil.copy(SEED, cls.elsewhere)
        shutil.rmtree(cls.folder / "checkout")

    @classmethod
    def environment(cls):
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return {**environment, "PATH": f"{cls.bin}:{environment['PATH']}", "PIP_NO_INDEX": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}

    @classmethod
    def run_shell(cls, commands):
        made = subprocess.run(["bash", "-euc", commands], cwd=cls.folder / "checkout", text=True,
                              env=cls.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode != 0:
            raise AssertionError(f"{commands}\n{made.stdout}")

    def start(self, program, *arguments):
        process = self.enterContext(subprocess.Popen(
            [self.bin / "python", *arguments] if program is None else
            [self.bin / "python", "-c", program, *arguments],
            cwd=self.elsewhere, env=self.environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT))
        self.addCleanup(process.kill)
        return process

    def read_until(self, process, pattern):
        """The first line that has it. The test's own timeout ends a wait that is in vain."""
        said = ""
        for line in process.stdout:
            said += line
            if re.search(pattern, line):
                return line
        self.fail(f"the program ended without {pattern!r}: {said}")

    def serve(self):
        """A server with a renewal that is open."""
        server = self.enterContext(ThrowawayServer(clock="2025-01-01", seed=SEED))
        api = server.connect(actor="test")
        api.clock.MoveTime(days=40)
        [renewal] = api.pipeline.ListOpportunities(parent="accounts/-").opportunities
        return server, api, renewal

    def program(self, server, *numbers):
        python = blocks("python")
        self.assertEqual(len(python), 6)
        joined = "\n".join(python[number] for number in numbers)
        self.assertEqual("127.0.0.1:50051" in joined, 0 in numbers)
        return joined.replace("127.0.0.1:50051", server.target) if server else joined

    def test_calls_texts_updates_and_mirrors(self):
        server, api, renewal = self.serve()
        process = self.start(self.program(server, 0, 1, 2, 3))
        self.read_until(process, "^DECISION_ROLE_REACHED Record a CONNECTED touch")
        self.read_until(process, r"^EUR 1,250\.50$")
        for _ in range(2):
            self.read_until(process, "^2025-06-01$")
        self.read_until(process, "^northwind$")
        self.read_until(process, "^Outreach$")
        self.read_until(process, "^1 open renewals$")
        self.read_until(process, f"^added {renewal.name}$")
        self.read_until(process, "^synced")
        updated = api.pipeline.GetOpportunity(name=renewal.name)
        self.assertEqual((updated.next_step, updated.labels["tier"]), ("Call Vera", "gold"))
        api.pipeline.UpdateOpportunity(opportunity={"name": renewal.name, "next_step": "Wait"})
        self.read_until(process, f"^changed {renewal.name}$")

    def test_watching(self):
        server, api, renewal = self.serve()
        process = self.start(self.program(server, 0, 4))
        self.read_until(process, "^DECISION_ROLE_REACHED")
        # It watches from when it has begun, which nothing tells: changes go on until it has seen one.
        seen = threading.Event()

        def change():
            number = 0
            while not seen.is_set():
                number += 1
                api.pipeline.UpdateOpportunity(
                    opportunity={"name": renewal.name, "next_step": f"Call {number}"})

        changing = threading.Thread(target=change)
        changing.start()
        try:
            self.read_until(process, f"^test PipelineService.UpdateOpportunity {renewal.name}$")
        finally:
            seen.set()
            changing.join()

    def test_servers_for_tests(self):
        process = self.start(self.program(None, 5))
        said, _ = process.communicate()
        self.assertEqual((process.returncode, said), (0, ""))

    def test_servers_for_tests_by_the_path_of_their_programs(self):
        program = """
import os, sys
from perennial import Stage
from perennial.testing import ThrowawayServer, a_renewal
programs = os.environ.pop("PERENNIAL_BIN")
with ThrowawayServer(programs=programs, seed_with=[a_renewal().in_(Stage.UPSELL)]) as server:
    [renewal] = server.connect().pipeline.ListOpportunities.items(parent="accounts/-")
    print(renewal.name, renewal.stage)
"""
        process = self.start(program)
        said, _ = process.communicate()
        self.assertEqual((process.returncode, said),
                         (0, "accounts/customer-1/opportunities/renewal 3\n"))

    def test_the_whole_program(self):
        server, api, renewal = self.serve()
        process = self.start(None, checkout.ROOT / "client/python/examples/renewals.py", server.target)
        self.read_until(process, f"^{renewal.name} stays in Outreach$")
        self.read_until(process, "^Waiting for changes")
        api.pipeline.UpdateOpportunity(opportunity={"name": renewal.name, "next_step": "Wait"})
        self.read_until(process, f"^test PipelineService.UpdateOpportunity {renewal.name}$")

    def test_the_board(self):
        server, api, renewal = self.serve()
        board = checkout.ROOT / "client/python/examples/board.py"
        process = self.start(None, board, server.target)
        self.read_until(process, r"^Outreach +1  USD [0-9,]+\.00$")
        server.kill()
        self.read_until(process, "^Waiting for the server: UNAVAILABLE")
        server.start()
        api.pipeline.CloseOpportunity(name=renewal.name, outcome="CHURNED", churn_reason="PRICE",
                                      timeout=120)
        self.read_until(process, "^Outreach +0$")
        self.assertLessEqual(len(board.read_text().splitlines()), 50)


if __name__ == "__main__":
    unittest.main()
