"""accepted = counted + unattributed + duplicates + rejected + in flight, and each way in which that is not so."""

from collections import Counter
from datetime import date

from functions.billing.accounting.balance import Balance, balance_of
from functions.billing.accounting.tally import MAX_FAULTS, FaultCode, Tally
from functions.billing.models.settlement import Outcome, Rejection, Settlement
from functions.billing.models.signal import Source

DAY, NEXT_DAY = "2025-06-01", "2025-06-02"
TODAY = date(2025, 6, 3)


def source(sequence: int, size: int, before: int, *, producer: str = "p", received_on: str = DAY) -> Source:
    return Source(producer, sequence, before, size, received_on)


FIRST, SECOND, THIRD = source(1, 10, 0), source(2, 5, 10), source(3, 4, 15)
"""One producer's messages, side by side: 10 + 5 + 4 signals."""


def settled(of: Source, *rejected: int, outcome: Outcome = Outcome.SETTLED) -> Settlement:
    """`rejected` are places in the message."""
    rejections = (Rejection(code="NO", sentence="no", places=rejected),) if rejected else ()
    return Settlement(
        message=str(of), outcome=outcome, source=of, signals=of.size, rejected=rejections, reason="given up"
    )


def tally(logged: dict[Source, int], *settlements: Settlement, day: str | None = None) -> Tally:
    """All that is in the log counts."""
    found = Tally(day, logged=Counter(logged), counted=sum(logged.values()))
    for settlement in settlements:
        found.settled(settlement)
    return found


def ends(balance: Balance) -> tuple[int, int, int, int, int]:
    """Accepted; counted, duplicates, rejected, in flight."""
    return balance.accepted, balance.counted, balance.duplicates, balance.rejected, balance.in_flight


def codes(balance: Balance) -> list[str]:
    return [fault.code for fault in balance.faults]


def judged(balance: Balance, *, queued: int, today: date = TODAY) -> Balance:
    """At the second of two looks at the same."""
    suspects = balance.suspects(queued=queued, today=today)
    return balance.judged(suspects, suspected_before={each.where for each in suspects})


# ---- what adds up


def test_an_organization_without_signals_adds_up() -> None:
    balance = balance_of(Tally())

    assert ends(balance) == (0, 0, 0, 0, 0)
    assert balance.adds_up


def test_messages_that_are_in_the_log_whole_need_no_settlement() -> None:
    balance = balance_of(tally({FIRST: 10, SECOND: 5}))

    assert ends(balance) == (10 + 5, 10 + 5, 0, 0, 0)
    assert balance.adds_up


def test_what_a_settled_message_did_not_bring_into_the_log_and_nobody_rejected_was_a_repeat() -> None:
    balance = balance_of(tally({FIRST: 6}, settled(FIRST, 3, 9)))

    assert ends(balance) == (10, 6, 10 - 6 - 2, 2, 0)
    assert balance.reasons == {"no": 2}
    assert balance.adds_up


def test_a_settlement_of_a_message_that_is_in_the_log_whole_says_nothing() -> None:
    for settlement in (settled(FIRST), settled(FIRST, 3), settled(FIRST, outcome=Outcome.DEAD)):
        assert ends(balance_of(tally({FIRST: 10}, settlement))) == (10, 10, 0, 0, 0)


def test_a_message_of_repeats_only_is_known_by_its_settlement() -> None:
    balance = balance_of(tally({FIRST: 10, THIRD: 4}, settled(SECOND)))

    assert ends(balance) == (10 + 5 + 4, 10 + 4, 5, 0, 0)


def test_of_a_dead_message_everything_that_is_not_in_the_log_is_rejected() -> None:
    balance = balance_of(tally({FIRST: 6}, settled(FIRST, outcome=Outcome.DEAD)))

    assert ends(balance) == (10, 6, 0, 10 - 6, 0)
    assert balance.reasons == {"given up": 4}
    assert balance.adds_up


def test_of_a_message_that_was_sent_again_the_rest_is_in_flight() -> None:
    balance = balance_of(tally({FIRST: 6}, settled(FIRST, outcome=Outcome.REDRIVEN)))

    assert ends(balance) == (10, 6, 0, 0, 10 - 6)
    assert [(missing.signals, missing.is_redriven) for missing in balance.missing] == [(4, True)]


