"""The client of Perennial, a server for customer renewals.

    import perennial

    client = perennial.connect("127.0.0.1:50051", actor="ada@example.com")
    for opportunity in client.pipeline.ListOpportunities.items(parent="accounts/-"):
        print(opportunity.name)

The messages are in perennial.v1, as in `from perennial.v1 import pipeline_service_pb2`.
"""

from perennial.client import Client, connect
from perennial.errors import Error, FieldViolation, UnmetCondition
from perennial.retries import RetryPolicy
from perennial.watch import Watch

__all__ = ["Client", "Error", "FieldViolation", "RetryPolicy", "UnmetCondition", "Watch", "connect"]
