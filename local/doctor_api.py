"""A deployment's API as its callers see it. Nothing here changes anything: what is written is refused as it stands.

The key goes to the named host by https, or to this machine, and nowhere else: no redirect is followed.
"""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import TypeAlias
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from infra.resources import API_PREFIX
from local.findings import Finding, fail, ok, skip, warn

FORBIDDEN = 403
BROKEN_CLASSES = {3, 5}
"""Of statuses by their hundreds: what answers a good request so is not the API, or is at fault."""

TIMEOUT_SECONDS = 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")

WORRYING_SKEW, BREAKING_SKEW = timedelta(seconds=30), timedelta(minutes=5)
"""AWS refuses what was signed by a clock that is further away than five minutes."""

NOBODYS_KEY = "owed_live_" + "0" * 43
"""Has the form of a key, and is none."""

PROBES: Mapping[str, tuple[str, str, object]] = {
    "read": ("GET", "/products/?limit=1", None),
    "write": ("POST", "/products/", {}),
    "signals": ("POST", "/signals/bulk", {}),
    "admin": ("POST", "/invoices/inv_none/void", {}),
}
"""By scope, what a key without it is refused with 403; with it, the last three answer that something is missing."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


class UnreachableError(Exception):
    """Nobody answered; the sentence says why."""


class KeyInTheClearError(Exception):
    """A key was to be sent for everybody on the way to read."""


Send: TypeAlias = Callable[[str, str, str | None, object], Reply]
"""Method, URL, key and body."""


def check_api(url: str, key: str | None, *, send: Send, now: Callable[[], datetime]) -> Iterator[Finding]:
    """`url` is the base URL of clients, with or without `/api/v2`."""
    root = url.rstrip("/").removesuffix(API_PREFIX)
    yield _transport(root)
    is_private = _is_private(root)
    asked_at = now()
    try:
        health = send("GET", f"{root}/health", None, None)
        yield _health(health, root)
        yield _clock(health, asked_at, now())
        if is_private:
            yield from _keys(root + API_PREFIX, key, send)
        else:
            yield skip("no key was tried", "it would travel in the clear")
    except UnreachableError as error:
        yield fail(f"the API at {root} does not answer: {error}", "compare the URL with the stack's output ApiUrl")


class _RefusedRedirects(HTTPRedirectHandler):
    """Its usual kin takes the key along to whatever host it is sent to."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """None lets the redirect be the answer."""


def send_by_http(method: str, url: str, key: str | None, body: object) -> Reply:
    """A redirect is an answer. Raises UnreachableError and, before anything is sent, KeyInTheClearError."""
    if key is not None and not _is_private(url):
        raise KeyInTheClearError
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    content = None if body is None else json.dumps(body).encode()
    request = Request(url, content, headers, method=method)  # noqa: S310 - the operator names the URL
    # A proxy that the desk needs for the internet must not be asked for the loopback.
    proxies = [ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    opener = build_opener(_RefusedRedirects(), HTTPSHandler(context=ssl.create_default_context()), *proxies)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return Reply(answer.status, _json(answer.read()), {k.lower(): v for k, v in answer.headers.items()})
    except HTTPError as error:
        with error:
            return Reply(error.code, _json(error.read()), {k.lower(): v for k, v in error.headers.items()})
    except URLError as error:
        raise UnreachableError(str(error.reason)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise UnreachableError(str(error)) from error


def _json(content: bytes) -> object:
    try:
        parsed: object = json.loads(content)
    except ValueError:
        return None
    return parsed


def _is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _transport(root: str) -> Finding:
    parts = urlsplit(root)
    if parts.scheme == "https":
        return ok("the API is called by https, and its certificate is checked")
    if _is_private(root):
        return ok("the API is on this machine, where plain http is enough")
    return fail(f"the API is called by {parts.scheme or 'nothing'}: keys travel in the clear", "use its https URL")


def _health(health: Reply, root: str) -> Finding:
    if health.status == 200 and health.body == {"status": "ok"}:  # noqa: PLR2004 - what HTTP calls OK
        return ok(f"the API at {root} answers")
    advice = "read the log of the function health, or correct the URL"
    return fail(f"GET {root}/health answered {health.status}, expected 200 and the status ok", advice)


def _clock(health: Reply, asked_at: datetime, answered_at: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(health.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return skip("clocks cannot be compared", "the API's answer has no Date, which a gateway would add")
    skew = max(asked_at - theirs, theirs - answered_at, timedelta())
    if skew < WORRYING_SKEW:
        return ok("this machine's clock agrees with the API's")
    what = f"this machine's clock is {skew.seconds + skew.days * 86_400} seconds away from the API's"
    advice = "set it by NTP: AWS refuses calls signed more than five minutes off"
    return (fail if skew >= BREAKING_SKEW else warn)(what, advice)


def _keys(base: str, key: str | None, send: Send) -> Iterator[Finding]:
    for what, wrong in (("without a key", None), ("with a wrong key", NOBODYS_KEY)):
        reply = send("GET", f"{base}/products/?limit=1", wrong, None)
        if reply.status == FORBIDDEN:
            yield ok(f"a request {what} is refused")
        else:
            is_open = reply.status < HTTPStatus.MULTIPLE_CHOICES
            advice = "take the API off the net" if is_open else "read the access log, then the function's"
            yield fail(f"a request {what} was answered {reply.status}, expected 403", advice)
    if key is None:
        yield skip("no key was tried", "give one: --key owed_live_...")
        return
    statuses = {scope: send(method, base + path, key, body).status for scope, (method, path, body) in PROBES.items()}
    broken = {scope: status for scope, status in statuses.items() if status // 100 in BROKEN_CLASSES}
    opened = [scope for scope, status in statuses.items() if status != FORBIDDEN and scope not in broken]
    for scope, status in broken.items():
        yield fail(f"a request for {scope} was answered {status}", "read the access log, then the function's")
    if opened:
        yield ok(f"the key opens {', '.join(opened)}")
    elif not broken:
        yield fail("the key opens nothing: it is wrong, expired or revoked", "owed key list ORG, owed key create ORG")
