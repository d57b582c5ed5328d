"""mypy knows the services, methods and messages, and agrees with the package itself."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import checkout
import perennial

HERE = pathlib.Path(__file__).parent
PACKAGE = pathlib.Path(perennial.__file__).parent
LACKING = checkout.missing_modules("mypy")


@unittest.skipIf(LACKING, "scripts/test installs mypy")
class TypesTest(unittest.TestCase):
    def check(self, *paths):
        with tempfile.TemporaryDirectory() as cache:
            checked = subprocess.run(
                [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports",
                 # Debian has no types of protobuf and gRPC themselves.
                 "--allow-subclassing-any", "--no-warn-return-any", "--disable-error-code=import",
                 "--follow-imports=silent",
                 f"--cache-dir={cache}", *map(str, paths)],
                env={**os.environ, "MYPYPATH": str(PACKAGE.parent)}, cwd=cache, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return checked.stdout

    def test_usage(self):
        usage = HERE / "typed_usage.py"
        refused = set(re.findall(r"^\S+?:(\d+): error: .*?\[([a-z-]+)\]$", self.check(usage),
                                 re.MULTILINE))
        expected = {(str(number), line.rpartition("# refused: ")[2])
                    for number, line in enumerate(usage.read_text().splitlines(), 1)
                    if "# refused: " in line}
        self.assertGreater(len(expected), 5)
        self.assertEqual(refused, expected)

    def test_the_examples(self):
        for example in ("board.py", "renewals.py"):
            said = self.check(checkout.ROOT / "client/python/examples" / example)
            self.assertIn("Success", said)

    def test_the_package(self):
        self.assertTrue((PACKAGE / "py.typed").exists())
        # services.pyi stands for services.py.
        said = self.check(*(path for path in sorted(PACKAGE.glob("*.py")) if path.stem != "services"))
        self.assertIn("Success", said)


if __name__ == "__main__":
    unittest.main()
