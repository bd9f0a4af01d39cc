"""What can go wrong around the system, as opposed to in it: each carries the sentence a person reads."""


class CannotStartError(Exception):
    """Why `owed up` cannot start, or what is wrong with its directory; nothing was changed."""


class AdminError(Exception):
    """What the admin function refused, or why it could not be asked; `code` is its own, else empty."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code
