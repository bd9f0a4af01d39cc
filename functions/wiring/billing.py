"""What an invoice is made of, and the one to come."""

from functools import cache

from functions.adapters.tax import TaxByOrganization
from functions.billing.ports import TaxCalculator
from functions.billing.usecases.gather_facts import GatherFacts, Ratings
from functions.billing.usecases.peek_ratings import PeekRatings
from functions.billing.usecases.preview_invoice import PreviewInvoice
from functions.wiring import counting, entities, identity, terms


@cache
def tax_calculator() -> TaxCalculator:
    return TaxByOrganization()


def gather_facts(ratings: Ratings, *, fresh: bool = True) -> GatherFacts:
    """With the usage that `ratings` finds."""
    return GatherFacts(
        organizations=identity.organizations(),
        orders=entities.orders(),
        customers=entities.customers(),
        contacts=entities.contacts(),
        taxes=tax_calculator(),
        advance_ratings=ratings,
        fresh=fresh,
    )


@cache
def preview_invoice() -> PreviewInvoice:
    """Writes nothing."""
    return PreviewInvoice(
        orders=entities.orders(),
        schedules=terms.schedules(),
        peek=PeekRatings(log=counting.signal_log(), checkpoints=counting.checkpoints(), in_money=terms.in_money),
        gathering=gather_facts,
    )
