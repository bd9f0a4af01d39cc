"""A log rated anew from its beginning (law 2): what its usage was at each of the places that somebody asks about."""

from collections.abc import Container, Iterable, Iterator, Sequence

from functions.billing.models.audit import Book, Finding, Remark, differences
from functions.billing.models.segment import LogId, Segment
from functions.billing.models.usage import Checkpoint, RatingPlan
from functions.billing.rating.usage import rate_forward


def checkpoints_at(marks: Container[int], plan: RatingPlan, reads: Iterable[Sequence[Segment]]) -> Iterator[Checkpoint]:
    """The checkpoint at each segment of `marks` that the log has, and in the end that of its last segment.

    `reads` are the log's segments from the first one on, some at a time: no more of them is held than one read.
    """
    checkpoint = Checkpoint(plan_version=plan.version)
    if 0 in marks:
        yield checkpoint
    for segments in reads:
        begin = 0
        for end, segment in enumerate(segments, start=1):
            if segment.number in marks:
                checkpoint = rate_forward(checkpoint, plan, segments[begin:end])
                begin = end
                yield checkpoint
        checkpoint = rate_forward(checkpoint, plan, segments[begin:])
    yield checkpoint


def usage_findings(log: LogId, plan: RatingPlan, *, stored: Checkpoint, replayed: Checkpoint) -> Iterator[Finding]:
    """The checkpoint of a shard against the one at the same segment of the log that is rated anew."""
    comparable = stored
    if stored.plan_version < plan.version:
        comparable = stored.under(plan)
        counted_anew = comparable.rated_through < stored.rated_through
        what_follows = "all of it is counted anew" if counted_anew else "only its version is out of date"
        sentence = f"shard {log.shard} is rated by plan {stored.plan_version} of {plan.version}: {what_follows}"
        yield Remark(Book.USAGE, log.customer_id, f"{sentence} when the customer is rated next")
        if counted_anew:
            return
    shard = f"shard {log.shard}"
    yield from differences(
        Book.USAGE,
        log.customer_id,
        stored={shard: comparable.model_dump(mode="json")},
        replayed={shard: replayed.model_dump(mode="json")},
    )
