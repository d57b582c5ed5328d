"""A board of the open renewals that stays current: stage by stage, how many and how much.

    PYTHONPATH=build/python python3 client/python/examples/board.py [SERVER]
"""

import collections
import sys

import perennial
from perennial import Mirror, Money, Opportunity, Stage


def draw(renewals: Mirror[Opportunity]) -> None:
    counts: collections.Counter[int] = collections.Counter()
    sums: dict[int, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for renewal in renewals.snapshot().values():
        counts[renewal.stage] += 1
        sums[renewal.stage][renewal.arr.currency_code] += renewal.arr.micros
    for stage in Stage.values()[1:]:
        amounts = [perennial.format_money(Money(currency_code=currency, micros=micros))
                   for currency, micros in sorted(sums[stage].items())]
        print(f"{perennial.label(Stage, stage):16}{counts[stage]:5}  {', '.join(amounts)}".rstrip())
    print(flush=True)


def main() -> None:
    target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"
    with perennial.connect(target, actor="board.py") as client:
        with client.pipeline.ListOpportunities.mirror(
                parent="accounts/-", filter="outcome = OPEN") as renewals:
            for event in renewals.events():
                if event.kind == "broken":
                    print(f"Waiting for the server: {event.error}", file=sys.stderr, flush=True)
                elif renewals.synced:
                    draw(renewals)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
    except perennial.Error as error:
        sys.exit(str(error))
