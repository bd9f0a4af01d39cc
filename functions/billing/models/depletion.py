"""That a customer's credits of one currency were used up: once after each time that some were given."""

from pydantic import AwareDatetime

from functions.billing.models.entity import Value


class CreditsDepletion(Value):
    """Its id is made of all that was granted by then: what comes later and is used up too is another depletion.

    `noticed_at` is the moment of the signals that took the last of it, in the organization's own time.
    """

    id: str
    customer_id: str
    credits_currency_id: str
    noticed_at: AwareDatetime
