"""Compiles the protos into a package: generate_stubs.py FOLDER puts perennial/v1/*_pb2.py into it,
and what type checkers need to know of the services.

Needs protoc and grpc_python_plugin (Debian: protobuf-compiler, protobuf-compiler-grpc), protobuf for
this Python (python3-protobuf), and the protos of google.rpc's error details
(golang-github-gogo-googleapis-dev, or the folder that GOOGLE_RPC_PROTOS names).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parents[1] / "protos"
GOOGLE_RPC_PROTOS = pathlib.Path(
    os.environ.get("GOOGLE_RPC_PROTOS", "/usr/share/gocode/src/github.com/gogo/googleapis"))


def generate(folder):
    folder = pathlib.Path(folder)
    (folder / "perennial/v1").mkdir(parents=True, exist_ok=True)
    protos = sorted(path.relative_to(PROTOS) for path in PROTOS.glob("perennial/v1/*.proto"))
    _protoc(PROTOS, folder, protos, grpc=True)
    # Below our package: Debian's has no google.rpc, and other packages bring one of their own.
    _protoc(GOOGLE_RPC_PROTOS, folder / "perennial",
            ["google/rpc/status.proto", "google/rpc/error_details.proto"])
    _write_typed(folder / "perennial", protos)


def runtimes():
    """The versions of protobuf for Python that run what this protoc writes, as a requirement: its own
    and the next major one, which is how far protobuf's guarantee reaches."""
    said = subprocess.run([_find("protoc", "protobuf-compiler"), "--version"], check=True,
                          capture_output=True, text=True).stdout
    return runtimes_of(said)


def runtimes_of(protoc_version):
    numbers = [int(number) for number in re.findall(r"\d+", protoc_version)]
    # "libprotoc 3.21.12" was the last with the old numbers.
    minor = numbers[1] if numbers[0] == 3 else numbers[0]
    # As https://protobuf.dev/support/version-support has them.
    major = 4 if minor < 26 else 5 if minor < 30 else 6 if minor < 34 else 7
    return f"protobuf>={major}.{minor},<{major + 2}"


def _protoc(root, folder, protos, grpc=False):
    command = [_find("protoc", "protobuf-compiler"), f"-I{root}", f"--python_out={folder}",
               f"--pyi_out={folder}"]
    if grpc:
        plugin = _find("grpc_python_plugin", "protobuf-compiler-grpc")
        command += [f"--plugin=protoc-gen-grpc={plugin}", f"--grpc_out={folder}"]
    subprocess.run([*command, *map(str, protos)], check=True)


def _write_typed(package, protos):
    # Not before it is needed: setup.py asks for runtimes() alone.
    sys.path.insert(0, str(HERE))
    import typed_stubs
    with tempfile.NamedTemporaryFile(suffix=".binpb") as descriptors:
        subprocess.run([_find("protoc", "protobuf-compiler"), f"-I{PROTOS}", "--include_imports",
                        f"--descriptor_set_out={descriptors.name}", *map(str, protos)], check=True)
        files = typed_stubs.read(descriptors.read())
    (package / "v1/__init__.py").write_text(typed_stubs.exports(files))
    (package / "services.pyi").write_text(typed_stubs.services(files))


def _find(program, package):
    path = shutil.which(program)
    if path is None:
        sys.exit(f"generate_stubs.py needs {program}: apt-get install {package}")
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: generate_stubs.py FOLDER")
    generate(sys.argv[1])
