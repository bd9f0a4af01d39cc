import json
import stat
from pathlib import Path

import pytest

from local.data_directory import DataDirectory, Endpoint, FirstOrganization
from local.errors import CannotStartError

ENDPOINT = Endpoint("http://127.0.0.1:8400/api/v2", "org_1", "owed_test_1")


def test_the_endpoint_is_written_for_scripts_and_for_its_owner_alone(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)

    data.write_endpoint(ENDPOINT)

    file = tmp_path / "endpoint.json"
    assert json.loads(file.read_text()) == {
        "api": "http://127.0.0.1:8400/api/v2",
        "organization": "org_1",
        "key": "owed_test_1",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert data.endpoint() == ENDPOINT


def test_a_file_readable_by_others_is_replaced_by_one_that_is_not(tmp_path: Path) -> None:
    (tmp_path / "endpoint.json").touch(0o644)

    DataDirectory(tmp_path).write_endpoint(ENDPOINT)

    assert stat.S_IMODE((tmp_path / "endpoint.json").stat().st_mode) == 0o600


def test_a_start_takes_the_old_endpoint_away_and_keeps_the_organization(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    data.write_endpoint(ENDPOINT)
    data.write_organization(FirstOrganization("org_1", "owed_test_1"))

    with data.held():
        assert data.endpoint() is None
        assert data.organization() == FirstOrganization("org_1", "owed_test_1")


def test_an_empty_directory_knows_nothing(tmp_path: Path) -> None:
    assert DataDirectory(tmp_path).endpoint() is None
    assert DataDirectory(tmp_path).organization() is None


def test_a_directory_in_use_is_refused_and_free_again_afterwards(tmp_path: Path) -> None:
    first, second = DataDirectory(tmp_path), DataDirectory(tmp_path)

    with first.held(), pytest.raises(CannotStartError, match="in use"), second.held():
        pass
    with DataDirectory(tmp_path).held():
        pass


@pytest.mark.parametrize("content", ["", "{", "\xff"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "organization.json").write_text(content, encoding="latin-1")

    with pytest.raises(CannotStartError, match=f"The file {tmp_path}/organization.json is broken"):
        DataDirectory(tmp_path).organization()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(CannotStartError, match="cannot be used: File exists"), DataDirectory(tmp_path / "data").held():
        pass


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStartError, match="Not a directory"), DataDirectory(tmp_path / "file" / "data").held():
        pass


def test_a_file_of_an_older_version_is_read_for_what_is_still_known(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    data.write_endpoint(ENDPOINT)
    file = tmp_path / "endpoint.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"traces": "http://127.0.0.1:8400/v1/traces"}))

    assert data.endpoint() == ENDPOINT
