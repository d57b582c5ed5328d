"""A list that stays as the server has it."""

import threading
import typing
import weakref

from perennial.errors import DeadlineExceeded, Error
from perennial.events import ADDED, BROKEN, SYNCED, Event, Item, Subscription, between
from perennial.listing import Listing
from perennial.retries import passes
from perennial.v1 import Change
from perennial.watch import Watch

# Where more than so many have changed at once, all are listed again.
_MOST_NAMES = 1000
_MOST_ACCOUNTS = 50


class Mirror(typing.Generic[Item]):
    """The items of a List method by their names, kept current by a thread of its own:

        with client.pipeline.ListOpportunities.mirror(
                parent="accounts/-", filter="outcome = OPEN") as renewals:
            renewals.wait_synced(timeout=30)
            print(len(renewals))
            for event in renewals.events():
                print(event.kind, event.name)

    It lists, watches, and asks the list again about whatever changes, so that the request may have
    any filter: the server alone judges it. A change of an account asks again about what is below it.
    What comes true by the passing of days alone, as in ListTasks' `due`, is not seen until something
    changes.

    It goes on by itself after breaks, for as long as they take. Where the history that it has missed
    is gone it lists anew, and tells what differs. An error that does not pass, such as a filter that is
    wrong, ends it: wait_synced and events raise it.

    on_event, if given, is called with every Event in the mirror's thread, which waits for it. What it
    raises ends the mirror.

    Thread-safe. The items are not copied: do not change them (perennial.copy makes one to edit).
    """

    def __init__(self, client: typing.Any, method: typing.Any, request: typing.Any,
                 on_event: typing.Callable[[Event[Item]], object] | None = None) -> None:
        self._client = client
        self._listing = Listing(method, request)
        self._retry = method.retry
        self._on_event = on_event
        self._items: dict[str, Item] = {}
        self._token: str | None = None
        self._changed = threading.Condition()
        self._synced = False
        self._broken = False
        self._error: BaseException | None = None
        self._ended = False
        self._closed = threading.Event()
        self._watch: Watch | None = None
        # Of those that somebody still holds.
        self._subscriptions: weakref.WeakSet[Subscription[Item]] = weakref.WeakSet()
        self._thread = threading.Thread(target=self._run, name=f"mirror of {method.name}",
                                        daemon=True)
        self._thread.start()

    @property
    def synced(self) -> bool:
        """Whether it has all that was committed up to a moment ago."""
        return self._synced

    @property
    def error(self) -> BaseException | None:
        """What keeps it from being current, or has ended it; None while it is current."""
        return self._error

    def wait_synced(self, timeout: float | None = None) -> None:
        """Returns once it is current: at once where it is. TimeoutError after `timeout` seconds, with
        the last error beneath it; what has ended the mirror; RuntimeError where it is closed."""
        with self._changed:
            done = self._changed.wait_for(lambda: self._synced or self._ended, timeout)
            if self._synced:
                return
            if not done:
                raise TimeoutError(f"the mirror is not current after {timeout:g} s: "
                                   f"{self._error or 'the list is not complete'}") from self._error
            raise self._error or RuntimeError("the mirror is closed")

    def snapshot(self) -> dict[str, Item]:
        """The items as they are now, by name, in no order."""
        with self._changed:
            return dict(self._items)

    def sorted(self, key: typing.Callable[[Item], typing.Any], reverse: bool = False) -> list[Item]:
        """The items as they are now, as Python's sorted() orders them."""
        return sorted(self.snapshot().values(), key=key, reverse=reverse)

    def get(self, name: str) -> Item | None:
        with self._changed:
            return self._items.get(name)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def events(self) -> Subscription[Item]:
        """An iterator over what happens from now on; at first everything that is there is "added".
        Waits for the next event; ends when the mirror is closed. Each call gives one of its own."""
        subscription: Subscription[Item] = Subscription()
        with self._changed:
            for name, item in self._items.items():
                subscription.put(Event(ADDED, name, None, item))
            if self._synced:
                subscription.put(Event(SYNCED))
            if self._ended:
                subscription.end(self._error)
            else:
                self._subscriptions.add(subscription)
        return subscription

    def close(self) -> None:
        """Ends it; returns when its thread has ended: a list that is under way ends first, by its
        timeout. The items stay as they were last."""
        self._closed.set()
        with self._changed:
            watch = self._watch
        if watch is not None:
            watch.close()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> "Mirror[Item]":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            failures = 0
            while not self._closed.is_set():
                try:
                    self._follow()
                    failures = 0
                except (Error, ConnectionError) as caught:
                    if isinstance(caught, Error) and not self._goes_on_after(caught):
                        raise
                    failures = 1 if self._synced else failures + 1
                    self._break(caught)
                    # What is expired is not back after a wait.
                    if self._token is not None or failures > 1 or not _is_expired(caught):
                        self._closed.wait(self._retry.backoff(failures, _asked(caught)))
        except BaseException as caught:  # of a callback, too: there is nobody above to take it
            error = caught
        self._end(error)

    def _goes_on_after(self, error: Error) -> bool:
        if _is_expired(error):
            self._token = None
            return True
        return passes(error) or isinstance(error, DeadlineExceeded)

    def _follow(self) -> None:
        if self._token is None:
            self._list()
        request = self._listing.watch()
        request.resume_token = self._token or ""
        watch = self._client.watch(request, on_break=self._break)
        with self._changed:
            self._watch = watch
        with watch:
            if self._closed.is_set():
                return
            for response in watch.responses():
                self._take(response.changes)
                self._token = response.resume_token
                self._become_synced()

    def _list(self) -> None:
        items, token = self._listing.all()
        self._replace([*self._items, *items], items)
        self._token = token

    # What changed one after the other may be asked for all at once: the list is asked afterwards.
    def _take(self, changes: typing.Iterable[Change]) -> None:
        changes = list(changes)
        # The last of each: what was deleted may have been made again.
        deleted = {change.resource_name: change.operation == Change.DELETED
                   for change in changes if self._listing.is_item(change)}
        names = [name for name in deleted if not deleted[name]]
        accounts = {change.resource_name for change in changes if self._listing.is_above(change)}
        self._replace([name for name in deleted if deleted[name]], {})
        if len(names) > _MOST_NAMES or len(accounts) > _MOST_ACCOUNTS:
            return self._relist()
        try:
            self._replace(names, self._listing.named(names))
        except Error as error:
            # The filter is right alone, and too long or too deep for more.
            if error.reason not in ("INVALID_FILTER", "INVALID_FIELD"):
                raise
            return self._relist()
        for account in sorted(accounts):
            below = {name for name in self._items if name.startswith(f"{account}/")}
            items = self._listing.below(account)
            self._replace(below | items.keys(), items)

    def _relist(self) -> None:
        items, _ = self._listing.all()
        self._replace([*self._items, *items], items)

    # Makes the named items those that are given; what is not given is gone.
    def _replace(self, names: typing.Iterable[str], items: dict[str, Item]) -> None:
        events = []
        with self._changed:
            for name in names:
                event = between(name, self._items.get(name), items.get(name))
                if event is None:
                    continue
                events.append(event)
                if event.after is None:
                    del self._items[name]
                else:
                    self._items[name] = event.after
                self._tell_subscriptions(event)
        self._call(events)

    def _become_synced(self) -> None:
        with self._changed:
            if self._synced:
                return
            self._synced, self._broken, self._error = True, False, None
            self._tell_subscriptions(Event(SYNCED))
            self._changed.notify_all()
        self._call([Event(SYNCED)])

    def _break(self, error: BaseException | None) -> None:
        event: Event[Item] = Event(BROKEN, error=error)
        with self._changed:
            was_broken, self._broken = self._broken, True
            self._synced, self._error = False, error
            if not was_broken:
                self._tell_subscriptions(event)
        if not was_broken:
            self._call([event])

    def _end(self, error: BaseException | None) -> None:
        with self._changed:
            self._ended, self._synced, self._error = True, False, error
            for subscription in self._subscriptions:
                subscription.end(error)
            self._changed.notify_all()

    def _tell_subscriptions(self, event: Event[Item]) -> None:
        for subscription in self._subscriptions:
            subscription.put(event)

    def _call(self, events: typing.Iterable[Event[Item]]) -> None:
        if self._on_event is not None:
            for event in events:
                self._on_event(event)


def _is_expired(error: BaseException) -> bool:
    return isinstance(error, Error) and error.reason == "RESUME_TOKEN_EXPIRED"


def _asked(error: BaseException) -> float | None:
    return error.retry_delay if isinstance(error, Error) else None
