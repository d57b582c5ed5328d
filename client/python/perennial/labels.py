"""What enums are called before people."""

import re
import typing

# Words of the API that stay as they are.
_INITIALISMS = {"ARR", "ID"}


def label(enum: typing.Any, value: int | str) -> str:
    """What people call a value of an enum: "Adoption review" for label(Stage, Stage.ADOPTION_REVIEW),
    also by its name, label(Stage, "ADOPTION_REVIEW").

    A number that is not known, as from a newer server, is "Unknown (17)". ValueError for a name that
    the enum does not have.
    """
    descriptor = enum.DESCRIPTOR
    if isinstance(value, str):
        value = enum.Value(value)
    known = descriptor.values_by_number.get(value)
    if known is None:
        return f"Unknown ({value})"
    words = known.name.removeprefix(_prefix(descriptor.name)).split("_")
    first, *rest = [word if word in _INITIALISMS else word.lower() for word in words]
    return " ".join([first[:1].upper() + first[1:], *rest])


# "FORECAST_CATEGORY_" of ForecastCategory: what protos put before the value that says nothing.
def _prefix(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() + "_"
