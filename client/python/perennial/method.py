"""A method of a service: made once in effect, however often it is attempted."""

import time
import uuid

import grpc
from google.protobuf import message_factory

from perennial.errors import Error
from perennial.v1 import options_pb2

_FACTORY = message_factory.MessageFactory()
_TIME_LINE = "x-perennial-time-line"


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
    with TIME_LINE_CHANGED. Of several replicas each gets its share of the time to answer, then the next is asked.

    A method with a stream of responses answers an iterator, and one with a stream of requests
    takes an iterable of them, without attempting again.
    """

    def __init__(self, client, descriptor):
        self._client = client
        self._descriptor = descriptor
        self._path = f"/{descriptor.containing_service.full_name}/{descriptor.name}"
        self._request_type = _FACTORY.GetPrototype(descriptor.input_type)
        self._response_type = _FACTORY.GetPrototype(descriptor.output_type)

    @property
    def retry(self):
        return self._client.retry

    def __call__(self, request=None, *, timeout=None, **fields):
        if self._descriptor.client_streaming or self._descriptor.server_streaming:
            return self._stream(request if request is not None else self.request(**fields), timeout)
        return self._call(self.request(request, **fields), timeout)

    def items(self, request=None, *, timeout=None, **fields):
        """Each item of a List method, from all of its pages, which are fetched as they are needed.
        `timeout` counts for a page."""
        items = _items_field(self._descriptor)
        request = self.request(request, **fields)
        while True:
            page = self._call(request, timeout)
            yield from getattr(page, items)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def request(self, request=None, **fields):
        """A request of its own: a copy of `request` with the fields that are given."""
        result = self._request_type(**fields)
        if request is not None:
            given = result
            result = self._request_type()
            result.CopyFrom(request)
            result.MergeFrom(given)
        return result

    def _call(self, request, timeout):
        timeout = self._client.timeout if timeout is None else timeout
        deadline = time.monotonic() + timeout
        identified = "request_id" in self._descriptor.input_type.fields_by_name
        if identified and not request.request_id:
            request.request_id = str(uuid.uuid4())
        time_line = None
        safe_to_repeat = identified or _is_read(self._descriptor)
        # Where another replica can be asked, none gets all of the time.
        share = timeout / len(self._client.replicas) if safe_to_repeat else timeout
        attempts = 0
        unreachable = None
        while True:
            attempts += 1
            left = deadline - time.monotonic()
            # The first that is known, for all attempts: one that comes after the database was
            # restored is not to be carried out.
            time_line = time_line or (self._client.replicas.time_line if identified else None)
            try:
                # A server that restarts is waited for, and not asked in vain; where there are others,
                # one of those is asked.
                wait = attempts > 1 and len(self._client.replicas) == 1
                return self._attempt(request, min(share, left), time_line, wait)
            except grpc.RpcError as rpc_error:
                error = Error(rpc_error)
                if unreachable and error.code == grpc.StatusCode.DEADLINE_EXCEEDED:
                    # Whoever waited in vain is told why it could not be reached.
                    raise unreachable from rpc_error
                unreachable = error if error.code == grpc.StatusCode.UNAVAILABLE else None
                delay = None
                if safe_to_repeat:
                    silent = error.code == grpc.StatusCode.DEADLINE_EXCEEDED and share < left
                    delay = 0 if silent else self._client.retry.delay(attempts, error)
                if delay is None or time.monotonic() + delay >= deadline:
                    raise error from rpc_error
            time.sleep(delay)

    def _attempt(self, request, timeout, time_line, wait):
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

    def _remember_time_line(self, call):
        for key, value in call.initial_metadata() or ():
            if key == _TIME_LINE:
                self._client.replicas.time_line = value

    def _stream(self, request, timeout):
        channel = self._client.replicas.channel
        call = self._open(channel)(request, timeout=timeout, metadata=self._client.metadata)
        return _Responses(call, lambda error: self._leave_if_useless(channel, error))

    def _open(self, channel):
        ways = [[channel.unary_unary, channel.unary_stream],
                [channel.stream_unary, channel.stream_stream]]
        way = ways[self._descriptor.client_streaming][self._descriptor.server_streaming]
        return way(self._path, request_serializer=self._request_type.SerializeToString,
                   response_deserializer=self._response_type.FromString)

    def _leave_if_useless(self, channel, error):
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            self._client.replicas.leave(channel)


class _Responses:
    """The responses of a stream, with the API's errors."""

    def __init__(self, call, on_error):
        self._call = call
        self._on_error = on_error

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self._call)
        except grpc.RpcError as error:
            self._on_error(error)
            raise Error(error) from error

    def cancel(self):
        self._call.cancel()


def _is_read(method):
    return method.GetOptions().Extensions[options_pb2.required_role] == options_pb2.VIEWER


def _items_field(method):
    fields = [field.name for field in method.output_type.fields
              if field.label == field.LABEL_REPEATED]
    if len(fields) != 1 or "next_page_token" not in method.output_type.fields_by_name:
        raise TypeError(f"{method.name} does not answer page by page: call it without .items")
    return fields[0]
