"""A method of a service: made once in effect, however often it is attempted."""

import time
import typing
import uuid

import grpc

from perennial.compat import is_repeated, message_class
from perennial.errors import DeadlineExceeded, Error
from perennial.mirror import Mirror
from perennial.retries import RetryPolicy
from perennial.v1 import options_pb2

_TIME_LINE = "x-perennial-time-line"
# Seconds for methods that may take minutes, where nobody says.
_LONG_TIMEOUT = 3600.0
_TIME_IS_UP = grpc.StatusCode.DEADLINE_EXCEEDED


class Method:
    """Called, it answers the response:

        client.pipeline.AdvanceOpportunity(name=opportunity.name)

    Messages among the keyword arguments may be given as dicts and enums by their names.
    `timeout` (seconds, for all attempts together) counts for this call only.

    Attempts again, with growing and random waits and within the timeout, after UNAVAILABLE,
    RESOURCE_EXHAUSTED where the server says when to come back, and ABORTED with WRITE_CONFLICT,
    if that is safe: for methods that only read, and for those whose request has a request_id. One
    is made before the first attempt where the request has none, so that the server carries out the
    call once, and not at all where the database was restored since the last answer: that fails once
    with TIME_LINE_CHANGED. Of several replicas each gets its share of the time to answer, then the
    next is asked. When the timeout is over it raises DeadlineExceeded. Methods that may take minutes
    (`long_running` in the protos) have an hour where no timeout is given.

    A method with a stream of responses answers an iterator, and one with a stream of requests
    takes an iterable of them, without attempting again.
    """

    def __init__(self, client: typing.Any, descriptor: typing.Any) -> None:
        self._client = client
        self._descriptor = descriptor
        self._path = f"/{descriptor.containing_service.full_name}/{descriptor.name}"
        self._request_type = message_class(descriptor.input_type)
        self._response_type = message_class(descriptor.output_type)

    @property
    def retry(self) -> RetryPolicy:
        return self._client.retry

    @property
    def name(self) -> str:
        """Such as "PipelineService.AdvanceOpportunity": as the history has it."""
        return f"{self._descriptor.containing_service.name}.{self._descriptor.name}"

    def __call__(self, request: typing.Any = None, *, timeout: float | None = None,
                 **fields: typing.Any) -> typing.Any:
        if self._descriptor.client_streaming or self._descriptor.server_streaming:
            return self._stream(request if request is not None else self.request(**fields), timeout)
        return self._call(self.request(request, **fields), timeout)

    def items(self, request: typing.Any = None, *, timeout: float | None = None,
              **fields: typing.Any) -> typing.Iterator[typing.Any]:
        """Each item of a List method, from all of its pages, which are fetched as they are needed.
        `timeout` counts for a page."""
        items = self.items_field.name
        request = self.request(request, **fields)
        while True:
            page = self._call(request, timeout)
            yield from getattr(page, items)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def mirror(self, request: typing.Any = None, *,
               on_event: typing.Callable[[typing.Any], object] | None = None,
               **fields: typing.Any) -> Mirror[typing.Any]:
        """The items of a List method as a collection that stays current: see Mirror."""
        return Mirror(self._client, self, self.request(request, **fields), on_event)

    def request(self, request: typing.Any = None, **fields: typing.Any) -> typing.Any:
        """A request of its own: a copy of `request` with the fields that are given."""
        result = self._request_type(**fields)
        if request is not None:
            given = result
            result = self._request_type()
            result.CopyFrom(request)
            result.MergeFrom(given)
        return result

    @property
    def items_field(self) -> typing.Any:
        """The descriptor of the field that holds a List method's items. TypeError for other
        methods."""
        fields = [field for field in self._descriptor.output_type.fields if is_repeated(field)]
        if len(fields) != 1 or "next_page_token" not in self._descriptor.output_type.fields_by_name:
            raise TypeError(f"{self._descriptor.name} does not answer page by page: call it without "
                            ".items and .mirror")
        return fields[0]

    def _call(self, request: typing.Any, timeout: float | None) -> typing.Any:
        return _Call(self, self._client, request, timeout).run()

    def identifies(self) -> bool:
        """Whether its requests have a request_id."""
        return "request_id" in self._descriptor.input_type.fields_by_name

    def is_long(self) -> bool:
        return bool(self._descriptor.GetOptions().Extensions[options_pb2.long_running])

    def only_reads(self) -> bool:
        options = self._descriptor.GetOptions()
        return bool(options.Extensions[options_pb2.required_role] == options_pb2.VIEWER)

    def attempt(self, request: typing.Any, timeout: float, time_line: str | None,
                wait: bool) -> typing.Any:
        """One attempt at whatever replica is the current one. Raises gRPC's error."""
        channel = self._client.replicas.channel
        metadata = self._client.metadata
        if time_line and _TIME_LINE not in dict(metadata):
            metadata += ((_TIME_LINE, time_line),)
        try:
            response, call = self._open(channel).with_call(request, timeout=timeout,
                                                           metadata=metadata,
                                                           wait_for_ready=wait)
        except grpc.RpcError as error:
            self._remember_time_line(error)
            self._leave_if_useless(channel, error)
            raise
        self._remember_time_line(call)
        return response

    def _remember_time_line(self, call: typing.Any) -> None:
        for key, value in call.initial_metadata() or ():
            if key == _TIME_LINE:
                self._client.replicas.time_line = value

    def _stream(self, request: typing.Any, timeout: float | None) -> "_Responses":
        channel = self._client.replicas.channel
        call = self._open(channel)(request, timeout=timeout, metadata=self._client.metadata)

        def error_of(rpc_error: grpc.RpcError) -> Error:
            self._leave_if_useless(channel, rpc_error)
            if timeout is not None and rpc_error.code() == _TIME_IS_UP:
                return DeadlineExceeded(self.name, timeout, 1, None)
            return Error(rpc_error)

        return _Responses(call, error_of)

    def _open(self, channel: grpc.Channel) -> typing.Any:
        ways = [[channel.unary_unary, channel.unary_stream],
                [channel.stream_unary, channel.stream_stream]]
        way = ways[self._descriptor.client_streaming][self._descriptor.server_streaming]
        return way(self._path, request_serializer=self._request_type.SerializeToString,
                   response_deserializer=self._response_type.FromString)

    def _leave_if_useless(self, channel: grpc.Channel, error: grpc.RpcError) -> None:
        if error.code() in (grpc.StatusCode.UNAVAILABLE, _TIME_IS_UP):
            self._client.replicas.leave(channel)


