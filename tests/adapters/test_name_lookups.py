"""Name servers that never answer: who asks is not held up for long, and what hangs is bounded."""

import socket
import threading
from collections.abc import Callable, Sequence

import pytest

from functions.adapters.name_lookups import NameLookups, resolved
from functions.billing.models.webhook import Answer
from tests.posting import LOOPBACK, leading_to, sent
from tests.receiver import receiving

MOMENT = 0.02


def seconds(left: float) -> Callable[[], float]:
    return lambda: left


class DeadNameServer:
    """Answers nobody until it is `back`."""

    def __init__(self) -> None:
        self.back = threading.Event()
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        del port
        self.asked.append(host)
        assert self.back.wait(10)
        return [LOOPBACK]


def test_an_answer_comes_back_and_a_fault_too() -> None:
    def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror("nobody knows it")

    assert NameLookups(leading_to("1.2.3.4")).addresses("a.example", 443, seconds_left=seconds(5)) == ("1.2.3.4",)
    with pytest.raises(socket.gaierror, match="nobody knows it"):
        NameLookups(nowhere).addresses("a.example", 443, seconds_left=seconds(5))


def test_a_name_server_that_says_nothing_uses_up_no_more_than_the_time_of_a_delivery() -> None:
    server = DeadNameServer()

    answer = sent("https://example.com/", anywhere=False, resolve=server, total_seconds=MOMENT)
    server.back.set()

    assert answer == Answer(error=f"no answer within {MOMENT} seconds")


def test_the_time_that_a_look_up_takes_is_not_given_again_to_the_receiver() -> None:
    """A quarter of a second for both: the look-up is answered, the receiver is not."""
    ended = threading.Event()
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"http://example.com:{silent.getsockname()[1]}/"

        def slow(_host: str, _port: int) -> Sequence[str]:
            ended.wait(MOMENT)
            return [LOOPBACK]

        assert sent(url, resolve=slow, total_seconds=0.25) == Answer(error="no answer within 0.25 seconds")


def test_only_so_many_look_ups_hang_and_later_ones_are_made_when_those_end() -> None:
    server = DeadNameServer()
    names = NameLookups(server, at_once=2)

    for number in range(4):
        with pytest.raises(TimeoutError):
            names.addresses(f"{number}.example", 443, seconds_left=seconds(MOMENT))
    hanging = list(server.asked)
    server.back.set()
    for number in range(4, 8):
        assert names.addresses(f"{number}.example", 443, seconds_left=seconds(5)) == [LOOPBACK]

    assert hanging == ["0.example", "1.example"]
    assert server.asked[2:] == [f"{number}.example" for number in range(4, 8)]


def test_look_ups_that_fail_give_their_places_back() -> None:
    def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror

    names = NameLookups(nowhere, at_once=1)

    for _ in range(3):
        with pytest.raises(socket.gaierror):
            names.addresses("a.example", 443, seconds_left=seconds(5))


def test_a_look_up_that_hangs_does_not_hold_up_addresses_that_need_none() -> None:
    server = DeadNameServer()
    with receiving() as receiver:
        assert sent(receiver.url, resolve=server) == Answer(status=200)

    assert server.asked == []


def test_a_literal_address_needs_no_look_up() -> None:
    assert list(resolved(LOOPBACK, 80)) == [LOOPBACK]
