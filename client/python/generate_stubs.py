"""Compiles the protos into a package: generate_stubs.py FOLDER puts perennial/v1/*_pb2.py into it.

Needs protoc and grpc_python_plugin (Debian: protobuf-compiler, protobuf-compiler-grpc) and the
protos of google.rpc's error details (golang-github-gogo-googleapis-dev, or the folder that
GOOGLE_RPC_PROTOS names).
"""

import os
import pathlib
import shutil
import subprocess
import sys

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "protos"
GOOGLE_RPC_PROTOS = pathlib.Path(
    os.environ.get("GOOGLE_RPC_PROTOS", "/usr/share/gocode/src/github.com/gogo/googleapis"))


def generate(folder):
    folder = pathlib.Path(folder)
    (folder / "perennial/v1").mkdir(parents=True, exist_ok=True)
    protos = sorted(path.relative_to(PROTOS) for path in PROTOS.glob("perennial/v1/*.proto"))
    _protoc(PROTOS, folder, protos, grpc=True)
    (folder / "perennial/v1/__init__.py").touch()
    # Below our package: Debian's has no google.rpc, and other packages bring one of their own.
    _protoc(GOOGLE_RPC_PROTOS, folder / "perennial",
            ["google/rpc/status.proto", "google/rpc/error_details.proto"])


def _protoc(root, folder, protos, grpc=False):
    command = [_find("protoc", "protobuf-compiler"), f"-I{root}", f"--python_out={folder}",
               f"--pyi_out={folder}"]
    if grpc:
        plugin = _find("grpc_python_plugin", "protobuf-compiler-grpc")
        command += [f"--plugin=protoc-gen-grpc={plugin}", f"--grpc_out={folder}"]
    subprocess.run([*command, *map(str, protos)], check=True)


def _find(program, package):
    path = shutil.which(program)
    if path is None:
        sys.exit(f"generate_stubs.py needs {program}: apt-get install {package}")
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: generate_stubs.py FOLDER")
    generate(sys.argv[1])
