"""The client of Perennial, a server for customer renewals.

    import perennial

    client = perennial.connect("127.0.0.1:50051", actor="ada@example.com")
    for opportunity in client.pipeline.ListOpportunities.items(parent="accounts/-"):
        print(opportunity.name, perennial.format_money(opportunity.arr))

All messages and enums of perennial.v1 are here: perennial.Opportunity, perennial.Money. Enums within
messages are here too where only one has the name, as perennial.Stage for Opportunity.Stage; others,
as Contact.State, are found in their messages.
"""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode, ssl_channel_credentials

from perennial import v1
from perennial.client import Client, connect
from perennial.dates import format_date, from_date, parse_date, to_date
from perennial.errors import DeadlineExceeded, Error, FieldViolation, ParseError, UnmetCondition
from perennial.events import Event
from perennial.labels import label
from perennial.masks import changed_paths, copy, update
from perennial.mirror import Mirror
from perennial.money import format_money, parse_money
from perennial.names import format_name, parse_name
from perennial.retries import RetryPolicy
from perennial.v1 import *
from perennial.watch import Watch

__all__ = [
    "Client", "DeadlineExceeded", "Duration", "Error", "Event", "FieldMask", "FieldViolation",
    "Mirror", "ParseError", "RetryPolicy", "StatusCode", "Timestamp", "UnmetCondition", "Watch", "changed_paths",
    "connect", "copy", "format_date", "format_money", "format_name", "from_date", "label",
    "parse_date", "parse_money", "parse_name", "ssl_channel_credentials", "to_date", "update",
]
__all__ += v1.__all__
