"""The services of perennial.v1, as their descriptors have them. services.pyi, which
generate_stubs.py writes, says the same to type checkers."""

import functools
import importlib
import keyword
import pkgutil
import re

import perennial.v1


class Services:
    """Has every service as an attribute: `account`, `pipeline`, ... and `import_`, since `import` is
    a word of Python's. Each has its methods as attributes: see Method."""

    def _add_services(self, make_method):
        for file in files():
            for descriptor in file.services_by_name.values():
                setattr(self, attribute(descriptor.name), _Service(descriptor, make_method))


class _Service:
    def __init__(self, descriptor, make_method):
        for method in descriptor.methods:
            setattr(self, method.name, make_method(method))


@functools.cache
def files():
    """The descriptor of each file of perennial.v1."""
    modules = pkgutil.iter_modules(perennial.v1.__path__, "perennial.v1.")
    return [importlib.import_module(module.name).DESCRIPTOR
            for module in modules if module.name.endswith("_pb2")]


def attribute(service):
    """What a service is called in Python: "import_" for "ImportService"."""
    words = re.findall("[A-Z][a-z0-9]*", service.removesuffix("Service"))
    name = "_".join(words).lower()
    return name + "_" if keyword.iskeyword(name) else name
