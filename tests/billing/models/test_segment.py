import pytest

from functions.billing.errors import NotFound
from functions.billing.models.segment import KEY_HASH_BYTES, LogId, SignalPosition, hash_key
from tests.builders import LOG, NOW, make_entry, make_segments


@pytest.mark.parametrize(
    ("customer_id", "shard", "segment", "index"),
    [("cus_0abcXYZ", 0, 1, 0), (f"cus_{40 * 'a'}", 3, 999_999_999_999, 4095)],
)
def test_the_id_of_a_signal_says_where_it_lies(customer_id: str, shard: int, segment: int, index: int) -> None:
    position = SignalPosition(LogId("org_1", customer_id, shard), segment, index)

    assert SignalPosition.parse("org_1", position.signal_id) == position


def test_an_id_is_read_in_the_log_of_whoever_asks() -> None:
    """Law 6: the id carries no organization, so another tenant's id leads nowhere."""
    signal_id = SignalPosition(LOG, 1, 0).signal_id

    assert SignalPosition.parse("org_2", signal_id).log.organization_id == "org_2"


@pytest.mark.parametrize(
    "signal_id",
    [
        "",
        "sig_",
        "cus_1-0-1-0",
        "sig_1-0-1",
        "sig_1-0-1-0-0",
        "sig_1-0-1-x",
        "sig_1-0-1-",
        "sig_1-0--1-0",
        "sig_1-0-1-\N{ARABIC-INDIC DIGIT ONE}",
        "sig_1-0-1-1000000000000",
        "sig_-0-1-0",
        "sig_\N{LATIN SMALL LETTER E WITH ACUTE}-0-1-0",
        f"sig_{41 * 'a'}-0-1-0",
    ],
)
def test_what_is_no_id_of_a_signal_was_not_found(signal_id: str) -> None:
    with pytest.raises(NotFound, match=r"signal .*was not found"):
        SignalPosition.parse("org_1", signal_id)


def test_a_segment_shows_a_signal_as_it_was_logged() -> None:
    emails = [make_entry(event_name="email_sent"), make_entry(event_name="email_opened", data={"to": "ada"})]
    [segment] = make_segments(emails, after=6)

    shown = segment.signal(1)

    assert shown.id == SignalPosition(LOG, 7, 1).signal_id
    assert (shown.event_name, shown.customer_id, shown.data) == ("email_opened", "cus_1", {"to": "ada"})
    assert (shown.occurred_at, shown.logged_at) == (emails[1].occurred_at, NOW)


def test_keys_are_kept_as_short_hashes_that_tell_them_apart() -> None:
    hashes = {hash_key(key) for key in ("a", "b", "ab", "", "é")}

    assert len(hashes) == 5
    assert {len(kept) for kept in hashes} == {KEY_HASH_BYTES}


def test_the_hash_of_a_key_stays_the_same_for_ever() -> None:
    """Another one, and every signal that is sent again counts again."""
    assert hash_key("email-1").hex() == "07fa293b5418b594f44c6d55"
