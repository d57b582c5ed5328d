"""Days, as messages, as texts and as Python has them."""

import datetime
import re

from perennial.errors import ParseError
from perennial.v1.common_pb2 import Date

_FIRST_YEAR = "1900"
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def to_date(date: Date) -> datetime.date:
    """A Date message as datetime.date. ValueError where it is no day, as where it is not set: ask
    message.HasField first."""
    try:
        return datetime.date(date.year, date.month, date.day)
    except ValueError as error:
        raise ValueError(f"{date.year:04}-{date.month:02}-{date.day:02} is no day: {error}") from None


def from_date(day: datetime.date) -> Date:
    """A datetime.date as Date message. A datetime.datetime is refused: its day depends on the time
    zone, so say which by `.date()`."""
    if isinstance(day, datetime.datetime):
        raise TypeError("a datetime is no day: take its date() in the time zone that is meant")
    return Date(year=day.year, month=day.month, day=day.day)


def format_date(date: Date | None) -> str:
    """A Date message as ISO 8601, such as "2025-03-31"; "" where it is None or not set. ValueError
    where it is no day."""
    if date is None or date == Date():
        return ""
    return to_date(date).isoformat()


def parse_date(text: str) -> Date:
    """The Date message that "2025-03-31" says: a day of the years 1900 to 9999. ParseError for other
    shapes and for days that are not in the calendar."""
    parts = _ISO.fullmatch(text)
    if parts is None or parts[1] < _FIRST_YEAR:
        raise ParseError(text, f"{text!r} is no day of the years 1900 to 9999: write it as "
                         "\"2025-03-31\"")
    date = Date(year=int(parts[1]), month=int(parts[2]), day=int(parts[3]))
    try:
        to_date(date)
    except ValueError as error:
        raise ParseError(text, str(error)) from None
    return date
