"""Seeds for tests in a few words. From perennial.testing:

    a_renewal().in_(Stage.UPSELL).of(50_000)
    a_customer("northwind").named("Northwind").segment("enterprise").owned_by("ada@example.com")
    a_renewal().by(a_customer("northwind")).of(12_000, "EUR").due_in(30)

Builders do not change: each word answers another one. C++ has the same, in perennial/testing/builders.h.
"""

import dataclasses
import datetime
import typing

from google.protobuf import text_format

from perennial import v1

_DAY = 24 * 60 * 60
_DAYS_PER_STAGE = 10
_PRODUCT = v1.Product(
    name="products/plan", display_name="Plan",
    capabilities=[v1.Product.Capability(id="reports", display_name="Reports")])


@dataclasses.dataclass(frozen=True)
class Customer:
    """An account `accounts/ID` with a contact who decides, `accounts/ID/contacts/decider`."""

    id: str = ""
    _name: str = ""
    _segment: str = "mid-market"
    _owner: str = "owner@example.com"

    def named(self, name: str) -> "Customer":
        """By default the id."""
        return dataclasses.replace(self, _name=name)

    def segment(self, segment: str) -> "Customer":
        return dataclasses.replace(self, _segment=segment)

    def owned_by(self, owner: str) -> "Customer":
        return dataclasses.replace(self, _owner=owner)


@dataclasses.dataclass(frozen=True)
class Renewal:
    """An open opportunity `ACCOUNT/opportunities/renewal` of the subscription
    `ACCOUNT/subscriptions/plan`; of those of one customer the second ends with `-2`, and so on. It
    came to its stage ten days ago, with what the gates before that ask for."""

    _customer: Customer = Customer()
    _stage: typing.Any = v1.Opportunity.OUTREACH
    _units: int = 12_000
    _currency: str = "USD"
    _due_in_days: int = 90

    def by(self, customer: Customer) -> "Renewal":
        """By default a customer of its own."""
        return dataclasses.replace(self, _customer=customer)

    def in_(self, stage: int | str) -> "Renewal":
        """A Stage, or its name; by default OUTREACH."""
        number = v1.Opportunity.Stage.Value(stage) if isinstance(stage, str) else stage
        if not v1.Opportunity.OUTREACH <= number <= v1.Opportunity.RENEWAL:
            raise ValueError(f"{stage!r} is no stage of a renewal: it is one of OUTREACH, "
                             "ADOPTION_REVIEW, UPSELL and RENEWAL")
        return dataclasses.replace(self, _stage=number)

    def of(self, units: int, currency: str = "USD") -> "Renewal":
        """The ARR, in whole units; by default USD 12,000."""
        return dataclasses.replace(self, _units=units, _currency=currency)

    def due_in(self, days: int) -> "Renewal":
        """The renewal date, in days from the day on which the server begins; by default 90."""
        return dataclasses.replace(self, _due_in_days=days)


def a_customer(id: str = "") -> Customer:
    """Without an id they are customer-1, customer-2, ..."""
    return Customer(id)


def a_renewal() -> Renewal:
    return Renewal()


def seed_text(day: datetime.date, *parts: Customer | Renewal) -> str:
    """What ThrowawayServer(seed_text=) takes, and `perennial import --mapping`: for a server whose
    clock stands at `day` or later."""
    resources = [v1.Resource(product=_PRODUCT)]
    counts: dict[str, int] = {}
    unnamed = 0
    for part in parts:
        customer = part if isinstance(part, Customer) else part._customer
        if not customer.id:
            unnamed += 1
            customer = dataclasses.replace(customer, id=f"customer-{unnamed}")
        if customer.id not in counts:
            counts[customer.id] = 0
            resources += _customer(customer, day)
        if isinstance(part, Renewal):
            counts[customer.id] += 1
            resources += _renewal(part, f"accounts/{customer.id}", counts[customer.id], day)
    return "".join(f"resources {{\n{text_format.MessageToString(resource, indent=2)}}}\n"
                   for resource in resources)


def _customer(customer: Customer, day: datetime.date) -> list[typing.Any]:
    name = f"accounts/{customer.id}"
    account = v1.Account(name=name, display_name=customer._name or customer.id,
                         segment=customer._segment, owner=customer._owner)
    decider = v1.Contact(name=f"{name}/contacts/decider", display_name="Who decides",
                         roles=[v1.Contact.DECISION_MAKER])
    decider.verify_time.FromSeconds(_seconds(day, 1))
    return [v1.Resource(account=account), v1.Resource(contact=decider)]


def _renewal(renewal: Renewal, account: str, number: int, day: datetime.date) -> list[typing.Any]:
    suffix = "" if number == 1 else f"-{number}"
    plan = f"{account}/subscriptions/plan{suffix}"
    start = _year_before(day + datetime.timedelta(renewal._due_in_days))
    subscription = v1.Subscription(
        name=plan, product=_PRODUCT.name, seats=10, term_months=12,
        arr=v1.Money(currency_code=renewal._currency, micros=renewal._units * 1_000_000),
        start_date=v1.Date(year=start.year, month=start.month, day=start.day))
    opened = _DAYS_PER_STAGE * renewal._stage
    opportunity = v1.Opportunity(name=f"{account}/opportunities/renewal{suffix}",
                                 subscriptions=[plan], stage=renewal._stage)
    if renewal._stage > v1.Opportunity.UPSELL:
        opportunity.no_expansion_reason = "They have all that they need"
    opportunity.open_time.FromSeconds(_seconds(day, opened))
    opportunity.stage_enter_time.FromSeconds(_seconds(day, _DAYS_PER_STAGE))
    resources = [v1.Resource(subscription=subscription), v1.Resource(opportunity=opportunity)]
    decider = f"{account}/contacts/decider"
    if renewal._stage > v1.Opportunity.OUTREACH:
        touch = v1.Touch(name=f"{account}/touches/call{suffix}", channel="PHONE",
                         direction=v1.Touch.OUTBOUND, disposition=v1.Touch.CONNECTED,
                         intent=v1.Touch.GIVE, contacts=[decider])
        touch.touch_time.FromSeconds(_seconds(day, opened - 5))
        resources.append(v1.Resource(touch=touch))
    if renewal._stage > v1.Opportunity.ADOPTION_REVIEW:
        review = v1.AdoptionReview(
            name=f"{plan}/adoptionReviews/review", contacts=[decider],
            outcomes=[v1.AdoptionReview.GoalOutcome(goal="What they bought it for",
                                                    result=v1.AdoptionReview.ACHIEVED)],
            capabilities=[v1.AdoptionReview.CapabilityFinding(
                capability=f"{_PRODUCT.name}/capabilities/reports", presented=True)])
        review.review_time.FromSeconds(_seconds(day, opened - _DAYS_PER_STAGE - 5))
        resources.append(v1.Resource(adoption_review=review))
    return resources


def _seconds(day: datetime.date, days_before: int) -> int:
    return (day - datetime.date(1970, 1, 1)).days * _DAY - days_before * _DAY


# Such that a term of twelve months ends on the day; a day later for a leap day.
def _year_before(end: datetime.date) -> datetime.date:
    if (end.month, end.day) == (2, 29):
        end += datetime.timedelta(1)
    return end.replace(year=end.year - 1)
