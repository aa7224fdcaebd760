"""What the parts of the page share: the visitor's wish, its answer, the current frame, and how a tab follows them."""

from __future__ import annotations

import inspect
import itertools
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from typing import Any

import gradio as gr
from gradio.context import Context
from gradio.events import Dependency

from ..backend import Backend
from ..errors import BadRequestError, BusyError
from ..lessons import LESSONS, Lesson
from ..results import Analysis
from ..settings import Settings
from ..words import _, later
from . import html
from .errors import guarded
from .seats import Seats
from .serving.line import Place
from .visit import Turn, Visit, Wish

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "show_progress_on": []}
"""Keywords of every event of the page: no part of the public API, and no spinner over what is already drawn.

With the empty list the browser does not keep a loading state of each output either. It is never seen, but at each step
of any event Gradio 6 hands all of them on, and looks through the whole page for each: two thirds of what the browser
did from the press of a sample to its map.
"""
AT_ONCE: dict[str, Any] = {"concurrency_limit": None}
"""Keywords of events that compute next to nothing, or take a seat for what they compute: one visitor's does not wait
for another's."""
COUNT_WISH = """(visit, _, ...values) => [
  visit, window.wishNumber?.(values) ?? (window.wishes = (window.wishes ?? 0) + 1), ...values
]"""
"""Fills the second input of an event with the number of the wish: the browser counts (``wishes.js``), so that the order
is the visitor's, whatever arrives first."""


EDITS_CONTROL = "edits"
"""The ``elem_id`` of what is ticked under “What if”; the address names it."""
TICK_SECONDS = 0.4
"""How long a tab that waits for its seat may go without looking whether it is still wanted."""
LET_GO = later(
    "Nobody used this page for a while, and the server let its answer go. It is being computed again: press once more "
    "when it is there."
)
WHEN_OLD = "element.addEventListener('old', () => trigger('click', {}))"
"""``veil.js`` tells a mark that it is not the headline's, and has not been for a while."""


def cancelling(button: gr.Button, status: gr.HTML, events: Sequence[Dependency]) -> None:
    """Let the button cancel the events, and the status line end with them.

    It ends when an event is over, not when the button is pressed: what the event said last may come after the press.
    """
    button.click(None, None, None, cancels=[*events], **QUIET)
    for event in events:
        event.failure(html.idle, None, status, queue=False, **QUIET)  # Gradio counts a cancelled event as failed


