from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from rag.app.chat.running import Ended, Runs, Signal


def test_the_items_come_in_their_order_from_one_thread_which_is_not_the_readers() -> None:
    threads = set()

    def items() -> Generator[int]:
        for number in range(100):
            threads.add(threading.get_ident())
            yield number

    assert list(Runs[int]().follow("tab", items)) == list(range(100))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_making_an_item_raises_is_raised_where_they_are_read() -> None:
    def items() -> Generator[int]:
        yield 1
        raise ZeroDivisionError

    run = Runs[int]().follow("tab", items)
    assert next(run) == 1
    with pytest.raises(ZeroDivisionError):
        next(run)


class Endless:
    """Counts up, each number when it is let; says when its making is closed."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(1)
        self.closed = threading.Event()

    def items(self) -> Generator[int]:
        number = 0
        try:
            while self.let.acquire(timeout=30):
                yield (number := number + 1)
        finally:
            self.closed.set()


@pytest.mark.parametrize(("signal", "dropped"), [(Signal.STOPPED, False), (Signal.DROPPED, True)])
def test_a_run_is_ended_while_it_waits_for_an_item(signal: Signal, dropped: bool) -> None:
    runs, endless, ended = Runs[int](), Endless(), []
    run = runs.follow("tab", endless.items)
    assert next(run) == 1

    def read() -> None:
        with pytest.raises(Ended) as error:
            next(run)
        ended.append(error.value.dropped)

    reader = threading.Thread(target=read)
    reader.start()
    runs.end("tab", signal)
    reader.join(30)
    assert ended == [dropped]
    endless.let.release()
    assert endless.closed.wait(30)


def test_the_run_of_another_tab_goes_on_and_a_second_one_of_the_same_drops_the_first() -> None:
    runs, first, other = Runs[int](), Endless(), Endless()
    run, beside = runs.follow("tab", first.items), runs.follow("other", other.items)
    assert (next(run), next(beside)) == (1, 1)
    assert list(runs.follow("tab", lambda: (number for number in (7, 8)))) == [7, 8]
    with pytest.raises(Ended, match="dropped"):
        next(run)
    other.let.release()
    assert next(beside) == 2


def test_a_reader_that_leaves_ends_the_making() -> None:
    runs, endless = Runs[int](), Endless()
    run = runs.follow("tab", endless.items)
    next(run)
    run.close()  # type: ignore[attr-defined]
    endless.let.release()
    assert endless.closed.wait(30)


def test_ending_where_nothing_is_on_its_way_does_nothing() -> None:
    runs = Runs[int]()
    list(runs.follow("tab", lambda: (number for number in (1,))))
    runs.end("tab", Signal.STOPPED)
