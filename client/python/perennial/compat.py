"""What differs between the versions of protobuf that the client runs with: 4.21 to 6."""

import typing

from google.protobuf import message_factory, symbol_database


def message_class(descriptor: typing.Any) -> typing.Any:
    """The class of a message: that of the module which protoc has written. `GetMessageClass` came
    with 4.22, and what it replaces went with 5."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return symbol_database.Default().GetPrototype(descriptor)


def is_repeated(field: typing.Any) -> bool:
    """Whether a field is a list or a map. `label` is deprecated since 6.31, which has this instead."""
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)


def is_map(field: typing.Any) -> bool:
    of = field.message_type
    return of is not None and bool(of.GetOptions().map_entry)
