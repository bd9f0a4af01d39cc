"""How a customer stands with its credits, of one currency after the other: computed from the log, and never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from functions.billing.invoicing.overage import needs
from functions.billing.models.credit import CreditBook
from functions.billing.models.usage import RatingPlan, Usage
from functions.billing.ports import CreditBooks
from functions.billing.rating.benefits import benefit_grants
from functions.billing.rating.burn_down import BurnDown, burn_down


class Usages(Protocol):
    def __call__(self, organization_id: str, customer_id: str) -> tuple[RatingPlan, Usage]:
        """The customer's plan, and what its signals took by it up to now."""
        ...


@dataclass(frozen=True, slots=True)
class Credits:
    """`burnt` is by currency; `book` tells what its grants were when they were given."""

    plan: RatingPlan
    book: CreditBook
    burnt: Mapping[str, BurnDown]


class ReadCredits:
    """Reads, and writes nothing."""

    def __init__(self, *, usage: Usages, books: CreditBooks) -> None:
        self._usage = usage
        self._books = books

    def __call__(self, organization_id: str, customer_id: str, *, today: date) -> Credits:
        """As of the end of the day; the log is read after the book, so that what was granted before is known."""
        book = self._books.get(organization_id, customer_id)
        plan, usage = self._usage(organization_id, customer_id)
        grants = [*(each.grant for each in book.grants), *benefit_grants(plan, through=today)]
        needed = needs(plan, usage, through=today)
        return Credits(
            plan=plan,
            book=book,
            burnt={
                currency_id: burn_down(
                    [grant for grant in grants if grant.currency_id == currency_id],
                    needed.get(currency_id, ()),
                    through=today,
                )
                for currency_id in sorted({grant.currency_id for grant in grants} | needed.keys())
            },
        )
