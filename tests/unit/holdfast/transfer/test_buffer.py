from threading import Thread

from holdfast.transfer.buffer import Buffer


def test_room_is_bounded() -> None:
    buffer = Buffer(10)
    assert [buffer.reserve(size) for size in (6, 4, 1, 0)] == [True, True, False, True]


def test_bytes_that_leave_make_room_for_who_waits() -> None:
    buffer, answers = Buffer(10), []
    buffer.reserve(10)
    buffer.depart(10)
    thread = Thread(target=lambda: answers.append(buffer.reserve(5)))
    thread.start()
    assert answers == []
    buffer.release(10)
    thread.join(timeout=30)
    assert answers == [True]


def test_nobody_waits_when_nothing_leaves() -> None:
    buffer = Buffer(10)
    buffer.reserve(8)
    buffer.depart(8)
    buffer.release(8)
    buffer.reserve(10)
    assert not buffer.reserve(1)
