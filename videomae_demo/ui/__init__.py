"""The page: layout and wiring, no computation; the only import of gradio.

    build_demo      the whole page as ``gr.Blocks``
    launch_options  what ``demo.launch`` needs beside it: theme, style sheet, script, limits
    serve           launch it, send the first sample down the line in advance (``warm_up``), end cleanly (``close``)
    serving/        rules for strangers; how the server is run, watched and stopped
    first_screen/   clip, answer, frames, map, time
    visit           one visitor's last wish, and who may paint for it
    page            what the tabs share
    address         where a visitor is, as query parameters;  address.js: in the browser's history
    clip_player     the clip's player: ``gr.Video`` that opens no file and starts no process; use it for every clip
    endpoints       what programs call: /predict, /explain, MCP
    blocks          Gradio's Blocks, whose generators send whole values
    sessions, steps what Gradio keeps of visitors, and does at each step of an event, less what is of no use here
    held            what open pages hold together, and up to how much
    keeping         pictures to keep: a figure's caption and citation
    closed_routes   what Gradio would answer beside them, and this page does not
    tabs/           one file a tab
    html, theme     words and looks;  page.css: style sheet; the script is ``figures/player.js``
    progress        long steps that tell what they do and can be cancelled
    errors          the one place where an error becomes a sentence

How to write a tab
------------------
A file ``tabs/NAME.py`` with one function, and a row ``"NAME": TabRow("Title", NAME.build)`` in ``tabs.TABS``::

    def build(page: Page, tab: gr.Tab) -> None:
        picture = gr.Plot(placeholder("..."), show_label=False, label="What it is")
        numbers = gr.HTML()                      # html.table(...): the figure's numbers for screen readers

        def refresh(analysis: Analysis) -> tuple[go.Figure, str]:
            return some_figure(analysis), html.table(...)

        page.on_analysis(tab, refresh, outputs=[picture, numbers])

``tabs/sampling.py`` is the example.

- ``page.on_analysis`` calls ``refresh`` when the tab is open and this analysis is new to it: on opening, and when
  another clip arrives meanwhile; ``about=[control]`` adds: when the visitor changes that control. ``runs_model=True``
  lets it wait in the model's queue. ``refresh`` may be a generator; then it yields as it goes, tuples of all outputs or
  dicts of some. With one output, return (yield) the value itself.
- Other events: ``page.on(tab, button.click, handler, inputs=[...], outputs=[...])`` calls ``handler`` like ``refresh``
  and paints what it returns or yields, as long as the visitor still wants that clip. Both show a ``DemoError``'s
  sentence on the page, and log anything else. Compute from an ``Analysis`` by ``page.backend`` and the tables; it
  remembers what it computed.
- Long work: in a generator handler that yields dicts, ``value = yield from reported(step, status, "Computing")``: the
  step is called as ``step(tell)``, tells by ``tell(text, share)``, and runs in a thread; ``status`` is the tab's
  ``gr.HTML(html.idle())`` for what it tells. At the end yield ``{status: html.idle(), ...}``. Put a Cancel button
  beside it and wire it by ``cancelling(button, status, events)``, those of ``on_analysis`` among them. Both appear only
  when the work takes longer than 300 ms, if they stand in a ``gr.Row(elem_classes="doing")`` and the button has
  ``elem_classes="cancel"``.
- The current frame is ``page.frame``, 1 to T. A figure made by ``figures.overlay_figure`` or ``timeline_figure`` (or
  any other whose ``layout.meta`` has their entries) follows it without the server, wherever it stands on the page.
- Words beside a figure: ``html.reading(how_to_read, cannot_tell, about="elem_id")``; a visitor who keeps the figure
  (``keeping``) gets them as its caption.
- Figures: start from ``figures.bare_figure(height=...)``; always a height; colours from ``figures.theme`` and
  ``figures.scales``; drawn in ``figures/``, not here. Every control has a label; every figure a table or a sentence.
- A lesson may set a tab's controls before it opens it: those that have an ``elem_id``. ``refresh`` is then called
  again, with their new values among its ``inputs``.
- Put a clip on the page: ``page.wishes(button.click, wish_of)``, where ``wish_of(visit, event)`` returns a ``Wish``.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import Route

from ..backend import Backend, real_backend
from ..figures import PLAYER_SCRIPT
from ..happenings import listen
from ..inputs.samples import CLIPS_DIR
from ..lessons import Lesson, read_lessons
from ..lessons.reading import LessonFileError
from ..settings import Settings
from ..video.own_folder import own_folder, remove_own_folders
from ..video.worker_pool import close_pools
from ..words import _
from .address import parts_css
from .blocks import WholeBlocks
from .camera import camera_route
from .closed_routes import CLOSED_ROUTES
from .endpoints import HAS_MCP, build_endpoints
from .first_screen import build_first_screen, wire_address
from .held import Held
from .keeping import build_keeping
from .serving.allocator import give_freed_memory_back, give_large_blocks_back
from .serving.health import Health, health_routes
from .serving.intake import Intake
from .serving.kept_files import KeptFiles
from .serving.languages import Languages
from .serving.logs import hear as write_down
from .serving.logs import set_up_logging, take_over_server_log
from .serving.stopping import end_now, stop_signals, wait_until
from .serving.whole_page import WholePage
from .sessions import count_nothing, forget_the_gone
from .steps import lighten
from .streams import KeptStreams
from .tabs import TABS, TabRow
from .theme import page_theme
from .uploads import leaving_route, upload_route
from .warm_up import warm_up

__all__ = ["build_demo", "close", "launch_options", "serve"]

HERE = Path(__file__).parent
UPLOADS = "GRADIO_TEMP_DIR"
"""Where Gradio reads the folder of uploads from, once, while components are made."""
MAX_THREADS = 250
"""Events that are under way at once; most of them wait for their turn at the model, as long as a public server's line
may be."""
SWEEP_SECONDS = 20
"""How often the server looks for what nobody uses any more."""
CLOSE_SECONDS = 2
"""How long the server waits for open connections when it stops."""
EVENTS_EACH = 16
"""Events of one visitor's page that may be on the way: with fewer, a page that comes up is told in Gradio's English
that the app is busy. Who waits for the model waits in ``serving/line.py``, which has ``Settings.queue_size`` places."""
SESSIONS_KEPT = 500
"""Visitors whose page the server remembers; Gradio's own 10,000 would add up to gigabytes of frames."""


