"""AWS as the operator may see it: a call by name, and a deployment's resources by its stacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import AdminError

Ask: TypeAlias = Callable[..., Any]
"""Service, operation and its parameters by name; answers what AWS does, or raises one of the two below."""

DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


class NotAllowedError(Exception):
    """The operator's credentials lack a permission, which the sentence names."""


class AwsError(Exception):
    """AWS refused for another reason; `code` is its own."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def asking(*, region: str | None, profile: str | None) -> Ask:
    """As whoever the AWS credentials of this desk are. Raises AdminError where there are none to begin with."""
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise AdminError(str(error)) from error

    def ask(service: str, operation: str, **parameters: object) -> Any:  # noqa: ANN401 - AWS's answers, as they are
        try:
            client: Any = session.client(service)  # type: ignore[call-overload] # by a name that is data here
            return getattr(client, operation)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in DENIED:
                raise NotAllowedError(f"{service}:{operation}") from error
            raise AwsError(str(error), code) from error
        except BotoCoreError as error:
            raise AwsError(str(error), "") from error

    return ask


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack's status, its outputs, and its resources: physical names by type."""

    name: str
    status: str
    outputs: Mapping[str, str]
    resources: Mapping[str, list[str]]

    def names(self, kind: str) -> list[str]:
        return self.resources.get(kind, [])


def stack_of(ask: Ask, name: str) -> Stack:
    """Raises NotAllowedError, AwsError."""
    (described,) = ask("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}
    resources: dict[str, list[str]] = {}
    following: dict[str, str] = {}
    while True:
        page = ask("cloudformation", "list_stack_resources", StackName=name, **following)
        for each in page["StackResourceSummaries"]:
            if "PhysicalResourceId" in each:
                resources.setdefault(each["ResourceType"], []).append(each["PhysicalResourceId"])
        if "NextToken" not in page:
            return Stack(name, described["StackStatus"], outputs, resources)
        following = {"NextToken": page["NextToken"]}
