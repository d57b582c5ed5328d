"""What differs between the versions of protobuf that the client runs with: 4.21 to 6."""

from google.protobuf import message_factory


def message_class(descriptor):
    """The class of a message. `GetMessageClass` came with 4.22, and what it replaces went with 5."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory().GetPrototype(descriptor)


def is_repeated(field):
    """Whether a field is a list or a map. `label` is deprecated since 6.31, which has this instead."""
    if hasattr(field, "is_repeated"):
        return field.is_repeated
    return field.label == field.LABEL_REPEATED


def is_map(field):
    return field.message_type is not None and field.message_type.GetOptions().map_entry
