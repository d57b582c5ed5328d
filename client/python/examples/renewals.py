"""Moves on every renewal that has earned it, says what the others lack, and follows the pipeline.

    PYTHONPATH=build/python python3 client/python/examples/renewals.py [SERVER]
"""

import sys

import perennial
from perennial import Client, ListOpportunitiesRequest, Opportunity, Stage


def advance(client: Client, opportunity: Opportunity) -> None:
    try:
        advanced = client.pipeline.AdvanceOpportunity(name=opportunity.name)
        print(f"{opportunity.name} is in {perennial.label(Stage, advanced.stage)} now")
    except perennial.Error as error:
        if error.reason != "GATE_UNMET":
            raise
        print(f"{opportunity.name} stays in {perennial.label(Stage, opportunity.stage)}")
        for unmet in error.unmet:
            print(f"  {unmet.type}: {unmet.description}")


def follow(client: Client, resume_token: str) -> None:
    print("Waiting for changes, until Ctrl-C", flush=True)
    for change in client.watch(resume_token=resume_token, resource_types=["Opportunity"]):
        print(f"{change.actor} {change.method} {change.resource_name}")


def main() -> None:
    target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"
    with perennial.connect(target, actor="renewals.py") as client:
        open_ones = ListOpportunitiesRequest(
            parent="accounts/-", filter="outcome = OPEN AND stage != RENEWAL",
            order_by="renewal_date")
        resume_token = client.pipeline.ListOpportunities(open_ones).resume_token
        for opportunity in client.pipeline.ListOpportunities.items(open_ones):
            advance(client, opportunity)
        follow(client, resume_token)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
    except perennial.Error as error:
        sys.exit(str(error))
