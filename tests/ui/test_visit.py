"""Whose stroke is painted: the last wish's, and nobody else's."""

from __future__ import annotations

import copy

import pytest
from made_records import made_analysis

from videomae_demo.ui.visit import OWN_KEPT, Asked, Look, Visit, Wish


@pytest.fixture
def visit() -> Visit:
    visit = Visit()
    assert visit.make(Wish("a", number=1))
    return visit


def test_what_was_pressed_last_wins_whatever_arrives_last(visit):
    assert visit.make(Wish("c", number=3))
    assert not visit.make(Wish("b", number=2))
    assert visit.wish == Wish("c", number=3)


def test_a_wish_made_anew_is_later_than_itself_and_earlier_than_the_next(visit):
    assert 1 < visit.renew() < 2
    assert visit.wish.name == "a"
    assert visit.make(Wish("b", number=2))


def test_painting_stops_before_the_next_stroke_when_something_else_is_wanted(visit):
    closed = []

    def steps():
        try:
            yield from "abc"
        finally:
            closed.append(True)

    painting = visit.paint(visit.turn(), steps())
    assert next(painting) == "a"
    visit.make(Wish("b", number=2))
    assert list(painting) == []
    assert closed == [True]
    assert list(visit.paint(visit.turn(), steps())) == ["a", "b", "c"]


def test_another_look_stops_the_map_and_not_the_answer(visit):
    map_, answer = visit.turn(look=visit.choose_method("rollout")), visit.turn()
    visit.choose_method("relevance")
    assert not visit.is_current(map_)
    assert visit.is_current(answer)


def test_another_clip_keeps_the_method_and_forgets_the_class(visit):
    visit.choose_method("relevance")
    assert visit.choose_class(3) == Look("relevance", 3)
    assert visit.choose_method("ledger") == Look("ledger", 3)
    visit.make(Wish("b", number=2))
    assert visit.look == Look("ledger")
    visit.choose_class(3)  # among the classes of the clip before: the new one's are not there yet
    visit.show(made_analysis(), visit.wish)
    assert visit.look == Look("ledger")


def test_cancelling_stops_what_was_begun_before_and_not_what_comes_after(visit):
    before = visit.turn()
    visit.cancel()
    assert list(visit.paint(before, iter_of("ab"), cancelled=lambda: "stopped")) == ["stopped"]
    assert list(visit.paint(before, iter_of("ab"), cancelled=lambda: None)) == ["a", "b"]
    assert list(visit.paint(visit.turn(), iter_of("ab"), cancelled=lambda: "stopped")) == ["a", "b"]


def test_an_answer_is_painted_about_only_while_it_is_the_wishs(visit):
    analysis = made_analysis()
    assert visit.turn_about(analysis) is None
    visit.show(analysis, visit.wish)
    assert visit.answered
    assert visit.turn_about(analysis).wish == 1
    assert visit.turn_about(made_analysis()) is None
    visit.make(Wish("b", number=2))
    assert visit.turn_about(analysis) is None and not visit.answered
    visit.show(analysis, Wish("a", number=1))  # too late
    assert not visit.answered


def test_an_address_asks_for_a_class_that_its_answer_grants(visit):
    visit.choose_method("relevance")
    wish = Wish("b", number=2, asked=Asked(label_id=3))
    visit.make(wish)
    assert visit.look == Look("relevance")  # which classes there are is not known yet
    visit.show(made_analysis(), wish, label_id=3)
    assert visit.look == Look("relevance", 3)


def test_back_and_forward_are_followed_in_the_browsers_order():
    visit = Visit()
    assert visit.follow_address(1) and visit.follow_address(3)
    assert not visit.follow_address(2)
    assert visit.followed == 3


def test_the_first_tab_opens_by_itself_and_is_not_where_an_address_leads():
    visit = Visit()
    visit.go_to_tab("worth")
    visit.tab_opened("sampling")
    assert visit.tab == "worth"
    visit.tab_opened("worth")
    visit.tab_opened("why")
    assert visit.tab == "why"
    visit.go_to_tab("why")  # is open: nothing will tell that it opens
    visit.tab_opened("time")
    assert visit.tab == "time"


def test_a_lesson_stays_open_when_another_clip_is_tried_on_it():
    visit = Visit()
    visit.make(Wish("a", number=1, sample=0, lesson=4))
    visit.reach(2)
    visit.make(Wish("mine.mp4", number=2))
    assert (visit.lesson, visit.step) == (4, 2)
    visit.make(Wish("a", number=3, sample=0, lesson=5))
    assert (visit.lesson, visit.step) == (5, 1)
    visit.make(Wish("a", number=4, sample=0, asked=Asked()))  # back to an address without a lesson
    assert visit.lesson is None


def test_back_leads_to_the_last_few_clips_of_ones_own():
    visit = Visit()
    for number in range(1, OWN_KEPT + 3):
        visit.make(Wish(f"{number}.mp4", number=number))
    visit.make(Wish("a", number=99, sample=0))
    assert visit.own_clip(2) is None and visit.own_clip(99) is None
    assert visit.own_clip(3).name == "3.mp4"


def test_every_visitor_gets_a_visit_of_their_own(visit):
    assert copy.deepcopy(visit).wish is None


def iter_of(letters: str):
    yield from letters
