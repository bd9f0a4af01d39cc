"""Paths and queries that nobody means well with: found, refused or not there, but never a mistake of ours."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest

from local.messages import Request
from tests.functions.business import CLOSED, Two, path_with, short
from tests.functions.routes import ROUTES, Known, filled
from tests.hostile.evidence import LONGEST_SENTENCE, assert_refused_cleanly, calls_made, everything_stored
from tests.hostile.front_door import Caller, Reply, reply_to
from tests.world import PREFIX

SEGMENTS = {
    "dots": "..",
    "dots, escaped": "%2e%2e",
    "dots and slashes, escaped": "..%2f..%2fadmin",
    "twice escaped": "%252e%252e%252f",
    "a null byte": "%00",
    "a null byte inside": "cus_1%00.json",
    "a backslash": "%5C..%5C",
    "half an escape": "%E0%A4%A",
    "no UTF-8": "%FF%FE",
    "a percent sign": "%",
    "a newline": "%0d%0aset-cookie:a=b",
    "a semicolon": "a;b=c",
    "a hash": "%23",
    "a question mark": "%3f",
    "a space": "%20",
    "a bidi override": quote("\u202egnp.exe"),
    "other digits": quote("٣"),
    "an emoji": quote("\U0001f469\u200d\U0001f467"),
    "a half surrogate": "%ED%A0%80",
    "very long": "x" * 8_000,
    "very long in bytes": quote("é" * 1_000),
    "as keys are written": "ORG%23customer",
    "a wildcard": "*",
    "braces": "%7Bid%7D",
}
WITH_PARAMETERS = [known for known in CLOSED if known.parameters and known.method in {"GET", "DELETE"}]
WITH_BODIES = [known for known in CLOSED if known.parameters and known.method not in {"GET", "DELETE"}]


def each(routes: list[Known]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", [pytest.param(known, id=str(known)) for known in routes])


@each(WITH_PARAMETERS + WITH_BODIES)
def test_an_id_may_be_anything_and_is_nobodys(caller: Caller, route: Known) -> None:
    """A user's external id in a PUT makes the user: that one is refused before, for its customer is nobody."""
    before = everything_stored()

    for segment in SEGMENTS.values():
        path = filled(route, "X").removeprefix(PREFIX).replace("X", segment)
        with calls_made() as made:
            reply = caller.send(route.method, path)
        assert reply.status in {400, 404, 405}, (segment, reply)
        assert_refused_cleanly(reply, before=before, calls=len(made.calls))


def test_an_id_that_is_a_slash_is_the_collection(caller: Caller) -> None:
    """API Gateway decodes it before we see the path, and collections have both forms."""
    assert caller.send("GET", "/customers/%2F").body == caller.send("GET", "/customers/").body


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "two slashes": lambda path: path.replace("/api/v2/", "//api//v2//"),
    "a slash more at the end": lambda path: path.rstrip("/") + "//",
    "capitals": lambda path: path.upper(),
    "dots around": lambda path: path.replace("/api/v2/", "/api/v2/x/../"),
    "another version": lambda path: path.replace("/v2/", "/v1/"),
    "no version": lambda path: path.replace("/api/v2/", "/"),
    "escaped prefix": lambda path: path.replace("/api/", "/%61pi/"),
    "a tail": lambda path: path.rstrip("/") + "/x/y/z",
}


@each(list(ROUTES))
def test_other_spellings_of_a_path_are_that_path_or_none(two: Two, route: Known) -> None:
    for spell in SPELLINGS.values():
        before, path = everything_stored(), spell(filled(route, "nobody"))
        with calls_made() as made:
            reply = reply_to(Request(route.method, path, headers=(("authorization", f"Bearer {two.ours.secret}"),)))
        if reply.status >= 300:
            assert_refused_cleanly(reply, before=before, calls=len(made.calls))


QUERIES = (
    "limit=1000000000",
    "limit=0",
    "limit=-1",
    "limit=1.5",
    "limit=1e3",
    "limit=%D9%A3",
    "limit=" + "9" * 5_000,
    "limit=NaN",
    "limit=null",
    "offset=-1",
    "offset=1000000001",
    "offset=0x10",
    "offset=" + "1" * 400,
)
WITHOUT_NAMES = [known for known in CLOSED if known.method == "GET" and short(known).endswith("/")]


@each([known for known in WITHOUT_NAMES if short(known) not in {"GET /pricing/", "GET /webhooks/"}])
@pytest.mark.parametrize("query", QUERIES)
def test_a_page_that_there_cannot_be_is_refused(two: Two, caller: Caller, route: Known, query: str) -> None:
    before = everything_stored()
    with calls_made() as made:
        reply = caller.send("GET", path_with(route, two.our_ids), query=query)

    assert_refused_cleanly(reply, before=before, calls=len(made.calls))
    assert reply.sentence.startswith(f"{query.partition('=')[0]} is "), reply.sentence


