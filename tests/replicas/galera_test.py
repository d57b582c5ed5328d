"""What was acknowledged is kept, and told in one order, while a cluster loses a node and a replica.

scripts/with-galera runs it beside three MariaDB nodes. Each has a replica of the server of its own;
writers and a watcher call the replicas, and go to the next one where one fails. Under load one node
is killed, then another replica.
"""

import itertools
import os
import random
import signal
import threading
import time
import unittest

import perennial
from perennial.testing import ThrowawayServer

NODES = os.environ["PERENNIAL_TEST_GALERA"].split()
NODE_PIDS = [int(pid) for pid in os.environ["PERENNIAL_TEST_GALERA_PIDS"].split()]
PASSWORD_FILE = os.environ["PERENNIAL_TEST_MYSQL_PASSWORD_FILE"]

WRITERS = 6
WRITES_PER_PHASE = int(os.environ.get("PERENNIAL_GALERA_WRITES", 100))
PATIENCE = 60  # seconds for what a cluster needs to find itself again, on a busy machine
TIMEOUT = 24  # a third of which a replica without its node gets to answer


class Load:
    """Writers that go on until they are stopped: each makes one contact after the other."""

    def __init__(self, targets):
        self._targets = targets
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = []
        self.acknowledged = {}  # the name of each contact that was made, by its display name
        self.failures = []

    def start(self):
        for number in range(WRITERS):
            thread = threading.Thread(target=self._write, args=[number], daemon=True)
            thread.start()
            self._threads.append(thread)

    def await_writes(self, count):
        """Waits for so many more."""
        with self._changed:
            enough = len(self.acknowledged) + count
            done = self._changed.wait_for(
                lambda: self.failures or len(self.acknowledged) >= enough, PATIENCE)
        if not done or self.failures:
            raise AssertionError(f"the writers do not get on: {self.failures}")

    def stop(self):
        self._stopped = True
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise AssertionError(f"calls failed: {self.failures}")

    def _write(self, number):
        first = number % len(self._targets)
        targets = self._targets[first:] + self._targets[:first]
        with perennial.connect(*targets, timeout=TIMEOUT, retry=perennial.RetryPolicy(
                max_attempts=1000, max_backoff=0.5)) as api:
            try:
                account = api.account.CreateAccount(account={"display_name": f"Writer {number}"})
                for write in itertools.count():
                    if self._stopped:
                        return
                    text = f"writer {number}, write {write}"
                    contact = api.account.CreateContact(
                        parent=account.name, contact={"display_name": text})
                    self._tell(lambda: self.acknowledged.update({text: contact.name}))
            except perennial.Error as error:
                self._tell(lambda: self.failures.append(str(error)))

    def _tell(self, function):
        with self._changed:
            function()
            self._changed.notify_all()


class Watcher:
    """Follows the contacts from a replica to the next."""

    def __init__(self, targets, resume_token):
        self._api = perennial.connect(*targets)
        self._watch = self._api.watch(resume_token=resume_token, resource_types=["Contact"])
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.changes = []
        self._thread.start()

    def stop_behind(self, revision):
        """Waits until it has seen so much."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.changes and self.changes[-1].revision >= revision, PATIENCE)
        self._watch.close()
        self._thread.join()
        self._api.close()

    def _follow(self):
        for change in self._watch:
            with self._changed:
                self.changes.append(change)
                self._changed.notify_all()


class GaleraTest(unittest.TestCase):
    def start_replica(self, node):
        return self.enterContext(ThrowawayServer(
            clock=None, database=f"{node}/perennial_galera",
            flags=[f"--database-password-file={PASSWORD_FILE}", "--no-call-log"]))

    def test_keeps_what_it_acknowledged(self):
        replicas = [self.start_replica(node) for node in NODES]
        targets = [replica.target for replica in replicas]
        node, replica, survivor = random.sample(range(len(NODES)), 3)
        with self.subTest(f"kills node {node}, then replica {replica}"):
            token = replicas[node].connect().account.ListAccounts().resume_token
            watcher = Watcher([targets[each] for each in (node, replica, survivor)], token)
            load = Load(targets)
            load.start()
            load.await_writes(WRITES_PER_PHASE)
            os.kill(NODE_PIDS[node], signal.SIGKILL)
            load.await_writes(WRITES_PER_PHASE)
            replicas[replica].kill()
            load.await_writes(WRITES_PER_PHASE)
            load.stop()
            api = replicas[survivor].connect(timeout=PATIENCE)
            changes = self.history(api, load)
            self.expect_nothing_lost(api, load, changes)
            revisions = [change.revision for change in changes]
            watcher.stop_behind(revisions[-1])
            self.assertEqual([each.revision for each in watcher.changes], revisions)

    def history(self, api, load):
        """All changes of contacts, once those that were acknowledged are numbered."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            changes = list(api.history.ListChanges.items(
                filter='resource_type = "Contact"', page_size=1000))
            missing = set(load.acknowledged.values()) - {each.resource_name for each in changes}
            if not missing:
                return changes
        self.fail(f"{len(missing)} acknowledged writes are missing, such as {missing.pop()}")

    def expect_nothing_lost(self, api, load, changes):
        revisions = [change.revision for change in changes]
        self.assertEqual(revisions, sorted(set(revisions)))

        # Each was made once, though its call may have been attempted at several replicas.
        made = [change.resource.contact.display_name for change in changes]
        self.assertEqual(len(made), len(set(made)))
        for text, name in load.acknowledged.items():
            self.assertEqual(api.account.GetContact(name=name).display_name, text)


if __name__ == "__main__":
    unittest.main()
