"""Which errors pass by themselves."""


def is_outage(error: Exception) -> bool:
    """Whether AWS was not reached, or refused a call: the same may succeed later.

    Of any other error nothing changes before the code does, or what it reads.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - loaded with the clients, not before
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - as above

    return isinstance(error, (BotoCoreError, ClientError, ResponseParserError, OSError))
