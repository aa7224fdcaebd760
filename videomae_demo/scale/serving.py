"""The page and its models on Ray Serve: one page in front, as many replicas of the model behind it as are needed.

Gradio's queue, sessions and uploads live in the page's process: it is one replica, and decodes. Whatever needs the
model goes to a replica of ``Model`` by a handle. A replica that dies takes no answer along: what it was asked is pure,
and another one is asked again. More visitors than one page can decode for: several such applications, and in front of
them a proxy that sends a visitor to the same one each time (a cookie), because a Gradio session stays in its process.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..models.zerogpu import run_elsewhere
from ..records import OnProgress
from ..results import Answers
from ..settings import Settings
from .elsewhere import ANSWERS, answer_together, call

APPLICATION = "videomae"
TICK_SECONDS = 0.1
MOST_TRIES = 5
"""Replicas that are asked for one answer before a dead one is the visitor's error."""
BATCH_WAIT_SECONDS = 0.005
"""What comes within this time shares a batch; while a batch runs, the next one gathers."""


@dataclass(frozen=True)
class Scaling:
    """How many replicas of the model there are, and what each has."""

    fewest: int = 1
    most: int = 1
    cpus: float = 1.0
    gpus: float = 0.0
    batch: int = 32
    """Questions that share a batch."""


class Model:
    """One replica: a loaded model, and the functions that need it."""

    def __init__(self, settings: Settings) -> None:
        from ..models import load_classifier

        load_classifier(settings.model, device=settings.device, dtype=settings.dtype, settings=settings)

    def process(self) -> int:
        """Its process's number."""
        return os.getpid()

    async def run(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A marked function, by name; several run in threads, and the model itself lets them take turns."""
        return await asyncio.to_thread(call, name, args, kwargs)


def application(settings: Settings, scaling: Scaling, *, page: bool = True) -> Any:
    """The Serve application, for ``serve.run(application(...), name=APPLICATION)``.

    Args:
        settings: Of the page, and of the models.
        scaling: Of the models.
        page: False: the models alone, for programs that ask by ``serve.get_app_handle``.
    """
    from ray import serve as ray_serve

    serve: Any = ray_serve  # its annotations know nothing of what its decorators make

    class BatchingModel(Model):
        @serve.batch(max_batch_size=scaling.batch, batch_wait_timeout_s=BATCH_WAIT_SECONDS)
        async def together(self, asked: list[Any]) -> list[Answers | Exception]:
            return await asyncio.to_thread(answer_together, asked)

        async def answers(self, question: Any) -> Answers:
            answer = await self.together(question)
            if isinstance(answer, Exception):
                raise answer
            return answer

    model = serve.deployment(
        BatchingModel,
        name="Model",
        max_ongoing_requests=2 * scaling.batch,
        autoscaling_config={
            "min_replicas": scaling.fewest,
            "max_replicas": scaling.most,
            "initial_replicas": scaling.fewest,
            "target_ongoing_requests": scaling.batch / 2,  # half a batch under way: a full one in a rush
            "upscale_delay_s": 10,
            "downscale_delay_s": 300,  # loading a model again costs more than to keep it for some minutes
        },
        ray_actor_options={"num_cpus": scaling.cpus, "num_gpus": scaling.gpus},
        health_check_period_s=5,
        graceful_shutdown_timeout_s=30,
    ).bind(settings)
    if not page:
        return model

    class Page:
        def __init__(self, models: Any) -> None:
            run_elsewhere(asker(models))

    def build() -> Any:
        return _page(settings)

    return serve.deployment(
        serve.ingress(build)(Page),
        name="Page",
        num_replicas=1,
        max_ongoing_requests=1000,
        ray_actor_options={"num_cpus": scaling.cpus},
    ).bind(model)


def asker(models: Any) -> Callable[[str, tuple[Any, ...], dict[str, Any]], Any]:
    """What ``run_elsewhere`` takes: sends a marked function's call to a replica, and again to another if it dies.

    Args:
        models: Handle of the deployment ``Model``.
    """
    from ray.exceptions import RayActorError

    def run(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tell: OnProgress | None = kwargs.pop("on_progress", None)
        for attempt in range(MOST_TRIES):
            together = name == ANSWERS
            reply = models.answers.remote(args[:4]) if together else models.run.remote(name, args, kwargs)
            try:
                return _wait(reply, tell)
            except RayActorError:  # the replica died; that of another kind is the function's own, and goes up
                if attempt == MOST_TRIES - 1:
                    raise
                time.sleep(TICK_SECONDS * 2**attempt)
        raise AssertionError("not reached")

    return run


def _wait(reply: Any, tell: OnProgress | None) -> Any:
    """The reply's value; a visitor who gives up meanwhile takes the question back."""
    from ray.exceptions import RayTaskError

    if tell is None:
        return reply.result()
    try:
        while True:
            try:
                return reply.result(timeout_s=TICK_SECONDS)
            except TimeoutError as error:
                if isinstance(error, RayTaskError):  # the function's own, which the reply would say for ever
                    raise
            tell("Asking the model", None)
    except BaseException:
        reply.cancel()
        raise


def _page(settings: Settings) -> Any:
    """The page as an ASGI application."""
    import inspect

    import gradio as gr
    from fastapi import FastAPI

    from ..backend import real_backend
    from ..ui import build_demo, launch_options
    from ..ui.serving.health import Health
    from ..ui.warm_up import warm_up

    backend, health = real_backend(settings), Health()
    demo = build_demo(backend, settings)
    known = inspect.signature(gr.mount_gradio_app).parameters
    options = {key: value for key, value in launch_options(settings, health=health).items() if key in known}
    app = gr.mount_gradio_app(FastAPI(), demo, path="", **options)
    threading.Thread(target=warm_up, args=(backend, settings, health), daemon=True).start()
    return app
