"""The negative control: with one grant taken away the journey must fail, and IAM must say why.

A green run proves nothing about grants unless an emulator that lets everything pass would make it red.
"""

import json
import re
from typing import Any

from paid.core.api_error import ApiError

from infra.grants import EMULATOR_ASKS_FOR
from infra.resources import FUNCTIONS
from local.deployment.deployed import Deployed
from local.deployment.errors import StepFailedError
from local.deployment.journey import Journey
from local.deployment.waiting import check, until

FUNCTION = "signals"
ACTION = "sqs:SendMessage"
SERVER_ERROR = 500
_REFUSAL = re.compile(
    rf"AccessDenied.*not authorized to perform: {ACTION}\b.*because no identity-based policy allows the {ACTION} action"
)
"""IAM's own words; AWS names the resource between them, which ministack leaves out."""


def take_a_grant_away(deployed: Deployed, journey: Journey) -> str:
    """The line of the function's log in which IAM refuses; the grant is given back, and the journey goes on."""
    (row,) = (row for row in FUNCTIONS if row.name == FUNCTION)
    iam, role = deployed.clients.iam, deployed.function(row)["Role"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    before = len(deployed.log_of(row))
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(_without(document)))
    try:
        status = _status_of(journey)
        check("the answer without the grant", status, SERVER_ERROR)
        refusal = until(lambda: _refusal(deployed.log_of(row)[before:]), f"the log of {FUNCTION} tells the refusal")
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    journey.send_one_more()
    return refusal


def _without(document: dict[str, Any]) -> dict[str, Any]:
    """The policy without the statements that allow the action."""
    taken = {ACTION, EMULATOR_ASKS_FOR.get(ACTION, ACTION)}
    statements = [statement for statement in document["Statement"] if not taken & set(_actions(statement))]
    if statements == document["Statement"]:
        raise StepFailedError(f"The role of {FUNCTION} does not allow {ACTION}, so it cannot be taken away.")
    return document | {"Statement": statements}


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return actions if isinstance(actions, list) else [actions]


def _status_of(journey: Journey) -> int | None:
    try:
        journey.send_one_more()
    except ApiError as error:
        return error.status_code
    raise StepFailedError(f"{FUNCTION} worked without {ACTION}: nothing enforces its role, so nothing else is proven.")


def _refusal(lines: list[str]) -> str:
    """Empty while there is none."""
    found = _REFUSAL.search("\n".join(lines))
    return found.group(0) if found else ""