STRANGE = (
    "limit=1&limit=2",
    "limit=&offset=",
    "limit",
    "&&&=&=x&",
    "limit[]=1&limit[a]=2",
    "%00=%00",
    "name=%00&name=%FF",
    "externalId=" + "x" * 8_000,
    "externalId=" + quote("é" * 700),
    "externalId=%00",
    "externalCustomerId=" + "x" * 8_000,
    "externalCustomerId=%E2%80%AE",
    "customerId=..%2F..&customerId=*",
    "status=%F0%9F%92%A9",
    "createdAtFrom=0001-01-01&createdAtTo=9999-12-31",
    "createdAtFrom=2025-06-01T00:00:00%2B23:59",
    "createdAtTo=2016-12-31T23:59:60Z",
    "startDateFrom=2199-12-31T23:59:59-23:59",
    "issueDateFrom=%D9%A2%D9%A0%D9%A2%D9%A5-06-01",
    "from=2199-12-31&to=1970-01-01",
    "from=0001-01-01&to=9999-12-31",
    "from=%D9%A2%D9%A0%D9%A2%D9%A5-06-01",
    "to=" + "9" * 5_000,
    "startTime=1970-01-01&endTime=2199-12-31",
    "metadata=%7B%22%00%22%3A1e400%7D",
    "metadata=" + "%7B%22a%22%3A" * 300,
    "metadata=%7B%22" + "a." * 3_000 + "%22%3Anull%7D",
    "externalAgentId=" + quote("é" * 700),
    "asOf=9999-12-31",
    "asOf=2199-12-31",
    "asOf=" + "9" * 5_000,
    "a=1&" * 2_000,
    ";".join(["a=1"] * 100),
)


@each([known for known in CLOSED if known.method == "GET" and known.function != "invoice_documents"])
def test_a_strange_query_is_answered_or_refused(two: Two, caller: Caller, route: Known) -> None:
    before = everything_stored()

    for query in STRANGE:
        reply = caller.send("GET", path_with(route, two.our_ids), query=query)
        assert reply.status in {200, 400, 404}, (query, reply)
        assert reply.status == 200 or len(reply.sentence) <= LONGEST_SENTENCE, (query, reply.sentence)
    assert everything_stored() == before


def test_of_a_name_given_twice_the_last_counts(caller: Caller) -> None:
    reply = caller.send("GET", "/customers/", query="limit=x&limit=1")

    assert (reply.status, reply.body["pagination"]["limit"]) == (200, 1)


AUTHORIZATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "none": (),
    "empty": (("authorization", ""),),
    "given twice": (("authorization", "Bearer {key}"), ("authorization", "Bearer {key}")),
    "two keys": (("authorization", "Bearer {key} {key}"),),
    "huge": (("authorization", "Bearer " + "x" * 100_000),),
    "spaces": (("authorization", "Bearer " + " " * 10_000),),
    "latin-1": (("authorization", "Bearer \xe9\xff"),),
    "half a surrogate": (("authorization", "Bearer \ud800"),),
    "a null byte": (("authorization", "Bearer {key}\x00"),),
    "an emoji": (("authorization", "Bearer \U0001f511"),),
    "another scheme": (("authorization", "Token {key}"),),
    "no scheme": (("authorization", "{key}"),),
    "in capitals": (("authorization", "Bearer {KEY}"),),
    "in another header": (("x-api-key", "{key}"),),
    "in a cookie": (("cookie", "authorization=Bearer {key}"),),
}


@pytest.mark.parametrize("how", AUTHORIZATIONS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_key_opens_but_the_one_in_its_header(two: Two, how: str, method: str) -> None:
    before, key = everything_stored(), two.ours.secret
    headers = [(n, v.replace("{key}", key).replace("{KEY}", key.upper())) for n, v in AUTHORIZATIONS[how]]

    with calls_made() as made:
        reply = reply_to(Request(method, f"{PREFIX}/customers/", headers=headers, body=b'{"name": "x"}'))

    assert_refused_cleanly(reply, before=before, calls=len(made.calls))
    assert (reply.status, reply.body["code"]) == (403, "FORBIDDEN")
    assert key not in reply.sentence


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_the_scheme_may_be_spelled_in_any_case(two: Two, scheme: str) -> None:
    assert asked_with(f"{scheme} {two.ours.secret}").status == 200


def asked_with(authorization: str) -> Reply:
    return reply_to(Request("GET", f"{PREFIX}/customers/", headers=(("authorization", authorization),)))
