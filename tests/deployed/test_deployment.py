"""The real app in the local back end with IAM enforced, made and removed by the CDK's own command line."""

from collections.abc import Mapping

import pytest

from infra.resources import FUNCTIONS, QUEUES, ROUTES
from local import guide
from local.deployment.poison import POISON
from local.deployment.spans import NOBODYS_KEY
from local.deployment.story import Findings
from tests import logs
from tests.logs import LeakError, look_through

pytestmark = pytest.mark.deployed

SENT = (POISON, "Acme Ltd", guide.CUSTOMER, guide.PRODUCT, NOBODYS_KEY)
"""What the steps send, and no log may hold."""


def test_the_deployed_app_has_no_differences_and_a_change_has(findings: Findings) -> None:
    after_deploying, with_the_change, after_the_change = findings.differs

    assert (after_deploying, with_the_change, after_the_change) == (False, True, False)


def test_an_update_reaches_every_function(findings: Findings) -> None:
    assert findings.log_levels == {row.name: "DEBUG" for row in FUNCTIONS}


def test_spans_come_through_the_gateway_in_each_form_and_count_once(findings: Findings) -> None:
    assert findings.spans == "5 calls counted once: api.key, gzip, json, protobuf, token"


def test_the_scheduled_run_bills_the_guides_order_although_its_message_was_lost(findings: Findings) -> None:
    # In advance: setup 1,000 + platform 500 + 10 seats at 30. A month later, with 1,240 emails at 0.10 and 7
    # meetings at 50 in arrears: 500 + 300 + 124 + 350.
    assert findings.invoices == "INV-000001, INV-000002: 1,800.00 + 1,274.00 USD"


def test_costs_come_by_themselves_and_in_a_signal_and_leave_a_margin(findings: Findings) -> None:
    # 1,200 tokens in at 2.50 and 340 out at 10.00 a million are 0.0064; with five calls by spans at 0.0075 each that is
    # 0.0043 + 0.0064 + 0.0125 + 0.0375 = 0.0607, of 1,000 + 500 + 300 + 124 + 350 that last month earned.
    assert findings.costs == "0.0043 + 0.0064 + 0.0125"
    assert findings.margin == "2274.00 - 0.0607 = 2273.9393 USD"


def test_each_invoice_has_its_json_and_its_pdf_in_s3(findings: Findings) -> None:
    assert findings.documents == f"{2 * 2} documents"


def test_every_route_answers_through_the_gateway_and_none_without_a_key(findings: Findings) -> None:
    assert findings.routes == f"{len(ROUTES)} routes answer, none without a key"


def test_a_message_that_nobody_can_read_ends_with_the_dead_letters_of_its_queue(findings: Findings) -> None:
    taken_by_a_function = {row.name for row in QUEUES if row.dead_letters is not None}

    assert findings.ends_of_poison.keys() == {row.name for row in QUEUES}
    for queue, end in findings.ends_of_poison.items():
        expected = f"kept at dead-letters/{queue}/" if queue in taken_by_a_function else "dead-letter queue"
        assert end.startswith(expected)


def test_without_one_grant_iam_refuses_and_names_the_action(findings: Findings) -> None:
    assert findings.refusal.startswith("AccessDenied")
    assert "not authorized to perform: sqs:SendMessage" in findings.refusal


def test_the_books_of_the_deployment_add_up(findings: Findings) -> None:
    # 1,240 emails and 7 meetings, two signals of events that nobody bills, three costs, and five calls of a model, all
    # of them twice. The first 1,000 signals were sent twice as well, and the front door did not accept them again.
    told = " ".join(findings.balance.split())

    assert "accepted 1,262" in told
    assert "= counted 1,247" in told
    assert "+ unattributed 10 " in told
    assert "+ duplicates 5" in told
    assert "adds up: yes" in told


def search(of_functions: Mapping[str, str]) -> None:
    for name, log in of_functions.items():
        look_through(log, where=f"the log of {name}")


def test_no_deployed_function_logs_a_secret_or_what_it_was_sent(findings: Findings) -> None:
    search(findings.logs)

    assert findings.logs.keys() == {row.name for row in FUNCTIONS}
    assert [(name, sent) for name, log in findings.logs.items() for sent in SENT if sent in log] == []
    # These logs are those of the steps: what was accepted, what was logged of it, and the poison's end.
    assert "SignalsAccepted" in findings.logs["signals"]
    assert "signals appended" in findings.logs["rate_signals"]
    assert "Traceback" in findings.logs["generate_invoices"]


def test_a_secret_in_one_of_these_logs_would_be_found(findings: Findings) -> None:
    search({**findings.logs, "signals": f"{findings.logs['signals']}\n{{'given': 'owed_live_{'x' * 43}'}}"})

    with pytest.raises(LeakError, match="the log of signals holds an API key"):
        logs.check()


def test_the_signals_outlive_both_stacks(findings: Findings) -> None:
    with_both, without_service, without_data = findings.segments

    assert with_both > 0
    assert without_service == without_data == with_both
