"""One tree of errors; each writes its own sentence and carries a stable code.

The core raises these; `functions/runtime/api.py` alone turns them into HTTP statuses.
"""


class BillingError(Exception):
    """A request that Owed understands and refuses; `code` is stable, the sentence is for people."""

    code = "BILLING_ERROR"

    def __init__(self, sentence: str, *, code: str | None = None, details: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or type(self).code
        self.details = details


class InvalidInput(BillingError):
    """The caller's values break a rule; the sentence names the field, the value and what was expected."""

    code = "INVALID_INPUT"


class NotFound(BillingError):
    """Nothing of this organization has that id; another organization's id answers the same."""

    code = "NOT_FOUND"

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"{kind} {reference} was not found")


class NothingToBill(NotFound):
    """There is such an order, but no invoice of it to come; the code tells it from an order that does not exist."""

    code = "NOTHING_TO_BILL"

    def __init__(self, order_id: str) -> None:
        BillingError.__init__(self, f"order {order_id} has nothing left to bill, as things stand")


class ExternalIdExists(BillingError):
    """400 rather than 409: the contract declares no 409 on creates, and clients would retry it."""

    code = "EXTERNAL_ID_EXISTS"

    def __init__(self, kind: str, external_id: str) -> None:
        super().__init__(f"externalId {external_id!r} is already used by another {kind}")


class Conflict(BillingError):
    """The state of the thing does not allow this now; declared as 409 by the contract where it may occur."""

    code = "CONFLICT"


class Forbidden(BillingError):
    """The key is missing, wrong, expired, revoked or lacks the scope; the clients know no 401."""

    code = "FORBIDDEN"


class TooLarge(BillingError):
    """The body is over the limit the sentence names."""

    code = "BODY_TOO_LARGE"


class Busy(BillingError):
    """Nothing was changed and the same call may succeed in a moment."""

    code = "BUSY"
