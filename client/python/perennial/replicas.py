"""The servers of one database, of which one at a time is called."""

import threading
import typing

import grpc

_MAX_RECEIVE_BYTES = 64 << 20
_ARGUMENTS = [
    ("grpc.max_receive_message_length", _MAX_RECEIVE_BYTES),
    # Our own retries know which calls are safe to repeat; gRPC's do not.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 2000),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # Each connection is one: no sharing of sockets with others to the same target.
    ("grpc.use_local_subchannel_pool", 1),
]


class Replicas:
    """Thread-safe. Stays with one server until that cannot be used: what was written through it,
    it shows at once, and the others of a cluster a moment later."""

    def __init__(self, targets: typing.Sequence[str],
                 credentials: grpc.ChannelCredentials | None) -> None:
        if not targets:
            raise ValueError("connect() needs the address of a server, such as 127.0.0.1:50051")
        self._channels = [_open(target, credentials) for target in targets]
        self._current = 0
        # Of the database that the last answer was of; None before there was one.
        self.time_line: str | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._channels)

    @property
    def channel(self) -> grpc.Channel:
        return self._channels[self._current]

    def leave(self, channel: grpc.Channel) -> None:
        """Goes to the next server, unless another caller has left this one already."""
        with self._lock:
            if channel is self.channel:
                self._current = (self._current + 1) % len(self._channels)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


def _open(target: str, credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
    if credentials is None:
        return grpc.insecure_channel(target, _ARGUMENTS)
    return grpc.secure_channel(target, credentials, _ARGUMENTS)
