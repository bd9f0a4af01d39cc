"""`POST /v1/traces`: OpenTelemetry's exporters and collectors report spans (docs/traces.md).

Not by the router of the API: the answers are OTLP's, and a key may come within the body.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.billing.errors import BillingError, Forbidden, InvalidInput, shown
from functions.billing.models.organization import Scope
from functions.billing.models.sender import Sender
from functions.billing.telemetry.span import Span
from functions.billing.usecases.accept_spans import Accepted
from functions.runtime.api import Json, Principal, refuse_keys_in_url
from functions.runtime.metrics import Metric, count
from functions.traces.otlp_http import MediaType, PartialSuccess, body_of, media_type, refusal, success, unavailable
from functions.wiring import identity, tracing

logger = logging.getLogger(__name__)

MAX_KEYS = 16
"""Different keys in one request: each is looked up, and its spans go to an organization of its own."""


def handler(event: Mapping[str, Any], context: object) -> Json:
    """The Lambda handler: API Gateway's payload 2.0 in and out, and a line for the log, without any of the payload."""
    del context
    ids: Json = {"request_id": event["requestContext"].get("requestId"), "organization_id": None}
    answer = _answered(event, ids)
    logger.info("request answered", extra={**ids, "route": "POST /v1/traces", "status": answer["statusCode"]})
    return answer


def _answered(event: Mapping[str, Any], ids: Json) -> Json:
    """In the media type of the request; in JSON where that is none of OTLP's."""
    media = MediaType.JSON
    try:
        refuse_keys_in_url(event)
        media = media_type(event.get("headers", {}))
        return success(media, _export(event, media, ids))
    except BillingError as error:
        return refusal(media, error)
    except Exception:  # the one place where a mistake of ours becomes a 503
        logger.exception("request failed", extra=ids)
        return unavailable(media)


def _export(event: Mapping[str, Any], media: MediaType, ids: Json) -> PartialSuccess:
    from functions.traces.reading import read  # noqa: PLC0415 - the first request loads protobuf

    authorization = event.get("headers", {}).get("authorization")
    caller = _caller(authorization) if authorization else None
    body = body_of(event)
    body, sentences = _in_protobuf(body) if media is MediaType.JSON else (body, [])
    received = read(body)
    count_all = received.count + len(sentences)
    sentences += received.broken
    by_key = received.spans or {None: []}
    callers = _by_old_keys(by_key) if caller is None else [(key, caller) for key in by_key]
    parts: dict[str, tuple[Principal, list[Span]]] = {}
    for key, part in callers:
        if isinstance(part, Forbidden):
            sentences += [part.sentence] * len(by_key[key])
        else:
            _, spans = parts.setdefault(part.organization_id, (part, []))  # it may have several keys
            spans += by_key[key]
    ids["organization_id"] = ", ".join(parts)
    accepted = [_accept(principal, spans, ids) for principal, spans in parts.values()]
    sentences += [_sentence(refusal.span, refusal.error) for each in accepted for refusal in each.refusals]
    return _partial(sentences, [span for each in accepted for span in each.shortened], of=count_all)


def _in_protobuf(body: bytes) -> tuple[bytes, list[str]]:
    from functions.traces.json_bodies import in_protobuf  # noqa: PLC0415 - most senders use protobuf

    return in_protobuf(body)


def _caller(authorization: str | None) -> Principal:
    """Raises Forbidden."""
    principal = identity.authenticate(authorization)
    if not principal.may(Scope.SIGNALS):
        raise Forbidden(f"the API key lacks the scope {Scope.SIGNALS.value!r}")
    return principal


def _by_old_keys(spans: Mapping[str | None, Sequence[Span]]) -> Iterator[tuple[str | None, Principal | Forbidden]]:
    """Whose each key is; in a header there is none. Raises Forbidden where none of them is anybody's."""
    if len(spans) > MAX_KEYS:
        raise InvalidInput(f"the spans have {len(spans)} different keys, expected at most {MAX_KEYS} in one request")
    whose: dict[str | None, Principal | Forbidden] = {}
    for key in spans:
        try:
            whose[key] = _caller(key and f"Bearer {key}")
        except Forbidden as error:
            whose[key] = error
    first = next(iter(whose.values()))
    if isinstance(first, Forbidden) and all(isinstance(each, Forbidden) for each in whose.values()):
        raise first
    return iter(whose.items())


def _accept(principal: Principal, spans: Sequence[Span], ids: Json) -> Accepted:
    sender = Sender(principal.organization_id, received_at=principal.now, is_test=principal.test)
    accepted = tracing.accept_spans()(sender, spans)
    values = {
        Metric.SIGNALS_ACCEPTED: accepted.signals + accepted.costs,
        Metric.SIGNALS_FAILED: len(accepted.refusals),
    }
    count(values, organization_id=principal.organization_id, request_id=str(ids["request_id"]))
    return accepted


def _sentence(span: Span, error: BillingError) -> str:
    return f"span {shown(span.span_id)} ({shown(span.name)}): {error.sentence}"


def _partial(refused: Sequence[str], shortened: Sequence[Span], *, of: int) -> PartialSuccess:
    """One sentence stands for all: OTLP has room for one."""
    if refused:
        return PartialSuccess(len(refused), f"{len(refused)} of {of} spans were refused, such as {refused[0]}")
    if shortened:
        which = f"span {shortened[0].span_id} ({shown(shortened[0].name)})"
        return PartialSuccess(
            0, f"the metadata of {len(shortened)} spans is too large and left out, such as of {which}"
        )
    return PartialSuccess()