class _Call:
    """All attempts of one call."""

    def __init__(self, method: Method, client: typing.Any, request: typing.Any,
                 timeout: float | None) -> None:
        self._method = method
        self._client = client
        self._request = request
        if timeout is None:
            timeout = max(client.timeout, _LONG_TIMEOUT) if method.is_long() else client.timeout
        self._timeout: float = timeout
        self._deadline = time.monotonic() + self._timeout
        self._identified = method.identifies()
        if self._identified and not request.request_id:
            request.request_id = str(uuid.uuid4())
        self._may_repeat = self._identified or method.only_reads()
        # Where another replica can be asked, none gets all of the time.
        replicas = len(client.replicas)
        self._share = self._timeout / replicas if self._may_repeat else self._timeout
        self._time_line: str | None = None
        self._attempts = 0
        self._last_error: Error | None = None

    def run(self) -> typing.Any:
        while True:
            self._attempts += 1
            left = self._deadline - time.monotonic()
            try:
                return self._attempt(min(self._share, left))
            except grpc.RpcError as rpc_error:
                delay = self._delay(rpc_error, self._share < left)
            time.sleep(delay)

    def _attempt(self, timeout: float) -> typing.Any:
        if self._identified:
            # The first that is known, for all attempts: one that comes after the database was
            # restored is not to be carried out.
            self._time_line = self._time_line or self._client.replicas.time_line
        # A server that restarts is waited for, and not asked in vain; where there are others,
        # one of those is asked.
        wait = self._attempts > 1 and len(self._client.replicas) == 1
        return self._method.attempt(self._request, timeout, self._time_line, wait)

    # The seconds before another attempt after one that failed. Raises where there is to be none.
    def _delay(self, rpc_error: grpc.RpcError, time_is_left: bool) -> float:
        error = Error(rpc_error)
        error.__cause__ = rpc_error
        if error.code == _TIME_IS_UP:
            if not (self._may_repeat and time_is_left):
                raise self._time_over(rpc_error)
            return 0  # this replica is silent: the next one
        self._last_error = error
        delay = self._client.retry.delay(self._attempts, error) if self._may_repeat else None
        if delay is None:
            raise error
        if time.monotonic() + delay >= self._deadline:
            # When the server wants to be asked again is more than that the time is up.
            raise error if error.retry_delay is not None else self._time_over(rpc_error)
        return delay

    def _time_over(self, rpc_error: grpc.RpcError) -> DeadlineExceeded:
        error = DeadlineExceeded(self._method.name, self._timeout, self._attempts,
                                 self._last_error)
        error.__cause__ = self._last_error or rpc_error
        return error


class _Responses:
    """The responses of a stream, with the API's errors."""

    def __init__(self, call: typing.Any,
                 error_of: typing.Callable[[grpc.RpcError], Error]) -> None:
        self._call = call
        self._error_of = error_of

    def __iter__(self) -> "_Responses":
        return self

    def __next__(self) -> typing.Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise self._error_of(error) from error

    def cancel(self) -> None:
        self._call.cancel()
