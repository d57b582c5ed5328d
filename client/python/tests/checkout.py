"""A copy of what the package is built from, for tests that build it: building leaves files behind."""

import importlib.util
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]


def copy_into(folder):
    for part in ("client/python", "protos"):
        shutil.copytree(ROOT / part, folder / part,
                        ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))


def make_venv(folder):
    """A venv with Debian's grpc beside its own packages; answers the folder of its programs."""
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", folder], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / "bin"


def missing_modules(*modules):
    """Those that this Python lacks."""
    return [module for module in modules if importlib.util.find_spec(module) is None]