@dataclass(frozen=True, eq=False)
class Page:
    """The shared components of one page; a tab reads them as inputs of its events."""

    backend: Backend
    settings: Settings
    visit: gr.State
    """Visit: the visitor's last wish, and who may paint for it."""
    wished: gr.State
    """float | None: the number of the last wish that was made; changes with every wish."""
    looked: gr.State
    """Look | None: changes when the visitor wants another map of the same clip."""
    analysis: gr.State
    """Analysis | None: what is on the page now; None while a clip is on its way. Only the first screen writes it."""
    number: gr.Number
    """Unseen; the second input of an event that makes a wish, filled by ``COUNT_WISH``."""
    frame: gr.Slider
    """The current frame, 1 to T; moves by keyboard, pointer and play, and marks all figures."""
    model: gr.Dropdown
    """``auto`` or a key of ``Backend.models``."""
    sampler: gr.Dropdown
    """``auto`` or a key of ``Backend.samplers``."""
    method: gr.Dropdown
    """A key of ``Backend.methods``."""
    target: gr.Dropdown
    """The label id that class-specific methods explain."""
    selected_tab: gr.State
    """The key of the tab that is open."""
    reached: gr.State
    """Changes when the visitor comes to another step of the open lesson or chooses other edits; ``Visit`` has both."""
    set_up: gr.State
    """dict[str, int]: how often the tour has set each tab's controls, by the tab's key; a tab then draws again."""
    seats: Seats
    """The line before the model. The first screen's event does more than run the model: it takes a seat for those steps
    alone, so that a press is seen at once however many others compute."""
    lessons: Sequence[Lesson] = LESSONS
    """The tour, and a lecturer's own lessons."""
    chosen: dict[gr.Dropdown, Dependency] = field(default_factory=dict)
    """What takes up the visitor's choice of ``method`` and ``target``; who wants to know of a choice comes after it
    (``then``) instead of listening to the control, too. Gradio runs the listeners of one event one after the other, and
    starts over where one of several ``always_last`` was called meanwhile: two quick choices would go round for ever."""
    calls: dict[str, list[gr.State]] = field(default_factory=dict)
    """By tab: counts whose change calls on it to follow the page; filled by ``on_analysis``."""
    calls_about: dict[gr.Dropdown, list[gr.State]] = field(default_factory=dict)
    """By control of ``chosen``: those of the counts whose parts are about its value."""
    marks: dict[str, gr.HTML] = field(default_factory=dict)
    """By tab: unseen words that say which wish the tab was painted for; filled by ``on_analysis``."""
    doing: dict[str, tuple[gr.HTML, gr.Button]] = field(default_factory=dict)
    """By tab: a status line and its Cancel at the window's edge, for events whose outputs have none; filled by
    ``on``."""

    def wishes(
        self,
        happened: Callable[..., Dependency] | Sequence[Callable[..., Dependency]],
        wish_of: Callable[..., Wish | None],
        *,
        inputs: Sequence[gr.components.Component] = (),
    ) -> Dependency:
        """Put another clip on the page, or look at this one otherwise, when something happened.

        Args:
            happened: event or events, such as ``button.click``.
            wish_of: called as ``wish_of(visit, event, *inputs)``, ``event`` being Gradio's ``EventData``; returns the
                wish without its number, model and sampler, or None for no wish.
        """

        def make(visit: Visit, number: float, model: str, sampler: str, event: gr.EventData, *values: Any) -> Any:
            wish = wish_of(visit, event, *values)
            if wish is None:
                return gr.skip()
            if visit.make(replace(wish, number=number, model=model, sampler=sampler)):
                return number
            # Something was wished for while this was uploaded; but the player shows this file already.
            return visit.renew() if wish.in_player else gr.skip()

        return gr.on(
            happened if isinstance(happened, Sequence) else [happened],
            guarded(make),
            [self.visit, self.number, self.model, self.sampler, *inputs],
            self.wished,
            js=COUNT_WISH,
            trigger_mode="multiple",  # no press is dropped while an earlier one is on its way
            **QUIET,
            **AT_ONCE,  # and not past the queue: Gradio follows a state's change only behind it
        )

    def on_analysis(
        self,
        tab: gr.Tab,
        refresh: Callable[..., Any],
        *,
        about: Sequence[gr.Dropdown] = (),
        inputs: Sequence[gr.components.Component] = (),
        outputs: Sequence[gr.components.Component],
        runs_model: bool = False,
    ) -> list[Dependency]:
        """Call ``refresh(analysis, *about, *inputs)`` when the tab is open and has not shown this analysis yet.

        That is: when the tab is opened after a new analysis, or after the tour has set its controls, and when a new
        analysis arrives while it is open. A tab that nobody opens costs nothing. Until the first update is there, what
        the tab shows is about another clip, and lies under a veil; the first update replaces it as a whole: words and
        figures that it does not mention go back to how they were built.

        Args:
            refresh: a function or a generator that returns (yields) the values of ``outputs``; its errors become
                messages on the page. A generator may yield dicts, component to value.
            about: controls whose change by the visitor counts like a new analysis: all that the tab shows is about
                their values.
            runs_model: whether it waits in the line before the model, and says so: under the veil, in the tab's first
                words; else where the outputs say what is being done (``html.idle``).

        Returns:
            The events, for a Cancel button: see ``cancelling``.
        """
        key = tab.id
        status = _status_among(outputs)
        seen = gr.State(None)
        mark = gr.HTML(elem_classes="about-wish", js_on_load=WHEN_OLD)
        self.marks.setdefault(key, mark)
        blank = [one for one in outputs if isinstance(one, (gr.HTML, gr.Plot))]
        demo = Context.root_block

        def follow(
            visit: Visit,
            selected: str,
            shown: tuple[Any, ...] | None,
            marked: str,
            set_up: dict[str, int],
            analysis: Analysis | None,
            *values: Any,
        ) -> Iterator[Any]:
            turn = visit.turn_about(analysis) if selected == key else None
            marked = html.without_waiting(marked)
            if analysis is not None and turn is not None:
                # Weak: what a tab has shown must not outlive the time that the page keeps an analysis.
                wanted = (weakref.ref(analysis), set_up.get(key, 0), *values[: len(about)])
                first = {seen: wanted, mark: html.wish_mark(turn.wish)}
                if shown == wanted and not html.is_painted_over(marked, turn.wish):
                    yield first
                else:
                    steps = _updates(refresh, outputs, analysis, *values)
                    painted = visit.paint(
                        turn, _beginning_with({**first, **{one: demo.as_built(one) for one in blank}}, steps)
                    )
                    beside = None if shown is None or html.is_about_another(marked, turn.wish) else status
                    waiting = partial(
                        self._seated,
                        painted,
                        visit,
                        turn,
                        f"{key} {refresh.__name__}",
                        partial(_said_in, beside) if beside else partial(_in_line, mark, marked),
                    )
                    try:
                        yield from waiting() if runs_model else painted
                    except BusyError as error:
                        if beside:
                            raise
                        # The visitor pressed nothing here, and ``veil.js`` asks again: it is said once, in its place.
                        yield {mark: html.waiting_mark(marked, _(error.sentence))}
            yield {seen: gr.skip()}

        event: dict[str, Any] = {
            "fn": guarded(follow),
            "inputs": [self.visit, self.selected_tab, seen, mark, self.set_up, self.analysis, *about, *inputs],
            "outputs": [seen, mark, *outputs],
            **QUIET,
            **AT_ONCE,
        }
        call = gr.State(0)
        self.calls.setdefault(key, []).append(call)
        for control in about:
            self.calls_about.setdefault(control, []).append(call)
        changes = [call.change, mark.click, *(control.input for control in about if control not in self.chosen)]
        following = gr.on(changes, trigger_mode="always_last", **event)
        following.failure(html.given_up_mark, mark, mark, queue=False, **QUIET)  # cancelled in line, for one
        return [following]

    def call_tabs(self, tabs: Mapping[str, gr.Tab]) -> None:
        """Let the tab that is open follow each analysis and choice, and each tab when it is opened: one small event a
        change.

        So no closed tab waits in the model's queue only to say that it has nothing to do.
        """
        calls = [call for key in tabs for call in self.calls.get(key, [])]

        def calling(some: Sequence[gr.State]) -> Callable[..., dict[Any, Any]]:
            def call_open_tab(analysis: Analysis | None, selected: str | None, *counts: int) -> dict[Any, Any]:
                mine = self.calls.get(selected or "", []) if analysis is not None else []
                due = [call for call in mine if call in some]
                return {
                    self.selected_tab: gr.skip(),
                    **{call: count + 1 for call, count in zip(calls, counts, strict=True) if call in due},
                }

            return call_open_tab

        event: dict[str, Any] = {
            "inputs": [self.analysis, self.selected_tab, *calls],
            "outputs": [self.selected_tab, *calls],
            "trigger_mode": "always_last",
            **QUIET,
            **AT_ONCE,
        }
        self.analysis.change(calling(calls), **event)
        for control, taken_up in self.chosen.items():
            taken_up.then(calling(self.calls_about.get(control, [])), **event)
        for key, tab in tabs.items():
            mine = self.calls.get(key, [])

            def opened(visit: Visit, *counts: int, key: str = key, mine: Sequence[gr.State] = mine) -> dict[Any, Any]:
                visit.tab_opened(key)
                return {self.selected_tab: key, **{call: count + 1 for call, count in zip(mine, counts, strict=True)}}

            tab.select(opened, [self.visit, *mine], [self.selected_tab, *mine], **QUIET, **AT_ONCE)

    def _seated(
        self,
        painted: Generator[dict[Any, Any], None, Any],
        visit: Visit,
        turn: Turn,
        kind: str,
        waiting: Callable[[Place | None], dict[Any, Any]],
    ) -> Generator[dict[Any, Any], None, None]:
        """What is painted, once there is a seat at the model; until then ``waiting``'s updates, and at its end the one
        for no place."""
        waited = False
        with self.seats.enter(kind) as place:
            while not place.wait(TICK_SECONDS):
                if not visit.is_current(turn):
                    yield waiting(None)
                    return
                yield waiting(place)
                waited = True
            yield from _beginning_with(waiting(None), painted) if waited else painted

    def on(
        self,
        tab: gr.Tab,
        happened: Callable[..., Dependency] | Sequence[Callable[..., Dependency]],
        handler: Callable[..., Any],
        *,
        inputs: Sequence[gr.components.Component] = (),
        outputs: Sequence[gr.components.Component],
        runs_model: bool = False,
        without_answer: str | None = None,
        trigger_mode: str | None = "always_last",
    ) -> list[Dependency]:
        """Call ``handler(analysis, *inputs)`` when something happened in a tab, and paint what it returns or yields.

        It is not called while there is no answer on the page, and what it paints stops as soon as the visitor wants
        another clip. Where the server has let the answer go, the visitor is asked to press again. While it waits in the
        line before the model, it says at which place and for about how long: where the outputs say what is being done
        (``html.idle``); where none does, at the window's edge, with a Cancel button there.

        Args:
            happened: event or events, such as ``button.click``; or what follows an event, such as ``event.then``.
            handler: as ``refresh`` in ``on_analysis``; may take a last argument ``event: gr.EventData``.
            runs_model: whether it waits in the line before the model.
            without_answer: what to tell a visitor when there is no answer yet; by default nothing.
            trigger_mode: of Gradio; ``"multiple"`` for a handler that takes an event's data, which ``"always_last"``
                would not hand on.
        """
        mark = self.marks.get(tab.id)
        own_status = _status_among(outputs)
        status, cancel = (own_status, None) if own_status or not runs_model else self._at_the_edge(tab)

        @wraps(handler)
        def paint(visit: Visit, analysis: Analysis | None, *values: Any) -> Iterator[Any]:
            visit.has(analysis)
            turn = visit.turn_about(analysis)
            if visit.is_let_go:  # ``Held`` takes the wish up after this event, if no error ends it
                gr.Info(_(LET_GO), duration=12)
            elif turn is None and without_answer is not None:
                raise BadRequestError(without_answer)
            if turn is not None:
                steps: Iterator[dict[Any, Any]] = _updates(handler, outputs, analysis, *values)
                if cancel is not None:
                    steps = itertools.chain([{status: html.status(_("Asking the model"))}], steps)
                about = {mark: html.wish_mark(turn.wish, by="event")} if mark else {}
                painted = visit.paint(turn, ({**about, **update} for update in steps))
                if status is not None and runs_model:
                    kind = f"{tab.id} {handler.__name__}"
                    yield from self._seated(painted, visit, turn, kind, partial(_said_in, status))
                else:
                    yield from painted
            yield {status: html.idle()} if cancel is not None else {outputs[0]: gr.skip()}

        # Gradio finds an argument for an event's data by its place and annotation.
        given = inspect.signature(handler)
        first = inspect.Parameter("visit", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        paint.__signature__ = given.replace(parameters=[first, *given.parameters.values()])  # type: ignore[attr-defined]
        event: dict[str, Any] = {
            "fn": guarded(paint),
            "inputs": [self.visit, self.analysis, *inputs],
            "outputs": [*outputs, *([mark] if mark else []), *([status] if cancel else [])],
            "trigger_mode": trigger_mode,
            **QUIET,
            **AT_ONCE,
        }
        every = [*happened] if isinstance(happened, Sequence) else [happened]
        listened = [one for one in every if not isinstance(one, partial)]
        followed = [one(**event) for one in every if isinstance(one, partial)]  # ``gr.on`` takes no ``then``
        events = [*([gr.on(listened, **event)] if listened else []), *followed]
        if cancel is not None:
            cancelling(cancel, status, events)
        return events

    def _at_the_edge(self, tab: gr.Tab) -> tuple[gr.HTML, gr.Button]:
        """The tab's status line and Cancel button that are seen wherever in the tab a visitor is."""
        if tab.id not in self.doing:
            with gr.Row(elem_classes="doing at-the-edge"):
                status = gr.HTML(html.idle())
                cancel = gr.Button(_("Cancel"), size="sm", elem_classes="cancel")
            self.doing[tab.id] = status, cancel
        return self.doing[tab.id]


def _status_among(outputs: Sequence[gr.components.Component]) -> gr.HTML | None:
    """The output that says what is being done: it was built saying that nothing is."""
    return next((one for one in outputs if isinstance(one, gr.HTML) and one.value == html.idle()), None)


def _said_in(status: gr.HTML, place: Place | None) -> dict[Any, Any]:
    """A status line, saying how long its turn will be in coming."""
    return {status: html.status(place.sentence) if place else html.idle()}


def _in_line(mark: gr.HTML, marked: str, place: Place | None) -> dict[Any, Any]:
    """A tab's mark, saying how long its turn will be in coming."""
    return {mark: html.waiting_mark(marked, place.sentence) if place else html.without_waiting(marked)}


def _updates(
    handler: Callable[..., Any], outputs: Sequence[gr.components.Component], *args: Any
) -> Generator[dict[Any, Any], None, None]:
    """What a function returns, or a generator yields, as dicts: component to value."""
    result = handler(*args)
    for update in result if inspect.isgenerator(result) else (result,):
        if isinstance(update, dict) and update.get("__type__") != "update":
            yield update
        else:
            yield dict(zip(outputs, update if len(outputs) > 1 else (update,), strict=True))


def _beginning_with(
    first: dict[Any, Any], steps: Generator[dict[Any, Any], None, None]
) -> Generator[dict[Any, Any], None, None]:
    """The steps, the first one with these values where it has none of its own; these alone where there is no step."""
    for update in steps:
        yield {**first, **update}
        first = {}
    if first:
        yield first
