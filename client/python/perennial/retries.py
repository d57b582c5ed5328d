"""Which errors pass, and how long to wait for it. The same rules as the C++ client's."""

import dataclasses
import random

import grpc

from perennial.errors import Error


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """How a call is attempted again after an error that passes."""

    # In all; with 1 nothing is attempted again, with None the timeout is the limit.
    max_attempts: int | None = None
    # Seconds before the second attempt; they double with each attempt up to the greatest. A random
    # part of up to a half is taken off.
    initial_backoff: float = 0.05
    max_backoff: float = 2.0

    def delay(self, attempts: int, error: Error) -> float | None:
        """Seconds to wait after so many attempts, the last of which ended in `error`; None to
        give up."""
        if self.is_over(attempts) or not passes(error):
            return None
        return self.backoff(attempts, error.retry_delay)

    def is_over(self, attempts: int) -> bool:
        return self.max_attempts is not None and attempts >= self.max_attempts

    def backoff(self, attempts: int, asked: float | None = None) -> float:
        """The same without giving up; `asked` is what the server asked for."""
        longest = min(self.max_backoff, self.initial_backoff * 2.0 ** min(attempts - 1, 30))
        # Callers that were refused together are not to come back together.
        off = longest * random.random() / 2
        return longest - off if asked is None else asked + off


def passes(error: Error) -> bool:
    """Whether the same call may succeed a little later."""
    if error.code == grpc.StatusCode.UNAVAILABLE:
        return True
    if error.code == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return error.retry_delay is not None
    return error.code == grpc.StatusCode.ABORTED and error.reason == "WRITE_CONFLICT"
