"""What type checkers are to take, and, in the lines that say so, to refuse. Never run: test_types.py
has mypy read it."""

import perennial
from perennial import Money, Opportunity, Stage, StatusCode
from perennial.testing import ThrowawayServer

client: perennial.Client = perennial.connect("127.0.0.1:50051", actor="ada@example.com")


def takes(renewal: Opportunity) -> str:
    return renewal.name


for each in client.pipeline.ListOpportunities.items(parent="accounts/-", filter="outcome = OPEN"):
    takes(each)
takes(client.pipeline.GetOpportunity(name="accounts/a/opportunities/o", timeout=3))
takes(client.pipeline.GetOpportunity(perennial.GetOpportunityRequest(name="o")))
client.pipeline.ReturnOpportunity(name="o", to_stage="OUTREACH", reason="r")
client.pipeline.ReturnOpportunity(name="o", to_stage=Stage.OUTREACH, reason="r")
client.account.CreateAccount(account={"display_name": "A", "labels": {"tier": "gold"}})
with client.pipeline.ListOpportunities.mirror(parent="accounts/-") as renewals:
    for event in renewals.events():
        if event.after is not None:
            takes(event.after)
    takes(renewals.sorted(lambda renewal: renewal.name)[0])
money: Money = perennial.parse_money("EUR 1")
updated: Opportunity = perennial.update(client.pipeline.UpdateOpportunity, Opportunity(), Opportunity())
paths: list[str] = perennial.changed_paths(Opportunity(), Opportunity())
code: StatusCode = StatusCode.NOT_FOUND
with ThrowawayServer() as server:
    server.connect().clock.MoveTime(days=40)
for change in client.watch(resource_types=["Opportunity"]):
    print(change.actor)
try:
    client.import_.Import(iter([client.import_.Import.request(validate_only=True)]))
except perennial.DeadlineExceeded as deadline:
    print(deadline.method, deadline.last_error)
except perennial.Error as error:
    print(error.reason, error.unmet[0].type, error.metadata["stage"])

client.pipeline.GetOpportunity(nam="o")  # refused: call-arg
client.pipeline.GetOpportunity(name=5)  # refused: arg-type
client.pipeline.GetOportunity(name="o")  # refused: attr-defined
client.pipelines.GetOpportunity(name="o")  # refused: attr-defined
client.pipeline.GetOpportunity.items(name="o")  # refused: attr-defined
takes(5)  # refused: arg-type
Money(currency="EUR")  # refused: call-arg
perennial.parse_money(5)  # refused: arg-type
