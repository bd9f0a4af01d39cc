import socket
from pathlib import Path

import pytest

from local.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str]:
    """The exit status, and what was told on standard error."""
    status: object
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as refused:
        status = refused.code
    return status, capsys.readouterr().err


def test_a_port_in_use_is_one_sentence_and_status_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        status, told = run(capsys, "up", "--data", tmp_path, "--port", port)

    assert status == 2
    assert told == f"Port {port} is in use; choose another with --port (make run: PORT=...), or 0 for a free one.\n"


def test_a_data_directory_that_is_a_file_is_one_sentence_and_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    status, told = run(capsys, "up", "--data", tmp_path / "file", "--port", 0)

    assert status == 2
    assert told == f"The data directory {tmp_path}/file cannot be used: File exists.\n"


@pytest.mark.parametrize(
    "command",
    [
        ("clock", "org_1", "2025-07-01"),
        ("org", "create", "A"),
        ("key", "list", "org_1"),
        ("tax", "org_1", "--none"),
        ("letterhead", "org_1", "--city", "Paris"),
        ("replay", "org_1"),
    ],
)
def test_without_a_system_the_operator_is_told_how_to_start_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    status, told = run(capsys, *command, "--data", tmp_path)

    assert status == 1
    assert told == f"No system has been started in {tmp_path}; start one: owed up --data {tmp_path}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("clock", "org_1", "July"), "'July' is not a date like 2025-07-01"),
        (("clock", "org_1", "2025-02-30"), "'2025-02-30' is not a date like 2025-07-01"),
        (("up", "--port", "99999"), "'99999' is not a port between 0 and 65535"),
        (("key", "list", "org_1", "--aws", "f", "--data", "d"), "not allowed with argument"),
        (("tax", "org_1", "--country", "FR", "--rate", "FR"), "'FR' is not a country and its percent like FR=20"),
        (("tax", "org_1", "--country", "FR", "--rate", "FR=-1"), "'FR=-1' is not a country and its percent"),
        (("tax", "org_1", "--country", "FR", "--rate", "FR=20", "--rate", "fr=10"), "--rate names a country twice"),
        (("tax", "org_1", "--rate", "FR=20"), "--rate and --vat-number need --country"),
        (("tax", "org_1", "--none", "--vat-number", "FR1"), "--rate and --vat-number need --country"),
        (("tax", "org_1", "--none", "--country", "FR"), "not allowed with argument"),
        (("letterhead", "org_1", "--none", "--city", "Paris"), "--none stands alone"),
        (
            ("key", "create", "org_1", "--expires", "soon"),
            "'soon' is not a date like 2025-07-01 or a time like 90d or 12h",
        ),
        (("key", "create", "org_1", "--expires", "xd"), "'xd' is not a time like 24h or 7d"),
        (("key", "rotate", "org_1", "key_1", "--grace", "1"), "'1' is not a time like 24h or 7d"),
        ((), "required"),
    ],
)
def test_a_wrong_argument_is_named_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    status, told = run(capsys, *arguments)

    assert status == 2
    assert sentence in told
