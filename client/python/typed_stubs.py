"""Python that follows from the protos beyond what protoc writes: what perennial.v1 exports, and the
types of the services' methods."""

import collections
import keyword
import re

from google.protobuf import descriptor_pb2

_PACKAGE = "perennial.v1"
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {_Field.TYPE_DOUBLE: "float", _Field.TYPE_FLOAT: "float", _Field.TYPE_BOOL: "bool",
            _Field.TYPE_STRING: "str", _Field.TYPE_BYTES: "bytes"}  # all others are int


def read(descriptor_set):
    """The files of a serialized FileDescriptorSet."""
    return list(descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file)


def exports(files):
    """The source of perennial/v1/__init__.py: every message and enum, and those enums right below a
    message whose name no other has."""
    lines = ['"""The messages and enums of the API."""', ""]
    names, nested = set(), collections.defaultdict(list)
    for file in _ours(files):
        found = sorted(each.name for each in [*file.message_type, *file.enum_type])
        module = f"{_PACKAGE}.{_module(file.name)}"
        lines.append(f"from {module} import (\n    {_wrapped(found)})")
        names.update(found)
        for message in file.message_type:
            for enum in message.enum_type:
                nested[enum.name].append(f"{message.name}.{enum.name}")
    lines.append("")
    for enum, paths in sorted(nested.items()):
        if len(paths) == 1 and enum not in names:
            lines.append(f"{enum} = {paths[0]}")
            names.add(enum)
    quoted = [f'"{name}"' for name in sorted(names)]
    lines += ["", f"__all__ = [\n    {_wrapped(quoted)}]", ""]
    return "\n".join(lines)


def services(files):
    """The source of perennial/services.pyi."""
    types = {f".{file.package}.{path}": message
             for file in files for path, message in _messages(file)}
    lines = ["# Written by generate_stubs.py.", "import typing", ""]
    lines += [f"from google.protobuf import {module}" for module in _WELL_KNOWN]
    lines += ["", "from perennial import v1", "from perennial.events import Event",
              "from perennial.mirror import Mirror", "",
              "def files() -> list[typing.Any]: ...", "def attribute(service: str) -> str: ...", ""]
    found = [service for file in _ours(files) for service in file.service]
    for service in found:
        for method in service.method:
            lines += _method(service, method, types)
        lines.append(f"class {service.name}:")
        lines += [f"    {method.name}: _{service.name}_{method.name}" for method in service.method]
        lines.append("")
    lines.append("class Services:")
    lines += [f"    {_attribute(service.name)}: {service.name}" for service in found]
    lines += ["    def _add_services(self, make_method: typing.Callable[[typing.Any], typing.Any])"
              " -> None: ...", ""]
    return "\n".join(lines)


_WELL_KNOWN = ["duration_pb2", "empty_pb2", "field_mask_pb2", "timestamp_pb2"]


def _method(service, method, types):
    request, response = _type(method.input_type), _type(method.output_type)
    fields = [f"{field.name}: {_argument(field, types)} = ..."
              for field in types[method.input_type].field]
    answer = f"typing.Iterator[{response}]" if method.server_streaming else response
    taken = (f"request: typing.Iterable[{request}]" if method.client_streaming
             else f"request: {request} | None = ...")
    timeout = "timeout: float | None = ..."
    given = [] if method.client_streaming else fields
    lines = [f"class _{service.name}_{method.name}:",
             _def("__call__", [taken, "*", timeout, *given], answer),
             _def("request", [f"request: {request} | None = ...", *_by_name(fields)], request)]
    item = _item(types[method.output_type])
    if item is not None:
        lines += [_def("items", [taken, "*", timeout, *fields], f"typing.Iterator[{item}]"),
                  _def("mirror", [taken, "*", "on_event: typing.Callable[[Event[" + item +
                                  "]], object] | None = ...", *fields], f"Mirror[{item}]")]
    lines += ["    @property", "    def name(self) -> str: ...", ""]
    return lines


def _by_name(fields):
    return ["*", *fields] if fields else []


def _def(name, arguments, answer):
    return f"    def {name}(self, {', '.join(arguments)}) -> {answer}: ..."


# Of a response page by page; None of others.
def _item(response):
    repeated = [field for field in response.field if field.label == _Field.LABEL_REPEATED]
    paged = any(field.name == "next_page_token" for field in response.field)
    return _type(repeated[0].type_name) if paged and len(repeated) == 1 else None


def _argument(field, types):
    if field.label != _Field.LABEL_REPEATED:
        return f"{_value(field)} | None"
    entry = types.get(field.type_name)
    if entry is not None and entry.options.map_entry:
        key, value = entry.field
        return f"typing.Mapping[{_value(key)}, {_value(value)}] | None"
    return f"typing.Iterable[{_value(field)}] | None"


def _value(field):
    if field.type == _Field.TYPE_MESSAGE:
        return f"{_type(field.type_name)} | typing.Mapping[str, typing.Any]"
    if field.type == _Field.TYPE_ENUM:
        return f"{_type(field.type_name)} | str"
    return _SCALARS.get(field.type, "int")


# ".perennial.v1.Opportunity.Stage" as services.pyi finds it.
def _type(full_name):
    ours = full_name.removeprefix(f".{_PACKAGE}.")
    if ours != full_name:
        return f"v1.{ours}"
    name = full_name.rpartition(".")[2]
    return f"{re.sub('(?<!^)(?=[A-Z])', '_', name).lower()}_pb2.{name}"


def _ours(files):
    return [file for file in files if file.package == _PACKAGE]


def _module(proto):
    return proto.rpartition("/")[2].removesuffix(".proto") + "_pb2"


def _messages(file):
    left = [(message.name, message) for message in file.message_type]
    while left:
        path, message = left.pop()
        yield path, message
        left += [(f"{path}.{below.name}", below) for below in message.nested_type]


# As perennial.services.attribute, which cannot be imported before there are stubs.
def _attribute(service):
    words = re.findall("[A-Z][a-z0-9]*", service.removesuffix("Service"))
    name = "_".join(words).lower()
    return name + "_" if keyword.iskeyword(name) else name


def _wrapped(words):
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 90:
            lines.append("")
        lines[-1] += f"{word}, "
    return "\n    ".join(line.rstrip() for line in lines).rstrip(",")
