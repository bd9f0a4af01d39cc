import pytest

from benchmarks.load.emulator import Processor


def test_shares_are_processor_time_by_the_time_of_the_stretches() -> None:
    """The emulator: 3 + 4 of 10 + 10 seconds; the driver: 1 + 1."""
    processor = Processor()

    processor.add(10, {"the emulator": 5, "this driver": 1}, {"the emulator": 8, "this driver": 2})
    processor.add(10, {"the emulator": 20, "this driver": 2}, {"the emulator": 24, "this driver": 3})

    assert processor.shares() == pytest.approx({"the emulator": 0.35, "this driver": 0.1})


def test_what_is_not_told_has_no_share() -> None:
    processor = Processor()

    processor.add(10, {}, {})

    assert Processor().shares() == processor.shares() == {}