def test_a_message_in_the_log_in_part_and_not_settled_is_in_flight() -> None:
    balance = balance_of(tally({FIRST: 9}))

    assert ends(balance) == (10, 9, 0, 0, 1)
    assert balance.adds_up
    assert [missing.where for missing in balance.missing] == ["of message 2025-06-01#p#000000000001"]


def test_what_lies_between_two_messages_of_a_producer_is_in_flight() -> None:
    balance = balance_of(tally({FIRST: 10, THIRD: 4}))

    assert ends(balance) == (10 + 5 + 4, 10 + 4, 0, 0, 5)
    assert [missing.where for missing in balance.missing] == [
        "between message 2025-06-01#p#000000000001 and message 2025-06-01#p#000000000003"
    ]


def test_what_lies_before_the_first_known_message_of_a_producer_is_in_flight() -> None:
    balance = balance_of(tally({SECOND: 5}))

    assert ends(balance) == (10 + 5, 5, 0, 0, 10)
    assert [missing.where for missing in balance.missing] == [
        "between the beginning of producer p and message 2025-06-01#p#000000000002"
    ]


def test_each_producer_counts_for_itself() -> None:
    other = source(1, 7, 0, producer="q")

    assert ends(balance_of(tally({FIRST: 10, other: 7}))) == (10 + 7, 10 + 7, 0, 0, 0)


def test_a_message_that_came_although_its_sender_was_told_otherwise_counts_too() -> None:
    """The second attempt was answered by an error, so that the third says the same number before it."""
    told_of_an_error, after_it = source(2, 5, 10), source(3, 4, 10)

    balance = balance_of(tally({FIRST: 10, told_of_an_error: 5, after_it: 4}))

    assert ends(balance) == (10 + 5 + 4, 10 + 5 + 4, 0, 0, 0)
    assert balance.adds_up


def test_it_hides_nothing_that_is_missing_behind_it() -> None:
    """Attempt 2 was answered by an error and came; attempt 3 of 4 signals is missing; attempt 4 says 14 before it."""
    told_of_an_error, after_both = source(2, 5, 10), source(4, 1, 14)

    balance = balance_of(tally({FIRST: 10, told_of_an_error: 5, after_both: 1}))

    assert ends(balance) == (10 + 5 + 4 + 1, 10 + 5 + 1, 0, 0, 4)


def test_signals_of_messages_without_a_source_are_accepted_when_they_are_seen() -> None:
    found = Tally(logged=Counter({FIRST: 10}), unaccounted=3, counted=12, unattributed=1)

    balance = balance_of(found)

    assert (balance.accepted, balance.unaccounted, balance.in_flight) == (10 + 3, 3, 0)
    assert balance.adds_up


def test_a_kept_message_without_a_source_is_rejected_until_it_is_sent_again() -> None:
    dead = Settlement(message="m", outcome=Outcome.DEAD, signals=4, reason="given up")
    refused = Settlement(
        message="n",
        outcome=Outcome.SETTLED,
        signals=4,
        rejected=(Rejection(code="NO", sentence="no", places=(0, 3)),),
    )

    assert ends(balance_of(tally({}, dead, refused))) == (4 + 2, 0, 0, 4 + 2, 0)
    assert ends(balance_of(tally({}, dead.redriven(), refused.redriven()))) == (0, 0, 0, 0, 0)


# ---- of one day


def test_of_a_day_only_what_lies_between_two_of_its_messages_is_known_to_be_missing() -> None:
    balance = balance_of(tally({SECOND: 5, source(4, 1, 19): 1}, day=DAY))

    assert ends(balance) == (5 + 4 + 1, 5 + 1, 0, 0, 4)


# ---- what does not add up


def test_a_message_that_brought_more_than_it_held_counts_twice() -> None:
    balance = balance_of(tally({FIRST: 12}))

    assert codes(balance) == [FaultCode.COUNTED_TWICE]
    assert "brought 10 signals and 12 are in the log by it" in balance.faults[0].sentence
    assert not balance.adds_up
    assert ends(balance) == (10, 12, 0, 0, 0)


