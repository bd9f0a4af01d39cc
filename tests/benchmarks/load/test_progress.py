import io

from benchmarks.load.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_one_line_that_is_rewritten() -> None:
    out = Terminal()
    progress = Progress(out)

    progress.say("begins")
    progress.update("goes on")
    progress.clear()

    assert out.getvalue() == "\r\x1b[Kbegins\r\x1b[Kgoes on\r\x1b[K"


def test_elsewhere_a_step_is_a_line_and_its_course_one_every_ten_seconds() -> None:
    seconds = iter([0, 0, 0, 0, 5, 10, 10, 19, 21, 21])
    out = io.StringIO()
    progress = Progress(out, clock=lambda: next(seconds))

    progress.say("begins")
    for text in ("5 s", "10 s", "19 s", "21 s"):
        progress.update(text)
    progress.clear()

    assert out.getvalue() == "begins\n10 s\n21 s\n"
