"""The two systems that are held to the contract, and must not differ: handlers on moto, and `owed up` over HTTP."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from paid import Paid

from functions.runtime.chance import new_secret
from local.admin import Admin, local_invoke
from tests.client import HandlerTransport
from tests.local.owed import Up
from tests.world import PREFIX, fresh_world

TODAY = date(2025, 7, 10)


@dataclass(frozen=True)
class Customer:
    """A customer of ours, an organization: its key, and how to wait until all that it was promised is done."""

    system: "System"
    organization: str
    key: str

    def settle(self) -> None:
        self.system.settle(self.organization)


@dataclass(frozen=True)
class System:
    """Where requests go, and what only an administrator can do."""

    url: str
    transport: httpx.BaseTransport
    create: Callable[[], tuple[str, str]]
    settle: Callable[[str], None]

    def customer(self) -> Customer:
        """A new test organization whose clock stands at TODAY."""
        return Customer(self, *self.create())

    def send(
        self,
        method: str,
        path: str,
        *,
        authorization: str | None,
        body: bytes | None = None,
        query: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        """A request as the client would not send it."""
        headers = {"content-type": "application/json"}
        if authorization is not None:
            headers["authorization"] = authorization
        params = None if query is None else {name: str(value) for name, value in query.items()}
        client = httpx.Client(transport=Wire(self.transport), timeout=60)
        return client.request(method, self.url + path, headers=headers, params=params, content=body)


class Wire(httpx.BaseTransport):
    """Carries a client's requests and keeps the last exchange; `other_form` flips the slash at the end of the path."""

    def __init__(self, inner: httpx.BaseTransport, *, other_form: bool = False) -> None:
        self._inner = inner
        self._other_form = other_form
        self.request: httpx.Request | None = None
        self.response: httpx.Response | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.request = _flipped(request) if self._other_form else request
        self.response = self._inner.handle_request(self.request)
        self.response.read()
        return self.response

    def close(self) -> None:
        """The inner transport is shared."""

    @property
    def answer(self) -> Any:
        assert self.response is not None
        return json.loads(self.response.content)


@dataclass(frozen=True)
class Caller:
    """The published client of one customer, and the wire that it speaks through."""

    paid: Paid
    wire: Wire

    def call(self, resource: str, method: str, *arguments: object, **named: object) -> Any:
        """Calls the client's method; a refusal is not tried again."""
        function = getattr(getattr(self.paid, resource), method)
        return function(*arguments, **named, request_options={"max_retries": 0})


def caller(customer: Customer, *, other_form: bool = False, key: str | None = None) -> Caller:
    wire = Wire(customer.system.transport, other_form=other_form)
    client = httpx.Client(transport=wire, timeout=60)
    return Caller(Paid(token=key or customer.key, base_url=customer.system.url, httpx_client=client), wire)


def _flipped(request: httpx.Request) -> httpx.Request:
    path, question, query = request.url.raw_path.partition(b"?")
    path = path.removesuffix(b"/") if path.endswith(b"/") else path + b"/"
    url = request.url.copy_with(raw_path=path + question + query)
    return httpx.Request(request.method, url, headers=request.headers, content=request.content)


@contextmanager
def handlers_on_moto() -> Iterator[System]:
    with fresh_world() as world:

        def create() -> tuple[str, str]:
            tenant = world.tenant(clock=TODAY)
            return tenant.organization_id, tenant.secret

        yield System(f"http://owed.test{PREFIX}", HandlerTransport(), create, lambda _: world.work())


@contextmanager
def owed_up(data: Path) -> Iterator[System]:
    with Up(data, "--clock", TODAY.isoformat()) as up, httpx.HTTPTransport() as transport:
        admin = Admin(local_invoke(data))

        def create() -> tuple[str, str]:
            match admin.create_organization(f"Acme {new_secret()[:4]}", test=True, clock=TODAY.isoformat()):
                case {"organization": {"id": str(organization)}, "key": {"secret": str(key)}}:
                    return organization, key
                case made:
                    raise AssertionError(made)

        def settle(organization: str) -> None:
            admin.set_clock(organization, TODAY.isoformat())

        yield System(up.endpoint.api, transport, create, settle)
