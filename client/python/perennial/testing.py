"""Servers for integration tests: started in a moment, gone afterwards.

    with ThrowawayServer(clock="2025-01-01", seed="seed.textproto") as server:
        client = server.connect(actor="ada@example.com")
        client.clock.MoveTime(days=40)

    with ThrowawayServer(seed_with=[a_renewal().in_(Stage.UPSELL).of(50_000)]) as server:
        ...

Where a call of such a client fails, its error has a note with the request and the end of the
server's log, which Python, unittest and pytest print.
"""

import datetime
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import typing

import perennial
from perennial.builders import Customer, Renewal, a_customer, a_renewal, seed_text
from perennial.method import Method
from perennial.replicas import Replicas

__all__ = ["Customer", "Renewal", "ThrowawayServer", "a_customer", "a_renewal", "seed_text"]

_START_SECONDS = 120  # migrations on a busy machine take their time
_STOP_SECONDS = 60
_LOG_TAIL = 4000


class ThrowawayServer:
    """A `perenniald` of its own, with an SQLite database in a temporary folder, on a free port of
    loopback. All that is given to it is there when it has started:

    clock      the day its clock stands at until client.clock.MoveTime moves it; None for a clock
               that runs
    copy_of    a SQLite file that its database begins as a copy of, such as what `perennial backup`
               made, or the database of a server that has ended; the clock does not go behind that
               of the copy
    seed       a file of resources that it holds from the start: what `perennial import --mapping`
               takes
    seed_text  the same as text
    seed_with  the same as builders: a_renewal().in_(Stage.UPSELL).of(50_000)
    run_jobs   whether the jobs of the day run once after that, where its clock stands
    id_seed    a number: the ids that it makes are then the same in every run, where calls come one
               after another; needs a clock that stands
    mariadb    a MySQL database of its own instead, dropped at the end, on the server that
               PERENNIAL_TEST_MYSQL (mysql://user@host:port) and
               PERENNIAL_TEST_MYSQL_PASSWORD_FILE name, as `scripts/with-mariadb` sets them
    database   another one, such as mysql://user@host:3306/name; it is not thrown away
    flags      further ones of perenniald
    programs   the folder of perenniald and perennial

    Without `programs` they are looked for in the folder that PERENNIAL_BIN names, in build/bin of
    this folder and those above it, and in PATH.

    The database outlives kill, and not the machine: nothing waits for its disk. The server is
    killed with the thread that started it: start it from a test's main thread.
    """

    def __init__(self, *, clock: str | None = "2025-01-01",
                 copy_of: str | os.PathLike[str] | None = None,
                 seed: str | os.PathLike[str] | None = None, seed_text: str = "",
                 seed_with: typing.Iterable[Customer | Renewal] = (), run_jobs: bool = True,
                 id_seed: int | None = None, mariadb: bool = False, database: str | None = None,
                 flags: typing.Iterable[str] = (),
                 programs: str | os.PathLike[str] | None = None) -> None:
        if mariadb and database is not None:
            raise ValueError("give either mariadb or database")
        self._folder = tempfile.TemporaryDirectory(prefix="perennial-")
        self._clock = clock
        self._copy_of = copy_of
        self._seed = seed
        self._seed_text = seed_text
        self._seed_with = list(seed_with)
        self._run_jobs = run_jobs
        self._id_seed = id_seed
        self._programs = programs
        self._mariadb = _mariadb_flags() if mariadb else []
        self._database = database or f"sqlite:{self._path('test.db')}"
        self._flags = list(flags)
        self._seeded = False
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._clients: list[perennial.Client] = []

    @property
    def target(self) -> str:
        """Where it listens, such as "127.0.0.1:41234": the same when it is started again."""
        return f"127.0.0.1:{self._port}"

    def connect(self, **options: typing.Any) -> perennial.Client:
        """A client, which is closed with the server. See perennial.connect."""
        client = _Client(Replicas((self.target,), None), **options)
        client.explain = self._explain
        self._clients.append(client)
        return client

    def start(self) -> None:
        """Returns when it serves. After stop and kill it goes on with what it held."""
        if self._process is not None:
            raise RuntimeError("the server runs already: stop it before it is started again")
        self._path("port").unlink(missing_ok=True)
        with open(self._path("log"), "ab") as log:
            # setpriv has the kernel kill the server when this process is gone, however it ends.
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self._command_line()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await_port()
        if not self._seeded:
            self._fill()
            self._seeded = True

    def stop(self) -> int:
        """Asks it to end (SIGTERM) and answers its exit code; that of a signal is negative."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            self._process = None

    def kill(self) -> None:
        """Takes it away in the middle of whatever it does (SIGKILL)."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def log(self) -> str:
        """What it wrote, all starts together."""
        return self._path("log").read_text(errors="replace")

    def describe_failure(self) -> str:
        """The end of the log, with the requests of calls that failed."""
        return f"The log of the server ends with:\n{self.log()[-_LOG_TAIL:]}"

    def __enter__(self) -> "ThrowawayServer":
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()
        if self._process is not None:
            self.kill()
        if self._mariadb:
            # What was never served is not there.
            subprocess.run([self._find("perenniald"), "drop", *self._mariadb], check=False,
                           capture_output=True)
            self._mariadb = []
        self._folder.cleanup()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server does not run: start it before it is stopped")
        return self._process

    def _path(self, name: str) -> pathlib.Path:
        return pathlib.Path(self._folder.name, name)

    def _command_line(self) -> list[str]:
        command = [self._find("perenniald"), "--throw-away", f"--listen={self.target}",
                   f"--port-file={self._path('port')}"]
        command += self._mariadb or [f"--database={self._database}"]
        if self._clock is not None:
            command.append(f"--clock=manual:{self._clock}")
        if self._copy_of is not None:
            command.append(f"--copy-of={os.path.abspath(self._copy_of)}")
        if self._id_seed is not None:
            command.append(f"--id-seed={self._id_seed}")
        return command + self._flags

    def _await_port(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._path("port").exists():
            process = self._running()
            if process.poll() is not None or time.monotonic() > deadline:
                ended = process.returncode is not None
                raise RuntimeError(f"perenniald {'has ended' if ended else 'does not serve'}:\n"
                                   f"{self.log()[-_LOG_TAIL:]}")
            time.sleep(0.01)
        self._port = int(self._path("port").read_text())

    # What it holds from the start.
    def _fill(self) -> None:
        if self._seed is not None:
            self._import(pathlib.Path(self._seed))
        text = self._seed_text
        if self._seed_with:
            day = datetime.date.fromisoformat(self._clock[:10]) if self._clock else (
                datetime.datetime.now(datetime.timezone.utc).date())
            text += seed_text(day, *self._seed_with)
        if text:
            self._path("seed").mkdir()
            file = self._path("seed/seed_text.textproto")
            file.write_text(text)
            self._import(file)
        if (text or self._seed is not None) and self._run_jobs and self._clock is not None:
            with perennial.connect(self.target, timeout=_START_SECONDS) as client:
                client.clock.MoveTime(days=0)

    def _import(self, seed: pathlib.Path) -> None:
        result = subprocess.run(
            [self._find("perennial"), f"--server={self.target}", "import", seed.parent,
             f"--mapping={seed}"], capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"{seed} cannot be imported:\n{result.stdout}{result.stderr}"
                               f"{self.describe_failure()}")

    def _explain(self, method: str, request: typing.Any) -> str:
        return f"The call was {method}:\n{request}{self.describe_failure()}"

    def _find(self, program: str) -> str:
        return _find(program, self._programs)


class _Method(Method):
    def _call(self, request: typing.Any, timeout: float | None) -> typing.Any:
        try:
            return super()._call(request, timeout)
        except perennial.Error as error:
            error.add_note(self._client.explain(self.name, request))
            raise


class _Client(perennial.Client):
    """Its errors say what the server has to say."""

    explain: typing.Callable[[str, typing.Any], str]

    def _make_method(self, descriptor: typing.Any) -> Method:
        return _Method(self, descriptor)


def _mariadb_flags() -> list[str]:
    if "PERENNIAL_TEST_MYSQL" not in os.environ:
        raise RuntimeError("PERENNIAL_TEST_MYSQL is not set: run scripts/with-mariadb with the "
                           "test as its command, or set it to mysql://user@host:port of a server "
                           "on which the user may create databases perennial_*")
    name = f"perennial_throw_away_{secrets.token_hex(8)}"
    flags = [f"--database={os.environ['PERENNIAL_TEST_MYSQL']}/{name}"]
    if "PERENNIAL_TEST_MYSQL_PASSWORD_FILE" in os.environ:
        flags.append("--database-password-file="
                     + os.environ["PERENNIAL_TEST_MYSQL_PASSWORD_FILE"])
    return flags


def _find(program: str, programs: str | os.PathLike[str] | None) -> str:
    folders = [folder / "build/bin" for folder in (pathlib.Path.cwd() / "_").parents]
    given = programs if programs is not None else os.environ.get("PERENNIAL_BIN")
    if given is not None:
        folders = [pathlib.Path(given)]
    path = shutil.which(program, path=os.pathsep.join(map(str, folders)))
    if path is None and programs is None:
        path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"there is no {program}: build it (scripts/run does) and set "
                                "PERENNIAL_BIN to the folder that it is in, such as build/bin")
    return path
