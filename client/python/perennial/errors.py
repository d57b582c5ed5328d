"""Why a call failed, with what the server says beyond code and message."""

import typing

import grpc

try:
    # Where it is installed others import it too, and a process can hold each message only once.
    from google.rpc import error_details_pb2, status_pb2
except ImportError:
    from perennial.google.rpc import error_details_pb2, status_pb2

_DETAILS_KEY = "grpc-status-details-bin"


class FieldViolation(typing.NamedTuple):
    field: str  # its path in the request, such as "contact.roles[2]"
    description: str  # what would be right


class UnmetCondition(typing.NamedTuple):
    type: str  # of a gate its criterion, such as "DECISION_ROLE_REACHED"; else the error's reason
    subject: str  # the resource that is not as it should be
    description: str  # what would meet it


class Error(Exception):
    """A call that failed. `__cause__` is gRPC's own error.

    code              a grpc.StatusCode
    message           for people
    reason            a name of perennial.v1's ErrorReason, such as "GATE_UNMET": match on this.
                      Empty where the error is not the API's, as where no server answers
    field_violations  each field that was wrong
    unmet             each condition that was not met: the criteria of a gate
    resource_name     what is missing or there already; else empty
    retry_delay       the seconds after which the server wants to be asked again; None where it
                      did not say so
    """

    def __init__(self, rpc_error):
        self.code = rpc_error.code()
        self.message = rpc_error.details() or ""
        self.reason = ""
        self.field_violations = []
        self.unmet = []
        self.resource_name = ""
        self.retry_delay = None
        for detail in _details(rpc_error):
            self._take(detail)
        super().__init__(self._text())

    def _take(self, detail):
        kind = detail.TypeName().rpartition(".")[2]
        if kind not in error_details_pb2.DESCRIPTOR.message_types_by_name:
            return
        message = getattr(error_details_pb2, kind)()
        detail.Unpack(message)
        if kind == "ErrorInfo":
            self.reason = message.reason
        elif kind == "BadRequest":
            self.field_violations = [FieldViolation(each.field, each.description)
                                     for each in message.field_violations]
        elif kind == "PreconditionFailure":
            self.unmet = [UnmetCondition(each.type, each.subject, each.description)
                          for each in message.violations]
        elif kind == "ResourceInfo":
            self.resource_name = message.resource_name
        elif kind == "RetryInfo":
            self.retry_delay = message.retry_delay.ToNanoseconds() / 1e9

    def _text(self):
        lines = [f"{self.code.name}{f' ({self.reason})' if self.reason else ''}: {self.message}"]
        lines += [f"  {each.field}: {each.description}" for each in self.field_violations]
        lines += [f"  {each.type}: {each.description}" for each in self.unmet]
        return "\n".join(lines)


def _details(rpc_error):
    for key, value in rpc_error.trailing_metadata() or ():
        if key == _DETAILS_KEY:
            return status_pb2.Status.FromString(value).details
    return []
