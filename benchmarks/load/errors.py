"""What ends a run before its end."""


class LoadFailedError(Exception):
    """The system could not be driven, or not be asked what became of it; the sentence says where."""
