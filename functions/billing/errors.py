"""One tree of errors; each writes its own sentence and carries a stable code.

The core raises these; `functions/runtime/api.py` alone turns them into HTTP statuses.
"""

from datetime import date

_SHOWN_CHARACTERS = 60
"""Of what the caller wrote: it may be of any length, and an answer may hold a thousand of them."""


def shown(text: str) -> str:
    """As much of it as a sentence takes."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


class BillingError(Exception):
    """A request that Owed understands and refuses; `code` is stable, the sentence is for people."""

    code = "BILLING_ERROR"

    def __init__(self, sentence: str, *, code: str | None = None, details: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or type(self).code
        self.details = details
        self.more: dict[str, int] = {}
        """What an answer tells beside, for machines."""


class InvalidInput(BillingError):
    """The caller's values break a rule; the sentence names the field, the value and what was expected."""

    code = "INVALID_INPUT"


class NotFound(BillingError):
    """Nothing of this organization has that id; another organization's id answers the same."""

    code = "NOT_FOUND"

    def __init__(self, kind: str, reference: str, *, expected: str | None = None) -> None:
        sentence = f"{kind.replace('_', ' ')} {shown(reference)} was not found"
        super().__init__(sentence if expected is None else f"{sentence}, expected {expected}")


class NothingToBill(NotFound):
    """There is such an order, but no invoice of it to come; the code tells it from an order that does not exist."""

    code = "NOTHING_TO_BILL"

    def __init__(self, order_id: str, *, as_of: date | None) -> None:
        when = "" if as_of is None else f" on {as_of} or later"
        why = "no charge is to come, and no signal counts for what is not billed yet"
        BillingError.__init__(self, f"order {order_id} has nothing to bill{when}: {why}")


class KeyNotLogged(NotFound):
    """No log that was looked through has a signal of that key; `whose` says which those were."""

    def __init__(self, idempotency_key: str, whose: str) -> None:
        BillingError.__init__(
            self,
            f"no signal with the idempotencyKey {shown(idempotency_key)!r} is in the log {whose}: one that was "
            "accepted a moment ago may still be on its way, and the answer to its request says whether it was refused",
        )


class ExternalIdExists(BillingError):
    """400 rather than 409: the contract declares no 409 on creates, and clients would retry it."""

    code = "EXTERNAL_ID_EXISTS"

    def __init__(self, kind: str, external_id: str) -> None:
        super().__init__(f"externalId {shown(external_id)!r} is already used by another {kind}")


class KeyReused(BillingError):
    """A repeat whose values differ from those that came with its idempotency key first."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, idempotency_key: str) -> None:
        super().__init__(
            f"idempotencyKey is {shown(idempotency_key)!r}, which came with other values before: those count and these "
            "do not; if this is something else, send it again with a key of its own"
        )


class Conflict(BillingError):
    """The state of the thing does not allow this now; declared as 409 by the contract where it may occur."""

    code = "CONFLICT"


class Forbidden(BillingError):
    """The key is missing, wrong, expired, revoked or lacks the scope; the clients know no 401."""

    code = "FORBIDDEN"


class TooLarge(BillingError):
    """The body is over the limit the sentence names."""

    code = "BODY_TOO_LARGE"


class UnsupportedEncoding(BillingError):
    """The body comes in a form that is not read."""

    code = "UNSUPPORTED_ENCODING"


class Busy(BillingError):
    """Nothing was changed and the same call may succeed in a moment."""

    code = "BUSY"
