"""Whoever takes credits asks that somebody look whether they are used up: beside the rating, which waits for nobody."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from functions.billing.ids import derived_id
from functions.billing.models.depletion import CreditsDepletion
from functions.billing.periods import day_of
from functions.billing.rating.burn_down import BurnDown
from functions.billing.rating.depletion import is_depleted


class Read(Protocol):
    """How a customer stands with its credits."""

    @property
    def burnt(self) -> Mapping[str, BurnDown]: ...


class ReadCredits(Protocol):
    def __call__(self, organization_id: str, customer_id: str, *, today: date) -> Read: ...


class Depletions(Protocol):
    def add(self, organization_id: str, depletion: CreditsDepletion) -> bool:
        """Whether it was not there yet; what is there stays as it is."""
        ...


class NoticeDepletions:
    """Writes down each depletion once, whoever looks, how often, and in which order."""

    def __init__(self, *, credits_of: ReadCredits, depletions: Depletions) -> None:
        self._credits_of = credits_of
        self._depletions = depletions

    def __call__(self, organization_id: str, customer_id: str, *, at: datetime) -> list[CreditsDepletion]:
        """Those that nobody had noticed, as the credits stand at the end of the day on which they were taken."""
        burnt = self._credits_of(organization_id, customer_id, today=day_of(at)).burnt
        found = [
            CreditsDepletion(
                id=derived_id("cdp", customer_id, currency_id, *sorted(pot.grant.id for pot in each.pots)),
                customer_id=customer_id,
                credits_currency_id=currency_id,
                noticed_at=at,
            )
            for currency_id, each in burnt.items()
            if is_depleted(each, on=day_of(at))
        ]
        return [each for each in found if self._depletions.add(organization_id, each)]