def build_demo(
    backend: Backend | None = None, settings: Settings | None = None, *, tabs: Mapping[str, TabRow] = TABS
) -> WholeBlocks:
    """The page.

    Args:
        backend: what it shows; what this package computes where None.
        settings: limits and defaults; from the environment where None.
        tabs: which tabs stand under the first screen.
    """
    settings = settings or Settings.from_environment()
    backend = backend or real_backend(settings)
    kept, lessons = _kept_files(settings), _lessons(settings)
    # Shown from where they lie. Gradio would copy each first, and the page were lost where the disk is full.
    clips = [sample.path for sample in backend.samples] + [lesson.clip for lesson in lessons if lesson.clip]
    gr.set_static_paths(list(map(str, clips)))

    def lay_out() -> WholeBlocks:
        with WholeBlocks(backend, kept, settings, title=_("VideoMAE, explained")) as demo:
            screen, page = build_first_screen(backend, settings, demo.seats)
            page = replace(page, lessons=lessons)
            row_of_tabs = None
            if tabs:  # Gradio's script fails on a row without tabs
                built = {}
                with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as row_of_tabs:
                    for key, row in tabs.items():
                        with gr.Tab(_(row.title), id=key) as built[key]:
                            row.build(page, built[key])
                page.call_tabs(built)
            build_keeping(page)
            wire_address(screen, page, row_of_tabs, [*tabs])
            build_endpoints(settings, page.seats)
            demo.held = Held(page, 1e6 * settings.open_pages_mb)
            demo.unload(demo.left)
        return demo

    demo = lay_out()
    demo.speak(lay_out)
    demo.queue(max_size=EVENTS_EACH * settings.queue_size, api_open=False)  # nobody goes past the line
    count_nothing(demo._queue)
    lighten(demo._queue)
    return demo


def _lessons(settings: Settings) -> tuple[Lesson, ...]:
    """The tour and the folder's.

    Raises:
        ValueError: what is wrong in that folder, as for any other setting.
    """
    try:
        return read_lessons(settings.lessons or None, tabs=set(TABS) - {"lessons"})
    except LessonFileError as error:
        raise ValueError(f"VIDEOMAE_LESSONS: {error}") from error


def _kept_files(settings: Settings) -> KeptFiles:
    """Uploads and copies of what is shown lie in a folder of this process alone; Gradio's own is everybody's."""
    given = os.environ.get(UPLOADS, "")
    within = str(Path(given).parent) if Path(given).name.startswith("videomae-uploads-") else given
    folder = own_folder("uploads", within=within or None)
    os.environ[UPLOADS] = str(folder)
    return KeptFiles(folder, seconds=60 * settings.keep_minutes)


