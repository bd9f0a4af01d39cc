"""Who may touch what: read from the policies that would be deployed, not from the table that wrote them."""

import pytest

from infra import resources
from infra.grants import EMULATOR_ASKS_FOR, GRANTS
from tests.infra.assembly import Assembly, as_list

pytestmark = pytest.mark.infra

NAMES = [row.name for row in resources.FUNCTIONS]
REWRITES = {
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLUpdate",
    "dynamodb:UpdateItem",
}
TAKE = "sqs:ReceiveMessage"


def test_no_policy_allows_a_wildcard_action(assembly: Assembly) -> None:
    for policy in assembly.properties("AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert not any("*" in action for action in as_list(statement["Action"])), statement


def test_no_role_takes_a_policy_that_aws_manages(assembly: Assembly) -> None:
    for role in assembly.properties("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role


def test_the_only_wildcard_resources_are_folders_of_invoices_kept_messages_and_keys(assembly: Assembly) -> None:
    roles = assembly.of_type("AWS::IAM::Role")
    allowed = [resource for role in roles for each in assembly.role_statements(role) for resource in each["Resource"]]

    snapshots = assembly.environment("rate_signals")["SNAPSHOTS_BUCKET"] + ".Arn"
    assert {resource for resource in allowed if "*" in resource} == {
        _bucket(assembly) + "/invoices/*",
        _bucket(assembly) + "/dead-letters/signals/*",
        _bucket(assembly) + "/dead-letters/announce_events/*",
        snapshots + "/keys/*",
    }


def test_messages_are_kept_by_those_who_meet_them_and_read_by_the_administrator_alone(assembly: Assembly) -> None:
    """Of signals that were given up it is the only copy: who puts aside something else cannot write over it."""

    def allowed(folder: str) -> dict[str, set[str]]:
        actions = {name: _actions_on(assembly, name, f"{_bucket(assembly)}/dead-letters/{folder}") for name in NAMES}
        return {name: some for name, some in actions.items() if some}

    assert allowed("signals/*") == {
        "rate_signals": {"s3:PutObject"},
        "shelve_signals": {"s3:PutObject"},
        "admin": {"s3:GetObject"},
    }
    assert allowed("announce_events/*") == {
        "announce_events": {"s3:PutObject"},
        "admin": {"s3:DeleteObject", "s3:GetObject"},
    }


@pytest.mark.parametrize("name", NAMES)
def test_nobody_may_change_or_remove_a_signal(assembly: Assembly, name: str) -> None:
    allowed = _actions_on(assembly, name, _signals_table(assembly))

    assert not allowed & REWRITES
    assert "dynamodb:PutItem" not in allowed or name == "rate_signals"


def test_functions_that_only_read_records_may_write_when_a_key_was_used(assembly: Assembly) -> None:
    updates = {"dynamodb:UpdateItem"}
    of_keys = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*#used"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }

    limited = {
        name
        for name in NAMES
        for each in assembly.statements(name)
        if set(each["Action"]) == updates and each["Condition"] == of_keys
    }

    assert limited == {
        "signals",
        "costs",
        "traces",
        "invoices",
        "invoice_previews",
        "invoice_documents",
        "line_explanations",
        "margins",
        "webhooks",
    }
    for name in limited:
        assert not [s for s in assembly.statements(name) if updates & set(s["Action"]) and not s["Condition"]]


def test_every_function_behind_the_api_may_note_the_use_of_keys() -> None:
    behind = {route.function for route in resources.ROUTES} - {"health"}

    for name in behind:
        assert any("dynamodb:UpdateItem" in grant.actions for grant in GRANTS[name]), name


def test_the_signals_table_itself_refuses_changes_to_everybody(assembly: Assembly) -> None:
    table = assembly.resources[_signals_table(assembly).removesuffix(".Arn")]["Properties"]

    (statement,) = table["ResourcePolicy"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == {"AWS": "*"}
    assert set(statement["Action"]) == REWRITES


@pytest.mark.parametrize("row", resources.FUNCTIONS, ids=NAMES)
def test_a_function_may_touch_what_its_environment_names_and_nothing_else(
    assembly: Assembly, row: resources.Function
) -> None:
    touched = {
        resource.partition(".")[0]
        for statement in assembly.statements(row.name)
        if TAKE not in statement["Action"]
        for resource in statement["Resource"]
        if not any(action.startswith("logs:") for action in statement["Action"])
    }

    dead_letters = {assembly.read(made) for made in _own_dead_letters(assembly, row.name)}
    assert touched - dead_letters == set(assembly.environment(row.name).values())


@pytest.mark.parametrize("row", resources.FUNCTIONS, ids=NAMES)
def test_only_the_function_with_the_trigger_takes_messages(assembly: Assembly, row: resources.Function) -> None:
    taken = [each["Resource"] for each in assembly.statements(row.name) if TAKE in each["Action"]]

    if row.name == "admin":  # it gives dead letters of the signals back
        assert taken == [[assembly.environment("admin")["SIGNAL_DEAD_LETTERS_URL"] + ".Arn"]]
    else:
        assert len(taken) == (1 if row.trigger else 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_writes_its_own_log_only(assembly: Assembly, name: str) -> None:
    statements = assembly.statements(name)
    (logs,) = (each for each in statements if each["Action"][0].startswith("logs:"))

    group = assembly.read(assembly.functions()[name]["LoggingConfig"]["LogGroup"])
    assert logs["Resource"] == [f"{group}.Arn"]
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_what_only_the_emulator_asks_for_stays_out_of_aws(assembly: Assembly) -> None:
    allowed = {action for name in NAMES for each in assembly.statements(name) for action in each["Action"]}

    assert not allowed & set(EMULATOR_ASKS_FOR.values())


def test_every_grant_is_for_a_function_that_exists() -> None:
    assert GRANTS.keys() <= {row.name for row in resources.FUNCTIONS}


def _signals_table(assembly: Assembly) -> str:
    return assembly.environment("rate_signals")["SIGNALS_TABLE"] + ".Arn"


def _bucket(assembly: Assembly) -> str:
    return assembly.environment("render_documents")["DOCUMENTS_BUCKET"] + ".Arn"


def _actions_on(assembly: Assembly, name: str, resource: str) -> set[str]:
    return {
        action
        for statement in assembly.statements(name)
        if any(each.startswith(resource) or each == "*" for each in statement["Resource"])
        for action in statement["Action"]
    }


def _own_dead_letters(assembly: Assembly, name: str) -> list[object]:
    function = {"Ref": assembly.function_id(name)}
    joined = (
        *assembly.properties("AWS::Lambda::EventInvokeConfig"),
        *assembly.properties("AWS::Lambda::EventSourceMapping"),
    )
    destinations = [
        made["DestinationConfig"]["OnFailure"]["Destination"]
        for made in joined
        if made["FunctionName"] == function and "DestinationConfig" in made
    ]
    return [{"Ref": assembly.read(destination).removesuffix(".Arn")} for destination in destinations]
