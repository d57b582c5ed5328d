"""The services of a server, as objects whose methods are called like functions."""

import copy
import importlib
import keyword
import pkgutil
import re
import string
from urllib.parse import quote

import perennial.v1
from perennial.method import Method
from perennial.replicas import Replicas
from perennial.retries import RetryPolicy
from perennial.watch import Watch

_DEFAULT_TIMEOUT = 10.0
_PRINTABLE = (string.punctuation + " ").replace("%", "")


def connect(*targets, credentials=None, **options):
    """A Client of the server at a target such as "127.0.0.1:50051".

    The connection is made when it is first needed and again whenever it breaks. Of several
    targets, which must serve the same database, one is used until it is UNAVAILABLE or does not
    answer, then the next. Plaintext without `credentials` (grpc.ssl_channel_credentials()). Options:

    actor     who calls, as the history will show it
    role      lowers the caller's role, such as "VIEWER"; cannot raise it
    timeout   seconds for a whole call, its retries included: 10 where not given
    retry     a RetryPolicy
    metadata  a dict of further metadata, by lower-case keys
    """
    return Client(Replicas(targets, credentials), **options)


class Client:
    """Every service of perennial.v1 is an attribute: client.account, client.pipeline, ... (and
    client.import_, since `import` is a word of Python's). Each method of it takes its request as a
    message or as keyword arguments, and raises perennial.Error. See Method. Thread-safe."""

    def __init__(self, replicas, *, actor=None, role=None, timeout=_DEFAULT_TIMEOUT,
                 retry=RetryPolicy(), metadata=None):
        self.replicas = replicas
        self.timeout = timeout
        self.retry = retry
        self._metadata = dict(metadata or {})
        self._set_caller(actor, role)
        self._add_services()

    def _set_caller(self, actor, role):
        if actor is not None:
            # Percent-encoded: metadata takes printable ASCII alone.
            self._metadata["x-perennial-actor"] = quote(actor, safe=_PRINTABLE)
        if role is not None:
            self._metadata["x-perennial-role"] = role

    def _add_services(self):
        for descriptor in _service_descriptors():
            setattr(self, _attribute(descriptor), _Service(self, descriptor))

    def calling(self, *, actor=None, role=None, timeout=None, retry=None):
        """A client over the same connection that calls otherwise, where something is given."""
        other = copy.copy(self)
        other._metadata = dict(self._metadata)
        other._set_caller(actor, role)
        if timeout is not None:
            other.timeout = timeout
        if retry is not None:
            other.retry = retry
        other._add_services()
        return other

    @property
    def metadata(self):
        return tuple(self._metadata.items())

    def watch(self, request=None, **fields):
        """Follows the history: see Watch. Takes a WatchRequest or its fields."""
        return Watch(self.history.Watch, request, **fields)

    def close(self):
        self.replicas.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Service:
    def __init__(self, client, descriptor):
        for method in descriptor.methods:
            setattr(self, method.name, Method(client, method))


def _service_descriptors():
    for module in pkgutil.iter_modules(perennial.v1.__path__, "perennial.v1."):
        if module.name.endswith("_pb2"):
            file = importlib.import_module(module.name).DESCRIPTOR
            yield from file.services_by_name.values()


def _attribute(service):
    words = re.findall("[A-Z][a-z0-9]*", service.name.removesuffix("Service"))
    name = "_".join(words).lower()
    return name + "_" if keyword.iskeyword(name) else name
