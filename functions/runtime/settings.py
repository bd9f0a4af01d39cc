"""The environment, read at first use and nowhere else; a missing name raises with that name."""

import os


class MissingSettingError(Exception):
    """The function's environment lacks a variable that its code reads."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the environment variable {name} is not set")


def _read(name: str) -> str:
    value = os.environ.get(name)  # noqa: TID251 - the one place
    if not value:
        raise MissingSettingError(name)
    return value


def memory_bytes() -> int:
    """What Lambda gave this function; elsewhere what the front door has in Lambda."""
    return int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")) * 1_000_000  # noqa: TID251 - the one place


def function_name() -> str:
    """What Lambda calls this function: its name in the stack, so that two stages are told apart."""
    return os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local")  # noqa: TID251 - the one place


def records_table() -> str:
    return _read("RECORDS_TABLE")


def signals_table() -> str:
    return _read("SIGNALS_TABLE")


def signal_queue_url() -> str:
    return _read("SIGNAL_QUEUE_URL")


def invoice_queue_url() -> str:
    return _read("INVOICE_QUEUE_URL")


def document_queue_url() -> str:
    return _read("DOCUMENT_QUEUE_URL")


def credit_queue_url() -> str:
    return _read("CREDIT_QUEUE_URL")


def documents_bucket() -> str:
    return _read("DOCUMENTS_BUCKET")


def snapshots_bucket() -> str:
    return _read("SNAPSHOTS_BUCKET")


def signal_dead_letters_url() -> str:
    return _read("SIGNAL_DEAD_LETTERS_URL")


def webhook_queue_url() -> str:
    return _read("WEBHOOK_QUEUE_URL")


def webhooks_go_anywhere() -> bool:
    """Whether webhooks may go to this machine and by http: the local runner alone sets it, and no template may."""
    return os.environ.get("WEBHOOK_RECEIVERS") == "anywhere"  # noqa: TID251 - the one place
