"""The line: who is next, how long it takes, and who is not let in."""

from __future__ import annotations

import threading

import pytest

from videomae_demo.errors import BusyError
from videomae_demo.ui.serving.line import Line, Visitor
from videomae_demo.ui.serving.rates import Rate, address_of

ANNA, BEN, CARL = (Visitor(name, f"10.0.0.{number}") for number, name in enumerate(["anna", "ben", "carl"]))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def seated(*places):
    return [place.wait(0) for place in places]


def test_first_come_first_served():
    line = Line(1)
    first, second, third = line.enter(ANNA), line.enter(BEN), line.enter(CARL)
    assert seated(first, second, third) == [True, False, False]
    assert (second.ahead, third.ahead) == (0, 1)
    second.leave()  # gave up
    assert third.sentence == "You are next"
    first.leave()
    first.leave()
    assert seated(third) == [True]
    third.leave()
    assert (line.at_work, len(line)) == (0, 0)


def test_ten_requests_of_one_visitor_do_not_hold_up_the_next_ones_single_request():
    line = Line(2, each=1)
    many = [line.enter(ANNA) for _ in range(10)]
    single = line.enter(BEN)
    assert seated(many[0], many[1], single) == [True, False, True]
    many[0].leave()
    assert seated(many[1]) == [True]


def test_a_class_behind_one_address_does_not_keep_the_next_visitor_waiting():
    line = Line(4, each=1)
    pupils = [line.enter(Visitor(f"pupil {number}", "6.6.6.6")) for number in range(30)]
    assert seated(*pupils[:5]) == [True] * 4 + [False]  # what nobody else wants
    stranger = line.enter(BEN)
    assert stranger.ahead == 0
    pupils[0].leave()
    assert seated(stranger, pupils[4]) == [True, False]
    pupils[1].leave()
    assert seated(*pupils[4:6]) == [True, False]  # nobody else waits


def test_a_flood_from_one_address_gets_every_other_seat_while_others_wait():
    line = Line(1)
    flood = [line.enter(Visitor(f"session {number}", "6.6.6.6")) for number in range(8)]
    others = [line.enter(visitor) for visitor in (ANNA, BEN, CARL)]
    order = []
    while any(places := [one for one in (*flood, *others) if one not in order]):
        (at_work,) = (one for one in places if one.wait(0))
        order.append(at_work)
        at_work.leave()
    assert [one in flood for one in order] == [True, False] * 3 + [True] * 5


def test_the_estimate_knows_who_is_passed_over(clock):
    line = steady_line(clock, seats=2, seconds=4)
    line._each = 1
    first, second = (line.enter(Visitor(f"session {number}", "6.6.6.6")) for number in range(2))
    waiting = [line.enter(Visitor(f"session {number}", "6.6.6.6")) for number in range(2, 8)]
    again = line.enter(Visitor("session 0", "6.6.6.6"))
    single = line.enter(BEN)
    assert (single.ahead, single.seconds_left) == (0, 4)
    assert [one.ahead for one in (*waiting, again)] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.seconds_left for one in waiting] == [4, 8, 8, 12, 12, 16]
    first.leave()
    assert seated(single, waiting[0]) == [True, False]
    assert second.wait(0)


def test_the_estimate_is_what_one_then_waits(clock):
    line = steady_line(clock, seats=2, seconds=4.0)
    running = [line.enter(Visitor(f"r{number}")) for number in range(2)]
    clock.now += 1
    waiting = [line.enter(Visitor(f"w{number}")) for number in range(5)]
    told = [place.seconds_left for place in waiting]
    began: dict[int, float] = {}
    start = clock.now
    while len(began) < len(waiting):
        clock.now += 0.5
        for place in [*running, *waiting]:
            if place.seated is not None and clock.now - place.seated >= 4:
                place.leave()
        for number, place in enumerate(waiting):
            if place.seated is not None:
                began.setdefault(number, place.seated - start)
    assert told == pytest.approx([began[number] for number in range(5)], abs=0.5)


def test_each_kind_of_job_has_its_own_estimate(clock):
    line = Line(1, clock=clock)
    for kind, seconds in [("answer", 1), ("map", 20)] * 3:
        with line.enter(ANNA, kind=kind):
            clock.now += seconds
    running = line.enter(ANNA, kind="answer")
    waiting = [line.enter(visitor, kind=kind) for visitor, kind in ((BEN, "map"), (CARL, "answer"), (ANNA, "answer"))]
    assert [place.seconds_left for place in waiting] == pytest.approx([1, 21, 22])
    unheard_of = line.enter(BEN, kind="film")
    assert unheard_of.seconds_left == pytest.approx(23)
    last = line.enter(CARL, kind="answer")
    assert last.seconds_left == pytest.approx(23 + line._of_all.seconds)  # as long as all jobs do
    running.leave()
    assert waiting[0].seconds_left == 0


