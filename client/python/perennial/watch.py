"""Following the history across breaks."""

import threading
import typing

import grpc

from perennial import v1
from perennial.errors import Error
from perennial.retries import RetryPolicy, passes

_DEFAULT_HEARTBEAT = 5.0
# A connection that has died without a word is known by so many missing heartbeats.
_MISSED_HEARTBEATS = 3
_ATTEMPTS_TO_BEGIN = 8


class Watch:
    """Iterates over the changes as they are committed: in the order of their revisions, nothing
    twice and nothing left out. It waits for the next one, and where the server stops or the
    connection breaks it goes on at the place where it was, at any server that answers, for as long
    as that takes. It raises perennial.Error where that cannot be (RESUME_TOKEN_EXPIRED: list
    again), and where no server has answered yet and the attempts are used up.

        page = client.pipeline.ListOpportunities(parent="accounts/-")
        with client.watch(resume_token=page.resume_token) as changes:
            for change in changes:
                ...

    on_break  called with each error (None where the server ended the stream) that is about to be
              mended

    For one thread; close() may be called from any.
    """

    def __init__(self, method: typing.Any, request: v1.WatchRequest | None = None, *,
                 on_break: typing.Callable[[Error | None], object] | None = None,
                 **fields: typing.Any) -> None:
        self._method = method
        self._request: v1.WatchRequest = method.request(request, **fields)
        heartbeat = self._request.heartbeat_interval.ToNanoseconds() / 1e9 or _DEFAULT_HEARTBEAT
        self._longest_silence = heartbeat * _MISSED_HEARTBEATS
        self._retry: RetryPolicy = method.retry
        self._on_break = on_break
        self._closed = threading.Event()
        self._stream: typing.Any = None
        self._changes = self._follow()

    @property
    def resume_token(self) -> str:
        """Where another watch goes on, as after a restart of this program: behind the changes of
        which every one was taken and followed by another step of the iteration."""
        return self._request.resume_token

    def __iter__(self) -> typing.Iterator[v1.Change]:
        return self

    def __next__(self) -> v1.Change:
        return next(self._changes)

    def close(self) -> None:
        """Ends the iteration."""
        self._closed.set()
        if self._stream is not None:
            self._stream.cancel()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _follow(self) -> typing.Iterator[v1.Change]:
        for response in self.responses():
            yield from response.changes

    def responses(self) -> typing.Iterator[v1.WatchResponse]:
        """The same as WatchResponses, heartbeats among them. In place of the iteration, not beside
        it."""
        answered, failures = False, 0
        while not self._closed.is_set():
            self._stream = self._method(self._request)
            if self._closed.is_set():
                self._stream.cancel()  # closed before there was a stream to cancel
            error: Error | None = None
            try:
                while (response := self._next_response()) is not None:
                    answered, failures = True, 0
                    yield response
                    self._request.resume_token = response.resume_token
            except Error as caught:
                error = caught
            finally:
                self._stream.cancel()
            failures += 1
            self._pause(error, failures, answered)

    # None where the server has ended the stream.
    def _next_response(self) -> v1.WatchResponse | None:
        silence = threading.Timer(self._longest_silence, self._stream.cancel)
        silence.daemon = True
        silence.start()
        try:
            return next(self._stream, None)
        finally:
            silence.cancel()

    # A watch that never began has no timeout that would end it.
    def _is_over(self, failures: int) -> bool:
        limit = self._retry.max_attempts
        return failures >= (_ATTEMPTS_TO_BEGIN if limit is None else limit)

    def _pause(self, error: Error | None, failures: int, answered: bool) -> None:
        if self._closed.is_set():
            return
        # Cancelled but not closed: it was silent for too long.
        broken = error is None or error.code == grpc.StatusCode.CANCELLED or passes(error)
        if not broken or (not answered and self._is_over(failures)):
            raise error or ConnectionError("the server ends the watch before it begins")
        if self._on_break is not None:
            self._on_break(error)
        self._closed.wait(self._retry.backoff(failures, error.retry_delay if error else None))
