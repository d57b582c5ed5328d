"""What a mirror tells those who follow it."""

import threading
import typing

Item = typing.TypeVar("Item")

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
SYNCED, BROKEN = "synced", "broken"


class Event(typing.NamedTuple, typing.Generic[Item]):
    """One thing that happened to a mirror.

    kind    "added", "changed" or "removed", of an item; "synced" when the mirror is current, at first
            and again after breaks; "broken" when it may not be
    name    of the item; else empty
    before  the item as it was; None where it was added, and without an item
    after   the item as it is; None where it was removed, and without an item
    error   with "broken" what was wrong, where that is known; else None
    """

    kind: str
    name: str = ""
    before: Item | None = None
    after: Item | None = None
    error: BaseException | None = None


def between(name: str, before: Item | None, after: Item | None) -> Event[Item] | None:
    """The event that leads from one state of an item to another, None being absence; None where
    nothing differs."""
    if before == after:
        return None
    kind = ADDED if before is None else REMOVED if after is None else CHANGED
    return Event(kind, name, before, after)


class Subscription(typing.Generic[Item]):
    """Iterates over the events of a mirror; thread-safe. Whoever takes them slower than they come
    gets one event of each item that joins what was missed, so that no more are kept than there are
    items."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: dict[str, Event[Item]] = {}
        self._states: dict[str, Event[Item]] = {}  # the last of "synced" and "broken", under a key of its own
        self._ended = False
        self._error: BaseException | None = None

    def put(self, event: Event[Item]) -> None:
        with self._changed:
            if event.name:
                self._put_item(event)
            else:
                self._states = {event.kind: event}
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """What was put before is still given; then the iteration ends, with the error if one is
        given."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def __iter__(self) -> typing.Iterator[Event[Item]]:
        return self

    def __next__(self) -> Event[Item]:
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._states or self._ended)
            # What a mirror says of itself is about the items before it.
            for waiting in (self._items, self._states):
                if waiting:
                    return waiting.pop(next(iter(waiting)))
            if self._error is not None:
                raise self._error
            raise StopIteration

    def _put_item(self, event: Event[Item]) -> None:
        missed = self._items.pop(event.name, None)
        joined = event if missed is None else between(event.name, missed.before, event.after)
        if joined is not None:
            self._items[event.name] = joined
