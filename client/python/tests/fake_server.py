"""A server made of functions, for what a real one does too seldom."""

import concurrent.futures
import inspect

import grpc
from google.protobuf import any_pb2

from perennial.errors import error_details_pb2, status_pb2


class FakeServer(grpc.GenericRpcHandler):
    """Serves, on a free port of loopback, the methods given as name=(request type, function). The
    function takes a request and a grpc.ServicerContext; one that is a generator makes a stream.

    requests  what came so far, in order
    """

    def __init__(self, **methods):
        self._methods = methods
        self.requests = []
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers([self])
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def service(self, details):
        found = self._methods.get(details.method.rpartition("/")[2])
        if found is None:
            return None
        request_type, function = found

        def answer(request, context):
            self.requests.append(request)
            return function(request, context)

        make = (grpc.unary_stream_rpc_method_handler if inspect.isgeneratorfunction(function)
                else grpc.unary_unary_rpc_method_handler)
        return make(answer, request_type.FromString, lambda response: response.SerializeToString())

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()


def fail(context, code, reason="", retry_seconds=None, details=()):
    """Ends the call with an error such as the API's."""
    details = list(details)
    if reason:
        details.append(error_details_pb2.ErrorInfo(reason=reason, domain="perennial"))
    if retry_seconds is not None:
        info = error_details_pb2.RetryInfo()
        info.retry_delay.FromNanoseconds(int(retry_seconds * 1e9))
        details.append(info)
    status = status_pb2.Status(code=code.value[0], message="refused")
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, "refused")
