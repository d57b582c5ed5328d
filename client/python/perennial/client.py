"""The services of a server, as objects whose methods are called like functions."""

import copy
import string
import typing
from urllib.parse import quote

import grpc

from perennial.method import Method
from perennial.replicas import Replicas
from perennial.retries import RetryPolicy
from perennial.services import Services
from perennial.watch import Watch

_DEFAULT_TIMEOUT = 10.0
_PRINTABLE = (string.punctuation + " ").replace("%", "")


def connect(*targets: str, credentials: grpc.ChannelCredentials | None = None,
            **options: typing.Any) -> "Client":
    """A Client of the server at a target such as "127.0.0.1:50051".

    The connection is made when it is first needed and again whenever it breaks. Of several
    targets, which must serve the same database, one is used until it is UNAVAILABLE or does not
    answer, then the next. Plaintext without `credentials` (perennial.ssl_channel_credentials()). Options:

    actor     who calls, as the history will show it
    role      lowers the caller's role, such as "VIEWER"; cannot raise it
    timeout   seconds for a whole call, its retries included: 10 where not given
    retry     a RetryPolicy
    metadata  a dict of further metadata, by lower-case keys
    """
    return Client(Replicas(targets, credentials), **options)


class Client(Services):
    """Every service of perennial.v1 is an attribute: client.account, client.pipeline, ... (and
    client.import_, since `import` is a word of Python's). Each method of it takes its request as a
    message or as keyword arguments, and raises perennial.Error. See perennial.method.Method.
    Thread-safe."""

    def __init__(self, replicas: Replicas, *, actor: str | None = None, role: str | None = None,
                 timeout: float = _DEFAULT_TIMEOUT, retry: RetryPolicy = RetryPolicy(),
                 metadata: typing.Mapping[str, str] | None = None) -> None:
        self.replicas = replicas
        self.timeout = timeout
        self.retry = retry
        self._metadata = dict(metadata or {})
        self._set_caller(actor, role)
        self._add_services(self._make_method)

    def _make_method(self, descriptor: typing.Any) -> Method:
        return Method(self, descriptor)

    def _set_caller(self, actor: str | None, role: str | None) -> None:
        if actor is not None:
            # Percent-encoded: metadata takes printable ASCII alone.
            self._metadata["x-perennial-actor"] = quote(actor, safe=_PRINTABLE)
        if role is not None:
            self._metadata["x-perennial-role"] = role

    def calling(self, *, actor: str | None = None, role: str | None = None,
                timeout: float | None = None, retry: RetryPolicy | None = None) -> "Client":
        """A client over the same connection that calls otherwise, where something is given."""
        other = copy.copy(self)
        other._metadata = dict(self._metadata)
        other._set_caller(actor, role)
        if timeout is not None:
            other.timeout = timeout
        if retry is not None:
            other.retry = retry
        other._add_services(other._make_method)
        return other

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._metadata.items())

    def watch(self, request: typing.Any = None, **fields: typing.Any) -> Watch:
        """Follows the history: see Watch. Takes a WatchRequest or its fields."""
        return Watch(self.history.Watch, request, **fields)

    def close(self) -> None:
        self.replicas.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
