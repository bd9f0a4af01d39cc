"""The whole system on one machine: what runs, in which order it starts, and in which it stops."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from infra.resources import API_PREFIX, FUNCTIONS, SCHEDULED_FUNCTION
from local.admin import FUNCTION as ADMIN_FUNCTION
from local.admin import Admin
from local.clock import Clock
from local.data_directory import DataDirectory, Endpoint, FirstOrganization
from local.environment import WEBHOOKS_GO_ANYWHERE, aws_settings, enter
from local.errors import AdminError, CannotStartError
from local.functions import FunctionFailedError, Functions
from local.gateway import Gateway
from local.messages import Json
from local.ministack import running_ministack
from local.output import logged_to
from local.poller import Poller
from local.resources import Clients, create_missing, queue_url, resource_settings
from local.server import HOST, Server
from local.sqs_queue import SqsQueue
from local.stream_poller import StreamPoller
from local.table_stream import TableStream, streams_at

FIRST_ORGANIZATION = "Acme AI"
NOT_FOUND = "NOT_FOUND"


@contextmanager
def running_system(
    data: DataDirectory,
    port: int,
    *,
    first_clock: str | None = None,
    functions: Functions | None = None,
) -> Iterator[Endpoint]:
    """Once per process, because the handlers find their surroundings in its environment.

    Leaving goes the way back: no new request, those under way answered, deliveries finished, data saved.
    """
    functions = functions or Functions()
    with ExitStack() as stack:
        stack.enter_context(data.held())
        stack.enter_context(logged_to(data.path / "functions.log"))
        server = stack.enter_context(Server(port))
        back_end = stack.enter_context(running_ministack(data.path))
        clients = Clients.at(back_end)
        create_missing(clients)
        enter(aws_settings(back_end) | resource_settings(back_end) | WEBHOOKS_GO_ANYWHERE)
        first = _first_organization(data, functions, first_clock)

        stopping = threading.Event()
        for function in FUNCTIONS:
            if function.trigger is not None:
                source = SqsQueue(clients.sqs, queue_url(back_end, function.trigger.name))
                poller = Poller(function.trigger, source, _deliver_to(functions, function.name))
                stack.enter_context(poller.running(stopping))
        for function in FUNCTIONS:
            if function.stream is not None:
                changes = TableStream(clients.dynamodb, streams_at(back_end), function.stream.table.name)
                stream_poller = StreamPoller(function.stream, changes, _deliver_to(functions, function.name))
                stack.enter_context(stream_poller.running(stopping))
        clock = Clock(_deliver_to(functions, SCHEDULED_FUNCTION))
        stack.enter_context(clock.running(stopping))
        stack.enter_context(server.serving(Gateway(functions).answer))

        address = f"http://{HOST}:{server.server_port}"
        endpoint = Endpoint(
            api=f"{address}{API_PREFIX}",
            organization=first.organization,
            key=first.key,
        )
        data.write_endpoint(endpoint)
        yield endpoint


def _deliver_to(functions: Functions, name: str) -> Callable[[Json], object]:
    return lambda event: functions.invoke(name, event)


def _first_organization(data: DataDirectory, functions: Functions, clock: str | None) -> FirstOrganization:
    """Made on the first start, and again if the data are gone: a first run that is killed saves nothing."""
    admin = Admin(_deliver_to(functions, ADMIN_FUNCTION))
    known = data.organization()
    try:
        if known is not None and _exists(admin, known.organization):
            return known
        created = admin.create_organization(FIRST_ORGANIZATION, test=True, clock=clock)
    except (AdminError, FunctionFailedError) as error:
        raise CannotStartError(f"The first organization cannot be made: {error}.") from error
    match created:
        case {"organization": {"id": str(organization)}, "key": {"secret": str(key)}}:
            first = FirstOrganization(organization, key)
            data.write_organization(first)
            return first
        case _:
            raise CannotStartError("The admin function answered without an organization and a key.")


def _exists(admin: Admin, organization: str) -> bool:
    try:
        admin.list_keys(organization)
    except AdminError as error:
        if error.code == NOT_FOUND:
            return False
        raise
    return True
