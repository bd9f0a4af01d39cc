from functions.billing.models.webhook_retries import MAX_ATTEMPTS, RETRY_AFTER_SECONDS, retry_after_seconds
from infra.resources import WEBHOOK_QUEUE

LONGEST_HIDDEN_SECONDS = 12 * 3600


def test_a_delivery_is_tried_eight_times_within_some_28_hours() -> None:
    assert RETRY_AFTER_SECONDS == (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
    assert sum(RETRY_AFTER_SECONDS) == 5 + 300 + 1800 + 7200 + 18_000 + 2 * 36_000 == 99_305  # 27.6 hours


def test_the_queue_gives_up_when_the_schedule_does() -> None:
    assert WEBHOOK_QUEUE.max_receives == MAX_ATTEMPTS == len(RETRY_AFTER_SECONDS) + 1


def test_a_delay_is_the_planned_one_and_at_most_a_tenth_more() -> None:
    for attempt, planned in enumerate(RETRY_AFTER_SECONDS, start=1):
        delays = [retry_after_seconds(f"evt_{number}", attempt=attempt) or 0 for number in range(500)]

        assert planned <= min(delays) <= max(delays) <= planned + planned // 10 < LONGEST_HIDDEN_SECONDS


def test_events_that_fail_together_are_spread_over_the_tenth() -> None:
    delays = {retry_after_seconds(f"evt_{number}", attempt=4) for number in range(500)}

    assert len(delays) > 200


def test_the_same_attempt_waits_as_long_if_it_is_asked_for_again() -> None:
    assert retry_after_seconds("evt_1", attempt=3) == retry_after_seconds("evt_1", attempt=3)


def test_after_the_last_attempt_there_is_no_other() -> None:
    assert retry_after_seconds("evt_1", attempt=MAX_ATTEMPTS - 1) is not None
    assert retry_after_seconds("evt_1", attempt=MAX_ATTEMPTS) is None
    assert retry_after_seconds("evt_1", attempt=MAX_ATTEMPTS + 1) is None
