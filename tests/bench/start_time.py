"""How long a throw-away server takes to serve: `start_time.py FOLDER_OF_PERENNIALD`.

Beside it stands what bounds it from below, the start and end of the same program without work
(`perenniald --version`), measured in turn with it, and what a start without --throw-away takes.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 15
program = pathlib.Path(sys.argv[1], "perenniald")


def of_version():
    start = time.monotonic()
    subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


def of_start(*flags):
    with tempfile.TemporaryDirectory() as folder:
        port = pathlib.Path(folder, "port")
        start = time.monotonic()
        server = subprocess.Popen(
            [program, "--listen=127.0.0.1:0", f"--port-file={port}", "--clock=manual:2025-01-01",
             f"--database=sqlite:{folder}/test.db", *flags], stderr=subprocess.DEVNULL)
        while not port.exists():
            if server.poll() is not None:
                sys.exit("perenniald has ended")
            time.sleep(0.001)
        took = time.monotonic() - start
        server.kill()
        server.wait()
        return took


of_start("--throw-away")  # makes the template
times = [(of_version(), of_start("--throw-away"), of_start()) for _ in range(RUNS)]
version, throw_away, durable = (statistics.median(column) * 1000 for column in zip(*times))
print(f"perenniald --version       {version:6.0f} ms")
print(f"throw-away server serves   {throw_away:6.0f} ms  {throw_away / version:4.1f} times that; "
      "target 150 ms" + ("" if throw_away < 150 else f": missed by {throw_away - 150:.0f} ms"))
print(f"without --throw-away       {durable:6.0f} ms  {durable / version:4.1f} times that")