def launch_options(
    settings: Settings | None = None, *, health: Health | None = None, routes: Sequence[Route] = ()
) -> dict[str, Any]:
    """Keywords of ``demo.launch``: looks, limits, and no request to anywhere.

    Args:
        health: what ``/healthz`` tells; a server that never becomes ready where None.
        routes: more addresses, before Gradio's own.
    """
    settings = settings or Settings.from_environment()
    health = health or Health()
    ours = [upload_route(settings), leaving_route(), camera_route(settings)]
    return {
        "theme": page_theme(),
        "css": "".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.css"))) + parts_css(TABS),
        "js": PLAYER_SCRIPT.read_text(encoding="utf-8"),
        "footer_links": ["api"],
        "max_file_size": int(settings.max_upload_mb * 1e6),  # bytes; of text, Gradio reads whole numbers only
        "allowed_paths": [
            str(CLIPS_DIR),
            *([settings.lessons] if settings.lessons else []),
        ],  # samples are shown wherever the app was started from
        "state_session_capacity": SESSIONS_KEPT,
        "app_kwargs": {
            "routes": [*routes, *health_routes(health), *ours, *CLOSED_ROUTES],
            "middleware": [
                Middleware(WholePage),
                Middleware(Languages),
                Middleware(Intake, settings=settings, health=health),
                Middleware(KeptStreams),
            ],
            "lifespan": _sweeping,
        },
        "mcp_server": HAS_MCP,
        "max_threads": MAX_THREADS,
        "run_history": False,
        "ssr_mode": False,  # its Node child outlives the app
    }


@asynccontextmanager
async def _sweeping(app: Any) -> AsyncIterator[None]:
    """While the server runs, delete what nobody uses any more: files, sessions, freed memory."""

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            blocks = app.get_blocks()
            forget_the_gone(blocks._queue, app.state_holder)
            await asyncio.to_thread(blocks.held.let_go, app.state_holder)
            await asyncio.to_thread(blocks.kept.sweep)
            await asyncio.to_thread(give_freed_memory_back)

    task = asyncio.create_task(sweep())
    try:
        yield
    finally:
        task.cancel()


def serve(demo: WholeBlocks, backend: Backend, settings: Settings) -> None:
    """Open the page to visitors; returns when the process is told to stop, and has cleaned up."""
    give_large_blocks_back()
    set_up_logging(settings)
    health = Health()
    with ExitStack() as stack:
        stack.callback(listen(health.hear))
        stack.callback(listen(write_down))
        routes = _metrics(demo, settings, stack)
        wait_for_stop = stack.enter_context(stop_signals())
        demo.launch(prevent_thread_lock=True, **launch_options(settings, health=health, routes=routes))
        take_over_server_log()
        warm_up(backend, settings, health)  # the page is up; now the decode workers and the weights
        wait_for_stop()
        health.stop()
        if not close(demo, settings):
            end_now()


def _metrics(demo: WholeBlocks, settings: Settings, stack: ExitStack) -> list[Route]:
    """Count what happens, where that is asked for, until the stack closes; the route if it stands beside the page."""
    if settings.metrics == "off":
        return []
    try:
        from .serving.metrics import Metrics
    except ModuleNotFoundError as error:
        raise SystemExit("VIDEOMAE_METRICS needs the extra [metrics], as in pip install '.[metrics]'") from error
    metrics = Metrics(demo.seats.line)
    stack.callback(listen(metrics.hear))
    if settings.metrics == "page":
        return [metrics.route()]
    stack.callback(metrics.serve(settings.metrics))
    return []


def close(demo: WholeBlocks, settings: Settings) -> bool:
    """Let what is under way come to its end, for ``stop_seconds`` at most; then close the server and clean up.

    Returns:
        Whether all of it came to its end.
    """
    queue, line = demo._queue, demo.seats.line

    def idle() -> bool:
        return not (len(queue) or queue.get_active_worker_count() or line.at_work)

    if not wait_until(idle, settings.stop_seconds):
        line.close()
        wait_until(idle, CLOSE_SECONDS)  # for those who wait to hear of it
    if demo.server is not None:
        demo.server.config.timeout_graceful_shutdown = CLOSE_SECONDS  # pages that are still open hold connections
    demo.close(verbose=False)
    close_pools()
    remove_own_folders()
    return idle()
