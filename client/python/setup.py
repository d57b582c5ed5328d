"""What pyproject.toml cannot say: the stubs are generated while the package is built, and run with
the versions of protobuf that the protoc at hand writes for."""

import pathlib
import sys

import setuptools
import setuptools.command.build_py

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import generate_stubs


class BuildWithStubs(setuptools.command.build_py.build_py):
    def run(self):
        super().run()
        generate_stubs.generate(self.build_lib)


setuptools.setup(cmdclass={"build_py": BuildWithStubs},
                 install_requires=["grpcio>=1.51", generate_stubs.runtimes()])
