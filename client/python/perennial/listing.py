"""What a List method is asked, as a whole and again for some of its items."""

import typing

from perennial import v1
from perennial.v1 import options_pb2

_LARGEST_PAGE = 1000
# The server takes 4000 bytes of filter and 100 comparisons.
_LONGEST_FILTER = 4000
_NAMES_AT_ONCE = 50
_ANY = "-"


class Listing:
    """The question of a List method, whose items are resources. TypeError where they are not."""

    def __init__(self, method: typing.Any, request: typing.Any) -> None:
        self._method = method
        self._items = method.items_field.name
        resource = method.items_field.message_type.GetOptions().Extensions[options_pb2.resource]
        if not resource.type:
            raise TypeError(f"{method.name} does not list resources: they cannot be mirrored")
        self._type: str = resource.type
        self._pattern: list[str] = resource.pattern.split("/")
        self._request = method.request(request)
        self._request.page_size = request.page_size or _LARGEST_PAGE
        self._request.page_token = ""

    def all(self) -> tuple[dict[str, typing.Any], str]:
        """The items by name, and the token from which a watch goes on."""
        token: str | None = None
        items: dict[str, typing.Any] = {}
        for page in self._pages(self._request):
            token = page.resume_token if token is None else token
            items.update((item.name, item) for item in getattr(page, self._items))
        return items, token or ""

    def named(self, names: typing.Iterable[str]) -> dict[str, typing.Any]:
        """Those of the named resources that the list has, by name."""
        items: dict[str, typing.Any] = {}
        for narrowed in self._narrowed(sorted(names)):
            items.update(self._ask(filter=narrowed))
        return items

    def below(self, account: str) -> dict[str, typing.Any]:
        """The list's items of an account, by name."""
        return self._ask(parent="/".join(["accounts", account.split("/")[1], *self._parent[2:]]))

    def watch(self) -> v1.WatchRequest:
        """The WatchRequest of all that may change what the list answers."""
        request = v1.WatchRequest(resource_types=[self._type])
        if self._pattern[0] == "accounts" and self._type != "Account":
            request.resource_types.append("Account")
            if self._account != _ANY:
                request.accounts.append(f"accounts/{self._account}")
        return request

    def is_item(self, change: v1.Change) -> bool:
        """Whether a change is of a resource that the list may have."""
        parts = change.resource_name.split("/")
        return change.resource_type == self._type and all(
            part in (_ANY, found) for part, found in zip(self._parent, parts))

    def is_above(self, change: v1.Change) -> bool:
        """Whether a change is of an account whose items the list may have: filters look at it."""
        return (change.resource_type == "Account" != self._type
                and self._account in (_ANY, change.resource_name.split("/")[1]))

    @property
    def _account(self) -> str:
        return self._parent[1] if self._parent else _ANY

    # Of what has no parent, none.
    @property
    def _parent(self) -> list[str]:
        parent = getattr(self._request, "parent", "")
        return parent.split("/") if parent else []

    def _narrowed(self, names: list[str]) -> typing.Iterator[str]:
        if not names:
            return
        given = f"({self._request.filter}) AND " if self._request.filter.strip() else ""
        batch: list[str] = []
        for name in names:
            longer = [*batch, f'name = "{name}"']
            if batch and (len(longer) > _NAMES_AT_ONCE or len(_either(given, longer)) > _LONGEST_FILTER):
                yield _either(given, batch).decode()
                longer = longer[-1:]
            batch = longer
        yield _either(given, batch).decode()

    def _ask(self, **fields: str) -> dict[str, typing.Any]:
        request = self._method.request(self._request)
        for field, value in fields.items():
            setattr(request, field, value)
        return {item.name: item for page in self._pages(request)
                for item in getattr(page, self._items)}

    def _pages(self, request: typing.Any) -> typing.Iterator[typing.Any]:
        request = self._method.request(request)
        while True:
            page = self._method(request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


def _either(given: str, comparisons: list[str]) -> bytes:
    return f"{given}({' OR '.join(comparisons)})".encode()