def test_a_signal_that_is_rejected_and_in_the_log_does_not_add_up() -> None:
    balance = balance_of(tally({FIRST: 9}, settled(FIRST, 1, 2)))

    assert codes(balance) == [FaultCode.REJECTED_AND_COUNTED]
    assert ends(balance) == (10, 9, 0, 2, 0)
    assert not balance.adds_up


def test_what_the_rating_did_not_count_does_not_add_up() -> None:
    behind = tally({FIRST: 10})
    behind.counted = 9

    assert not balance_of(behind).adds_up


def test_messages_that_cannot_follow_each_other_are_a_fault() -> None:
    from_nowhere = source(2, 5, 12)  # no message lies between, but 2 signals do
    backwards = source(2, 5, 8, producer="q")
    other = source(1, 10, 9, producer="q")
    same_number = source(1, 3, 10)

    assert codes(balance_of(tally({FIRST: 10, from_nowhere: 5}))) == [FaultCode.MISNUMBERED]
    assert codes(balance_of(tally({other: 10, backwards: 5}))) == [FaultCode.MISNUMBERED]
    assert codes(balance_of(tally({FIRST: 10, same_number: 3}))) == [FaultCode.MISNUMBERED]


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    balance = balance_of(tally({source(n, 1, n - 1): 2 for n in range(1, 1001)}))

    assert len(balance.faults) == 100


def test_many_faults_of_a_kind_hide_none_of_another() -> None:
    """101 messages of 2 signals, one in the log and both rejected; and one of 10 that is there 12 times."""
    many = [source(number, 2, 2 * number - 2, producer="q") for number in range(1, MAX_FAULTS + 2)]

    balance = balance_of(tally({**dict.fromkeys(many, 1), FIRST: 12}, *(settled(each, 0, 1) for each in many)))

    assert Counter(codes(balance)) == {FaultCode.REJECTED_AND_COUNTED: MAX_FAULTS, FaultCode.COUNTED_TWICE: 1}


# ---- lost or on its way


def test_what_is_missing_while_no_queue_has_a_message_is_lost() -> None:
    lost = judged(balance_of(tally({FIRST: 9, THIRD: 4})), queued=0)

    assert codes(lost) == [FaultCode.LOST]
    assert not lost.adds_up
    assert lost.faults[0].sentence.startswith(
        "accepted signals are neither in the log nor in a queue, 6 in all: "
        "1 of message 2025-06-01#p#000000000001; 5 between message"
    )


def test_what_is_missing_for_the_first_time_may_have_been_logged_meanwhile() -> None:
    """Of the message alone it was said before that something of it is missing."""
    balance = balance_of(tally({FIRST: 9, THIRD: 4}))
    suspects = balance.suspects(queued=0, today=TODAY)

    assert balance.judged(suspects, suspected_before=()).adds_up
    lost = balance.judged(suspects, suspected_before={"of message 2025-06-01#p#000000000001"})

    assert "in a queue, 1 in all: 1 of message" in lost.faults[0].sentence


def test_while_a_queue_has_messages_nothing_is_called_lost() -> None:
    assert judged(balance_of(tally({FIRST: 9})), queued=1).adds_up


def test_what_no_queue_keeps_so_long_is_lost_whatever_lies_in_them() -> None:
    """Received on 1 June; SQS forgets after fourteen days, on 15 June."""
    balance = balance_of(tally({FIRST: 9}))

    assert judged(balance, queued=1, today=date(2025, 6, 15)).adds_up
    assert codes(judged(balance, queued=1, today=date(2025, 6, 16))) == [FaultCode.LOST]


def test_an_old_message_that_was_sent_again_may_be_on_its_way() -> None:
    balance = balance_of(tally({FIRST: 9}, settled(FIRST, outcome=Outcome.REDRIVEN)))

    assert judged(balance, queued=1, today=date(2026, 6, 1)).adds_up
    assert codes(judged(balance, queued=0, today=date(2026, 6, 1))) == [FaultCode.LOST]


def test_nothing_missing_is_nothing_lost() -> None:
    assert judged(balance_of(tally({FIRST: 10})), queued=0).adds_up
