"""`owed doctor`: is a deployment well, and if not, what is to be done? It only looks."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from local.admin import Admin, admin_of, aws_invoke
from local.aws_account import Ask, AwsError, NotAllowedError, asking, stack_of
from local.data_directory import DataDirectory
from local.doctor_api import check_api, send_by_http
from local.doctor_aws import Deployed, check_aws
from local.doctor_inside import check_inside
from local.errors import AdminError
from local.findings import Finding, Status, counted, fail, skip

PROTECTED_STAGES = ("prod",)


def doctor(options: Namespace) -> int:
    """1 if something is wrong; what could not be looked at is not."""
    found: list[Finding] = []
    for finding in _findings(options):
        found.append(finding)
        if not options.json:
            sys.stdout.write(f"{finding.line}\n")
            sys.stdout.flush()
    summary = counted(found)
    sys.stdout.write((json.dumps([each.json() for each in found], indent=2) if options.json else summary) + "\n")
    return int(any(each.status is Status.FAIL for each in found))


def _findings(options: Namespace) -> Iterator[Finding]:
    if options.stage is not None:
        yield from _stage(options, asking(region=options.region, profile=options.profile))
    elif options.aws is not None:
        yield from _api(options.url, options.key)
        yield from check_inside(admin_of(options), asked_at=_now())
        yield skip("tables, queues, alarms and the rest of AWS were not looked at", "name the stage: --stage prod")
    else:
        yield from _here(options)


def _here(options: Namespace) -> Iterator[Finding]:
    try:
        admin = admin_of(options)
    except AdminError as error:
        yield fail(f"there is nothing to look at in {options.data}", str(error))
        return
    endpoint = DataDirectory(options.data).endpoint()
    url, key = (None, None) if endpoint is None else (endpoint.api, endpoint.key)
    yield from _api(options.url or url, options.key or key)
    yield from check_inside(admin, asked_at=_now())


def _stage(options: Namespace, ask: Ask) -> Iterator[Finding]:
    try:
        data, service = (stack_of(ask, f"owed-{options.stage}-{part}") for part in ("data", "service"))
    except NotAllowedError as error:
        yield skip("the stacks cannot be looked at", f"these credentials are not allowed {error}")
        yield from _api(options.url, options.key)
        return
    except AwsError as error:
        yield fail(f"the stacks of {options.stage} cannot be found: {error}", "is this the account, region and stage?")
        return
    yield from _api(options.url or service.outputs.get("ApiUrl"), options.key)
    admin_function = service.outputs.get("AdminFunctionName")
    if admin_function is None:
        yield fail("the service stack has no output AdminFunctionName yet", "wait for its deployment, or deploy again")
    else:
        invoke = aws_invoke(admin_function, region=options.region, profile=options.profile)
        yield from check_inside(Admin(invoke), asked_at=_now())
    yield from check_aws(ask, Deployed(data, service, protected=options.stage in PROTECTED_STAGES), _now())


def _api(url: str | None, key: str | None) -> Iterator[Finding]:
    if url is None:
        yield skip("the API was not looked at", "give its base URL: --url https://.../api/v2")
        return
    yield from check_api(url, key, send=send_by_http, now=_now)


def _now() -> datetime:
    return datetime.now(UTC)
