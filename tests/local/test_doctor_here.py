"""`owed doctor` of a system that is up on this machine, by its real functions."""

import json
from pathlib import Path

import pytest

from local.cli import main
from tests.local.owed import Up

pytestmark = pytest.mark.local


def test_a_system_that_is_up_is_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        status = main(["doctor", "--data", str(up.data), "--json"])

    found = json.loads(capsys.readouterr().out)
    told = [each["what"] for each in found]
    assert status == 0, found
    assert {each["status"] for each in found} <= {"ok", "skip"}
    assert "the key opens read, write, signals, admin" in told
    assert "everything that fell due is billed" in told
    assert any(line.startswith("the deployed code is this command's") for line in told)
