"""Names of resources, such as accounts/acme/contacts/jane."""

import functools
import re

from perennial.errors import ParseError
from perennial.services import files
from perennial.v1 import options_pb2

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Named by the API and no resource of its own.
_PARTS = ["products/{product}/capabilities/{capability}"]


def parse_name(name: str, type: str | None = None) -> dict[str, str]:
    """The ids in a name, by the collections that they are of, from the outermost to the innermost:
    {"accounts": "a", "opportunities": "o"} of "accounts/a/opportunities/o".

    ParseError, which says what would be right, for what is no name of the API, and for a name of
    another type of resource than `type`, such as "Opportunity", where that is given.
    """
    parts = name.split("/")
    ids = dict(zip(parts[::2], parts[1::2]))
    if len(parts) % 2 or len(ids) * 2 != len(parts):
        raise ParseError(name, f"{name!r} is no name: it needs the form {_forms(parts[::2], type)}")
    _check(name, ids, type)
    return ids


def format_name(**ids: str) -> str:
    """A name of the ids by the collections that they are of, from the outermost to the innermost:
    format_name(accounts="a", opportunities="o"). The inverse of parse_name. ParseError as there."""
    name = "/".join(f"{collection}/{id}" for collection, id in ids.items())
    _check(name, ids, None)
    return name


def collections_of(pattern: str) -> tuple[str, ...]:
    """The collections in the pattern of a resource: ("accounts", "contacts") of
    "accounts/{account}/contacts/{contact}"."""
    return tuple(pattern.split("/")[::2])


def _check(name: str, ids: dict[str, str], type: str | None) -> None:
    if tuple(ids) not in _patterns(type):
        raise ParseError(name, f"{name!r} is no name{f' of the type {type}' if type else ''}: it needs "
                         f"the form {_forms(list(ids), type)}")
    for id in ids.values():
        if id == "-":
            raise ParseError(name, f"{name!r} is no name: - stands for every id in the parent of a "
                             "list")
        if not _ID.fullmatch(id):
            raise ParseError(name, f"{name!r} is no name: {id!r} is no id, which has 1 to 63 of a-z, "
                             "0-9 and -, and no - at its ends")


# What would be right for a name with such collections: those in another order, or that end alike.
def _forms(collections: list[str], type: str | None) -> str:
    patterns = _patterns(type)
    rights = ([pattern for known, pattern in patterns.items() if set(known) == set(collections)] or
              [pattern for known, pattern in patterns.items() if known[-1:] == (*collections[-1:],)])
    return " or ".join(rights or sorted(patterns.values()))


# By their collections; of one type of resource where that is given.
@functools.cache
def _patterns(type: str | None) -> dict[tuple[str, ...], str]:
    resources = [message.GetOptions().Extensions[options_pb2.resource]
                 for file in files() for message in file.message_types_by_name.values()]
    patterns = [each.pattern for each in resources if each.type and type in (None, each.type)]
    if type is None:
        patterns += _PARTS
    elif not patterns:
        raise ValueError(f"there is no type of resource {type!r}")
    return {collections_of(pattern): pattern for pattern in patterns}