def steady_line(clock, *, seats, seconds):
    """A line whose last jobs all took as long."""
    line = Line(seats, clock=clock)
    for _ in range(4):
        with line.enter(ANNA):
            clock.now += seconds
    return line


def test_nobody_is_told_a_time_that_is_not_known(clock):
    line = Line(1, clock=clock)
    with line.enter(ANNA), line.enter(BEN) as waiting:
        assert waiting.seconds_left is None
        assert waiting.sentence == "You are next"
    with steady_line(clock, seats=1, seconds=8).enter(ANNA) as place:
        late = place.line.enter(BEN)
        assert late.sentence == "You are next: about 10 seconds"
        clock.now += 60  # the job before takes far longer than usual
        assert late.seconds_left == pytest.approx(2)


def test_a_turn_that_comes_at_any_moment_has_no_time(clock):
    with steady_line(clock, seats=1, seconds=2).enter(ANNA) as place:
        late = place.line.enter(BEN)
        assert late.sentence == "You are next: about 5 seconds"
        clock.now += 1.5
        assert late.sentence == "You are next"


def test_a_full_line_says_when_to_come_back(clock):
    line = steady_line(clock, seats=1, seconds=30)
    line._longest = 2
    places = [line.enter(visitor) for visitor in (ANNA, BEN, CARL)]
    with pytest.raises(BusyError, match=r"jobs waiting: 2\). Please come back in about 90 seconds"):
        line.enter(Visitor("dora", "10.0.0.9"))
    assert len(line) == 2
    places[0].leave()
    line.enter(Visitor("dora", "10.0.0.9"))


def test_one_address_cannot_have_the_whole_line():
    line = Line(1, longest=8)
    line.enter(ANNA)
    for number in range(4):
        line.enter(Visitor(f"session {number}", "6.6.6.6"))
    with pytest.raises(BusyError, match=r"jobs from your address are waiting .* \(4\)"):
        line.enter(Visitor("session 5", "6.6.6.6"))
    line.enter(BEN)


def test_who_asks_too_often_is_told_when_to_ask_again(clock):
    line = Line(1, per_minute=60, clock=clock)
    for _ in range(60):
        line.enter(ANNA).leave()
    with pytest.raises(BusyError, match="Please try again in a second"):
        line.enter(ANNA)
    line.enter(BEN).leave()
    clock.now += 1
    line.enter(ANNA).leave()


def test_one_visitor_who_asks_too_often_leaves_the_address_to_the_others(clock):
    line = Line(1, per_minute=100, each_per_minute=10, clock=clock)
    pupils = [Visitor(f"pupil {number}", "6.6.6.6") for number in range(5)]
    for pupil in pupils[:4]:
        for _ in range(10):
            line.enter(pupil).leave()
        with pytest.raises(BusyError, match="You have asked for very much in a short time"):
            line.enter(pupil)
    line.enter(pupils[4]).leave()


def test_a_line_that_closes_tells_who_waits_and_lets_who_works_finish():
    line = Line(1)
    first, second = line.enter(ANNA), line.enter(BEN)
    threading.Timer(0.05, line.close).start()
    with pytest.raises(BusyError, match="being restarted"):
        second.wait(60)
    first.leave()
    assert line.at_work == 0
    with pytest.raises(BusyError, match="being restarted"):
        line.enter(CARL).wait(0)


def test_a_seat_wakes_who_waits_for_it():
    line = Line(1)
    first, second = line.enter(ANNA), line.enter(BEN)
    threading.Timer(0.05, first.leave).start()
    assert second.wait(60)


def test_a_rate_forgets_addresses_and_refills_evenly(clock):
    rate = Rate(6, clock=clock)
    assert [rate.take("a") for _ in range(6)] == [0.0] * 6
    assert rate.take("a") == pytest.approx(10)
    clock.now += 5
    assert rate.take("a") == pytest.approx(5)
    clock.now += 5
    assert rate.take("a") == 0.0


def test_what_costs_more_takes_more_of_a_rate(clock):
    rate = Rate(60, clock=clock)
    assert [rate.take("a", cost=25), rate.take("a", cost=25), rate.take("a", cost=25)] == [0, 0, 15]
    assert rate.take("a", cost=10) == 0
    assert Rate(6, clock=clock).take("a", cost=25) == 0  # costs all that there is


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("", 0, "9.9.9.9"),
        ("1.1.1.1", 0, "9.9.9.9"),  # anybody can write that
        ("1.1.1.1, 2.2.2.2", 1, "2.2.2.2"),  # the proxy's own entry, not what the visitor wrote before it
        ("1.1.1.1, 2.2.2.2, 3.3.3.3", 2, "2.2.2.2"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::/64"),
        ("nonsense" * 100, 1, ("nonsense" * 100)[:64]),
    ],
)
def test_an_address_is_what_can_be_trusted(forwarded, proxies, address):
    assert address_of(("9.9.9.9", 1), {"x-forwarded-for": forwarded}, proxies) == address
