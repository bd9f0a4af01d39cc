import json
import time
from pathlib import Path

import pytest

from tests.local.owed import Up, owed

pytestmark = pytest.mark.local


def test_it_serves_its_organization_with_the_key_it_wrote(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        status, products = up.get("/products/")

    assert up.first_line == "Owed is up."
    assert (status, products) == (
        200,
        {"data": [], "pagination": {"limit": 100, "offset": 0, "total": 0, "hasMore": False}},
    )


def test_it_stops_at_sigterm_within_ten_seconds_with_status_0(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        begun = time.monotonic()

    assert time.monotonic() - begun < 10
    assert up.status == 0


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_a_second_start_answers_with_the_same_organization_and_data(tmp_path: Path, ending: str) -> None:
    with Up(tmp_path) as first:
        made = json.loads(owed("org", "create", "Beta", "--data", str(tmp_path), "--json").stdout)
        if ending == "kill":
            first.kill()

    with Up(tmp_path) as second:
        assert second.endpoint.organization == first.endpoint.organization
        assert second.endpoint.key == first.endpoint.key
        assert second.get("/products/")[0] == 200
        keys = owed("key", "list", made["organization"]["id"], "--data", str(tmp_path), "--json").stdout

    assert [key["id"] for key in json.loads(keys)["keys"]] == [made["key"]["id"]]


def test_a_directory_in_use_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    with Up(tmp_path):
        refused = owed("up", "--data", str(tmp_path), "--port", "0")

    assert refused.returncode == 2
    assert refused.stderr == f"The data directory {tmp_path} is in use by another `owed up`.\n"


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        at = ("--data", str(tmp_path))
        organization = up.endpoint.organization
        made = json.loads(owed("key", "create", organization, "--name", "worker", *at, "--json").stdout)["key"]
        listed = owed("key", "list", organization, *at).stdout
        revoked = owed("key", "revoke", organization, made["id"], *at)
        again = json.loads(owed("key", "list", organization, *at, "--json").stdout)["keys"]

    assert made["secret"].startswith("owed_test_")
    assert made["secret"] not in listed
    assert "worker" in listed
    assert revoked.stdout == f"{made['id']} is revoked.\n"
    assert [key["revokedAt"] is not None for key in again if key["id"] == made["id"]] == [True]


def test_a_clock_is_advanced_and_refuses_to_go_back(tmp_path: Path) -> None:
    with Up(tmp_path, "--clock", "2025-05-25") as up:
        at = ("--data", str(tmp_path))
        forward = owed("clock", up.endpoint.organization, "2025-06-01", *at)
        same = owed("clock", up.endpoint.organization, "2025-06-01", *at)
        back = owed("clock", up.endpoint.organization, "2025-05-31", *at)

    none_due = "No order falls due: it does once it is active, and until its end."
    assert forward.stdout == same.stdout == f"Acme AI stands at 2025-06-01; 0 new invoices. {none_due}\n"
    assert back.returncode == 1
    assert "2025-05-31" in back.stderr


def test_a_clock_goes_two_years_and_the_list_shows_where_it_stands(tmp_path: Path) -> None:
    """25 May 2025 + 731 days = 26 May 2027: 2026 and 2027 have no leap day."""
    with Up(tmp_path, "--clock", "2025-05-25") as up:
        at = ("--data", str(tmp_path))
        too_far = owed("clock", up.endpoint.organization, "2027-05-27", *at)
        forward = owed("clock", up.endpoint.organization, "2025-07-01", *at)
        listed = owed("org", "list", *at)

    assert too_far.returncode == 1
    assert "2027-05-27, 732 days after 2025-05-25" in too_far.stderr
    assert (forward.returncode, forward.stderr) == (0, "2025-06-25, 0 new invoices\n")
    assert listed.stdout.splitlines()[1] == f"{up.endpoint.organization}  test  2025-07-01  Acme AI"


def test_an_organizations_tax_is_set_shown_and_cleared(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        tax = ("tax", up.endpoint.organization, "--data", str(tmp_path))
        rates = ("--rate", "fr=20", "--rate", "DE=19.5", "--vat-number", "fr 123 456 789 01")
        before = owed(*tax).stdout
        made = owed(*tax, "--country", "fr", *rates).stdout
        shown = owed(*tax).stdout
        refused = owed(*tax, "--country", "FR", "--rate", "DE=19")
        kept = json.loads(owed(*tax, "--json").stdout)["tax"]
        cleared = owed(*tax, "--none").stdout

    assert before == cleared == "Acme AI charges no tax.\n"
    assert made == shown == "country       FR\nVAT number    FR12345678901\nrates         DE 19.5 %, FR 20 %\n"
    assert (refused.returncode, refused.stderr) == (
        1,
        "--rate has none for FR, the organization's own country\n",
    )
    assert kept == {"country": "FR", "vatNumber": "FR12345678901", "rates": {"DE": 19.5, "FR": 20}}


def test_a_deployment_is_operated_with_the_same_words_and_aws_credentials(tmp_path: Path) -> None:
    with Up(tmp_path) as up:
        aws = {
            "AWS_ENDPOINT_URL": up.endpoint.lambda_url,
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        listed = owed("key", "list", up.endpoint.organization, "--aws", "admin", "--region", "eu-west-1", **aws)
        missing = owed("key", "list", up.endpoint.organization, "--aws", "other", "--region", "eu-west-1", **aws)

    assert listed.returncode == 0
    assert "first key" in listed.stdout
    assert missing.returncode == 1
    assert "Function not found: other" in missing.stderr


def test_an_unknown_organization_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    with Up(tmp_path):
        refused = owed("key", "list", "org_nobody", "--data", str(tmp_path))

    assert refused.returncode == 1
    assert refused.stderr == "organization org_nobody was not found\n"
