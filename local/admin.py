"""The administrator's operations: one function in Lambda, asked the same way here and in AWS."""

import json
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.exceptions import ConnectionError as NoConnectionError

from local.data_directory import DataDirectory
from local.errors import AdminError
from local.messages import Json
from local.option_names import in_options
from local.session import DIRECT, local_session

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

Invoke: TypeAlias = Callable[[Json], object]

FUNCTION = "admin"
# A clock that advances a year bills a year before it answers. A lost answer must not be asked for twice.
PATIENT = Config(read_timeout=900, connect_timeout=10, retries={"total_max_attempts": 1})


class Admin:
    """Asks the admin function; what it refuses is raised as the sentence it gave."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    def create_organization(self, name: str, *, test: bool, clock: str | None) -> Json:
        return self._ask("create_organization", name=name, test=test, clock=clock)

    def create_key(
        self, organization: str, name: str, *, scopes: Sequence[str] = (), expires_at: str | None = None
    ) -> Json:
        """Without scopes it opens what the admin function thinks ordinary; `expires_at` is ISO 8601, with its zone."""
        given = {"scopes": list(scopes)} if scopes else {}
        return self._ask("create_key", organization=organization, name=name, expires_at=expires_at, **given)

    def rotate_key(self, organization: str, key: str, *, grace_hours: int) -> Json:
        return self._ask("rotate_key", organization=organization, key=key, grace_hours=grace_hours)

    def list_keys(self, organization: str) -> Json:
        return self._ask("list_keys", organization=organization)

    def revoke_key(self, organization: str, key: str) -> Json:
        return self._ask("revoke_key", organization=organization, key=key)

    def list_organizations(self) -> Json:
        return self._ask("list_organizations")

    def set_clock(self, organization: str, date: str, *, far: bool = False, days: int | None = None) -> Json:
        """To `date`, or at most `days` towards it."""
        given = {} if days is None else {"days": days}
        return self._ask("set_clock", organization=organization, date=date, far=far, **given)

    def show_tax(self, organization: str) -> Json:
        return self._ask("show_tax", organization=organization)

    def set_tax(self, organization: str, country: str, rates: Mapping[str, str], *, vat_number: str | None) -> Json:
        """`rates` are percent, by country."""
        return self._ask(
            "set_tax", organization=organization, country=country, rates=dict(rates), vat_number=vat_number
        )

    def clear_tax(self, organization: str) -> Json:
        return self._ask("clear_tax", organization=organization)

    def show_letterhead(self, organization: str) -> Json:
        return self._ask("show_letterhead", organization=organization)

    def set_letterhead(self, organization: str, fields: Mapping[str, object]) -> Json:
        """`fields` are those of the operation `set_letterhead`: what is not among them is taken away."""
        return self._ask("set_letterhead", organization=organization, **fields)

    def clear_letterhead(self, organization: str) -> Json:
        return self._ask("clear_letterhead", organization=organization)

    def replay(self, organization: str, *, customer: str | None, after: object) -> Json:
        """A part of the replay of an organization; `after` is the `next` of the part before, None for the first."""
        return self._ask("replay", organization=organization, customer=customer, after=after)

    def balance(self, organization: str, *, day: str | None, after: object, suspects: Sequence[str]) -> Json:
        """A part of the balance of accepted signals; `after` is the `next` of the part before, None for the first.

        `suspects` are those of the balance before, if this is another look.
        """
        return self._ask("balance", organization=organization, day=day, after=after, suspects=list(suspects))

    def redrive(self, organization: str | None, *, message: str | None, after: object) -> Json:
        """A part of sending again what was refused, of all organizations if None is named; `after` as above."""
        return self._ask("redrive", organization=organization, message=message, after=after)

    def announce(self, organization: str, *, since: str, after: object) -> Json:
        """A part of announcing the invoices that changed since a day; `after` is the `next` of the part before."""
        return self._ask("announce_invoices", organization=organization, since=since, after=after or "")

    def announce_parked(self, *, after: object) -> Json:
        """A part of announcing what is parked; `after` as above."""
        return self._ask("announce_parked", after=after or "")

    def inspect(self) -> Json:
        """What can be told from the inside alone: see `owed doctor`."""
        return self._ask("inspect")

    def _ask(self, operation: str, **arguments: object) -> Json:
        answer = self._invoke({"operation": operation} | arguments)
        if not isinstance(answer, dict):
            raise AdminError(f"The admin function answered {answer!r}")
        if "error" in answer:
            raise AdminError(in_options(str(answer["error"])), str(answer.get("code", "")))
        return answer


def admin_of(options: Namespace) -> Admin:
    """The one of the system that the options of a command name."""
    if options.aws:
        return Admin(aws_invoke(options.aws, region=options.region, profile=options.profile))
    return Admin(local_invoke(options.data))


def local_invoke(data: Path) -> Invoke:
    """Of the system that `owed up --data` keeps up."""
    endpoint = DataDirectory(data).endpoint()
    if endpoint is None:
        raise AdminError(f"No system has been started in {data}; start one: owed up --data {data}")
    client = local_session().client("lambda", endpoint_url=endpoint.lambda_url, config=PATIENT.merge(DIRECT))

    def invoke(payload: Json) -> object:
        try:
            return _invoke(client, FUNCTION, payload)
        except NoConnectionError as error:
            start = f"owed up --data {data} --port {endpoint.port}"
            raise AdminError(f"No system answers at {endpoint.lambda_url}; start it: {start}") from error

    return invoke


def aws_invoke(function: str, *, region: str | None, profile: str | None) -> Invoke:
    """Of a deployment, as whoever the AWS credentials of this desk are."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        client = session.client("lambda", config=PATIENT)
    except BotoCoreError as error:
        raise AdminError(str(error)) from error

    def invoke(payload: Json) -> object:
        try:
            return _invoke(client, function, payload)
        except NoConnectionError as error:
            raise AdminError(f"AWS Lambda does not answer: {error}") from error

    return invoke


def _invoke(client: "LambdaClient", function: str, payload: Json) -> object:
    try:
        response = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    except NoConnectionError:
        raise
    except ReadTimeoutError as error:
        raise AdminError(f"{function} has not answered within 15 minutes") from error
    except (BotoCoreError, ClientError) as error:
        raise AdminError(str(error)) from error
    answer = json.loads(response["Payload"].read())
    if response.get("FunctionError"):
        raise AdminError(f"{function} failed: {answer.get('errorMessage', answer)}")
    return answer
