"""Why a call failed, with what the server says beyond code and message."""

import typing

import grpc
from google.protobuf import message as protobuf_message

try:
    # Where it is installed others import it too, and a process can hold each message only once.
    from google.rpc import error_details_pb2, status_pb2
except ImportError:
    from perennial.google.rpc import error_details_pb2, status_pb2

_DETAILS_KEY = "grpc-status-details-bin"
_DOMAIN = "perennial"


class ParseError(ValueError):
    """A text that does not say what it should. The message says what would be right.

    text  what was given
    """

    def __init__(self, text: str, message: str) -> None:
        super().__init__(message)
        self.text = text


class FieldViolation(typing.NamedTuple):
    field: str  # its path in the request, such as "contact.roles[2]"
    description: str  # what would be right


class UnmetCondition(typing.NamedTuple):
    type: str  # of a gate its criterion, such as "DECISION_ROLE_REACHED"; else the error's reason
    subject: str  # the resource that is not as it should be
    description: str  # what would meet it


class Error(Exception):
    """A call that failed. `__cause__` is gRPC's own error.

    code              a perennial.StatusCode
    message           for people
    reason            a name of perennial.v1's ErrorReason, such as "GATE_UNMET": match on this.
                      Empty where the error is not the API's, as where no server answers
    metadata          a dict of what else the reason needs to be understood
    field_violations  each field that was wrong
    unmet             each condition that was not met: the criteria of a gate
    resource_type     what is missing or there already, such as "perennial.v1.Account"; else empty
    resource_name     its name; else empty
    retry_delay       the seconds after which the server wants to be asked again; None where it
                      did not say so
    """

    def __init__(self, rpc_error: grpc.RpcError) -> None:
        self._set(rpc_error.code(), rpc_error.details() or "")
        for detail in _details(rpc_error):
            self._take(detail)
        super().__init__(self._text())

    def _set(self, code: grpc.StatusCode, message: str) -> None:
        self.code = code
        self.message = message
        self.reason = ""
        self.metadata: dict[str, str] = {}
        self.field_violations: list[FieldViolation] = []
        self.unmet: list[UnmetCondition] = []
        self.resource_type = ""
        self.resource_name = ""
        self.retry_delay: float | None = None

    def _take(self, detail: typing.Any) -> None:
        kind = detail.TypeName().rpartition(".")[2]
        if kind not in error_details_pb2.DESCRIPTOR.message_types_by_name:
            return
        message = getattr(error_details_pb2, kind)()
        detail.Unpack(message)
        if kind == "ErrorInfo" and message.domain == _DOMAIN:
            self.reason = message.reason
            self.metadata = dict(message.metadata)
        elif kind == "BadRequest":
            self.field_violations = [FieldViolation(each.field, each.description)
                                     for each in message.field_violations]
        elif kind == "PreconditionFailure":
            self.unmet = [UnmetCondition(each.type, each.subject, each.description)
                          for each in message.violations]
        elif kind == "ResourceInfo":
            self.resource_type = message.resource_type
            self.resource_name = message.resource_name
        elif kind == "RetryInfo":
            self.retry_delay = message.retry_delay.ToNanoseconds() / 1e9

    def _text(self) -> str:
        lines = [f"{self.code.name}{f' ({self.reason})' if self.reason else ''}: {self.message}"]
        lines += [f"  {each.field}: {each.description}" for each in self.field_violations]
        lines += [f"  {each.type}: {each.description}" for each in self.unmet]
        return "\n".join(lines)


class DeadlineExceeded(Error):
    """A call that was not done within its timeout, or would have had to wait beyond it before another
    attempt. Its reason is "DEADLINE_PASSED". Whether an attempt was carried out is not known; to
    repeat the call with its request_id is safe. Where the server itself asks to come back later
    (retry_delay) its own error is told instead.

    method       what was called, such as "PipelineService.AdvanceOpportunity"
    seconds      the timeout of the whole call
    attempts     how many were made
    last_error   what was wrong with the last attempt that ended before the deadline did: an Error,
                 which is `__cause__` too; None where no attempt did, and gRPC's error is
    """

    def __init__(self, method: str, seconds: float, attempts: int,
                 last_error: Error | None) -> None:
        self.method = method
        self.seconds = seconds
        self.attempts = attempts
        self.last_error = last_error
        tried = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        why = f": {last_error}" if last_error else ""
        self._set(grpc.StatusCode.DEADLINE_EXCEEDED,
                  f"{method} was not done within {seconds:g} s ({tried}){why}")
        self.reason = "DEADLINE_PASSED"
        Exception.__init__(self, self._text())


def _details(rpc_error: grpc.RpcError) -> typing.Iterable[typing.Any]:
    for key, value in rpc_error.trailing_metadata() or ():
        if key == _DETAILS_KEY:
            try:
                return status_pb2.Status.FromString(value).details
            except protobuf_message.DecodeError:
                return []  # of something between us and the server
    return []
