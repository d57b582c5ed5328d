"""Servers for integration tests: started in a moment, gone afterwards.

    with ThrowawayServer(clock="2025-01-01", seed="seed.textproto") as server:
        client = server.connect(actor="ada@example.com")
        client.clock.MoveTime(days=40)
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import typing

import perennial

_START_SECONDS = 120  # migrations on a busy machine take their time
_STOP_SECONDS = 60
_LOG_TAIL = 4000


class ThrowawayServer:
    """A `perenniald` of its own, with an SQLite database in a temporary folder, on a free port of
    loopback.

    clock     the day its clock stands at until client.clock.MoveTime moves it; None for a clock
              that runs
    seed      a file of resources that it holds from the start: what `perennial import --mapping`
              takes
    database  another one, such as mysql://user@host:3306/name; it is not thrown away
    flags     further ones of perenniald

    The programs are looked for in the folder that PERENNIAL_BIN names, in build/bin of this
    folder and those above it, and in PATH.

    The server is killed with the thread that started it: start it from a test's main thread.
    """

    def __init__(self, *, clock: str | None = "2025-01-01",
                 seed: str | os.PathLike[str] | None = None, database: str | None = None,
                 flags: typing.Iterable[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="perennial-")
        self._clock = clock
        self._seed = seed
        self._database = database or f"sqlite:{self._path('test.db')}"
        self._flags = list(flags)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._clients: list[perennial.Client] = []

    @property
    def target(self) -> str:
        """Where it listens, such as "127.0.0.1:41234": the same when it is started again."""
        return f"127.0.0.1:{self._port}"

    def connect(self, **options: typing.Any) -> perennial.Client:
        """A client, which is closed with the server. See perennial.connect."""
        self._clients.append(perennial.connect(self.target, **options))
        return self._clients[-1]

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
        seed, self._seed = self._seed, None
        if seed is not None:
            self._import(pathlib.Path(seed))

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
        self._folder.cleanup()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server does not run: start it before it is stopped")
        return self._process

    def _path(self, name: str) -> pathlib.Path:
        return pathlib.Path(self._folder.name, name)

    def _command_line(self) -> list[str]:
        command = [_find("perenniald"), f"--listen={self.target}",
                   f"--port-file={self._path('port')}", f"--database={self._database}"]
        if self._clock is not None:
            command.append(f"--clock=manual:{self._clock}")
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

    def _import(self, seed: pathlib.Path) -> None:
        result = subprocess.run(
            [_find("perennial"), f"--server={self.target}", "import", seed.parent,
             f"--mapping={seed}"], capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"{seed} cannot be imported:\n{result.stdout}{result.stderr}")


def _find(program: str) -> str:
    folders = [folder / "build/bin" for folder in (pathlib.Path.cwd() / "_").parents]
    if "PERENNIAL_BIN" in os.environ:
        folders = [pathlib.Path(os.environ["PERENNIAL_BIN"])]
    path = shutil.which(program, path=os.pathsep.join(map(str, folders))) or shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"there is no {program}: build it (scripts/run does) and set "
                                "PERENNIAL_BIN to the folder that it is in, such as build/bin")
    return path
