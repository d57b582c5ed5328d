"""What differs between two versions of a resource, and updates of just that."""

import typing

from google.protobuf.message import Message

from perennial.compat import is_map, is_repeated
from perennial.v1 import options_pb2

_Resource = typing.TypeVar("_Resource", bound=Message)
_SAYS_WHICH = {"name", "etag"}
_VALUES = {"perennial.v1.Money", "perennial.v1.Date"}


def changed_paths(old: _Resource, new: _Resource) -> list[str]:
    """The paths of the fields in which two messages of one type differ, in the order of the fields'
    numbers, such as an update's mask takes them.

    Of nested messages that both have, the paths below; but Money, Date and those of google.protobuf are
    values, named whole: "forecast_arr". Of maps the entries: "labels.tier". Lists as a whole. Not
    named: what an update cannot change, which are `name`, `etag`, and fields that are output-only
    (methods of their own change them) or immutable.
    """
    if old.DESCRIPTOR.full_name != new.DESCRIPTOR.full_name:
        raise TypeError(f"{old.DESCRIPTOR.name} and {new.DESCRIPTOR.name} are of different types")
    return [path for field in _fields(old.DESCRIPTOR) if field.name not in _SAYS_WHICH
            for path in _changed_below(field, old, new)]


def update(method: typing.Callable[..., _Resource], old: _Resource, new: _Resource,
           **fields: typing.Any) -> _Resource:
    """Has an Update method change what differs between `old`, as it was read, and `new`, a copy that
    was edited, and answers the resource as it is then:

        edited = perennial.copy(opportunity)
        edited.next_step = "Call Vera"
        opportunity = perennial.update(client.pipeline.UpdateOpportunity, opportunity, edited)

    Sends the changed fields alone, with the etag of `old`: Error with the reason ETAG_MISMATCH where
    somebody else has changed the resource since. Where nothing differs nothing is called, and `old`
    is answered. `fields` are further ones of the request, or `timeout`.
    """
    paths = changed_paths(old, new)
    if old.name != new.name:
        raise ValueError(f"{old.name} and {new.name} are two resources: update changes one")
    if not paths:
        return old
    patch = type(old)(name=old.name, etag=old.etag)
    for path in paths:
        _copy_path(new, path.split("."), patch)
    return method(**{_resource_field(method, old): patch, "update_mask": {"paths": paths}, **fields})


def copy(message: _Resource) -> _Resource:
    """A message of its own with the same content, to be edited."""
    result = type(message)()
    result.CopyFrom(message)
    return result


def _fields(descriptor: typing.Any) -> list[typing.Any]:
    return [field for field in sorted(descriptor.fields, key=lambda field: field.number)
            if not _is_protected(field)]


def _is_protected(field: typing.Any) -> bool:
    rules = field.GetOptions().Extensions[options_pb2.rules]
    return bool(rules.output_only or rules.immutable)


def _is_value(message: typing.Any) -> bool:
    return message.full_name in _VALUES or message.file.package == "google.protobuf"


def _changed_below(field: typing.Any, old: Message, new: Message) -> list[str]:
    if is_map(field):
        return _changed_entries(field.name, getattr(old, field.name), getattr(new, field.name))
    if is_repeated(field):
        return [] if getattr(old, field.name) == getattr(new, field.name) else [field.name]
    if field.has_presence and old.HasField(field.name) != new.HasField(field.name):
        return [field.name]
    before, after = getattr(old, field.name), getattr(new, field.name)
    if before == after:
        return []
    if field.message_type is None or _is_value(field.message_type):
        return [field.name]
    return [f"{field.name}.{path}" for below in _fields(field.message_type)
            for path in _changed_below(below, before, after)]


def _changed_entries(name: str, before: typing.Any, after: typing.Any) -> list[str]:
    keys = sorted(key for key in {*before, *after}
                  if (key in before) != (key in after) or before[key] != after[key])
    # What a path cannot say is said of the map as a whole.
    if any(not isinstance(key, str) or not key or "." in key for key in keys):
        return [name]
    return [f"{name}.{key}" for key in keys]


# The whole field that a path begins with: the server looks at what it is sent as it would at all of
# it, and changes what the mask names. Of a map the entry alone.
def _copy_path(source: Message, path: list[str], target: Message) -> None:
    first, *rest = path
    field = source.DESCRIPTOR.fields_by_name[first]
    if is_map(field):
        entries = getattr(source, first)
        for key in rest or entries:
            if key in entries:
                getattr(target, first)[key] = entries[key]
    elif is_repeated(field):
        target.ClearField(first)
        getattr(target, first).extend(getattr(source, first))
    elif field.has_presence and not source.HasField(first):
        return
    elif field.message_type is not None:
        getattr(target, first).CopyFrom(getattr(source, first))
    else:
        setattr(target, first, getattr(source, first))


def _resource_field(method: typing.Any, resource: Message) -> str:
    for field in method.request().DESCRIPTOR.fields:
        of = field.message_type
        if of is not None and not is_repeated(field) and of.full_name == resource.DESCRIPTOR.full_name:
            return str(field.name)
    raise TypeError(f"{method.name} does not update a resource of the type "
                    f"{resource.DESCRIPTOR.name}")
