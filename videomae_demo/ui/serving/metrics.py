"""Numbers for Prometheus: what happened (``happenings``), how long the line is, how much memory is in use.

By its own client library, extra ``metrics``; nothing is counted unless ``Settings.metrics`` says so.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...video.worker_pool import worker_memory
from .line import Line

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """One server's numbers; a listener of ``happenings``."""

    def __init__(self, line: Line) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # process_resident_memory_bytes and the like, on Linux

        def histogram(name: str, what: str) -> Histogram:
            return Histogram(f"videomae_{name}_seconds", what, buckets=SECONDS, registry=self.registry)

        def gauge(name: str, what: str, value: Callable[[], float]) -> None:
            Gauge(f"videomae_{name}", what, registry=self.registry).set_function(value)

        self._waited = histogram("wait", "From entering the line until the job began")
        self._decoded = histogram("decode", "Scanning and decoding one clip")
        self._answered = histogram("forward", "One answer of a model, waiting for a shared pass included")
        self._explained = Histogram(
            "videomae_explain_seconds", "One map", ["method"], buckets=SECONDS, registry=self.registry
        )
        self._received = Counter("videomae_received_bytes", "Of uploads that arrived whole", registry=self.registry)
        self._failed = Counter("videomae_errors", "Sentences in place of an answer", ["code"], registry=self.registry)
        self._refused = Counter("videomae_refused", "Requests that a rule turned away", ["why"], registry=self.registry)
        gauge("queue_waiting", "Jobs in the line before the model", lambda: len(line))
        gauge("queue_at_work", "Jobs that have a seat", lambda: line.at_work)
        gauge("decode_workers_resident_memory_bytes", "Of all decode workers together", worker_memory)

    def hear(self, what: str, values: dict[str, float | str]) -> None:
        """It happened."""
        if what == "waited":
            self._waited.observe(float(values["seconds"]))
        elif what == "decoded":
            self._decoded.observe(float(values["seconds"]))
        elif what == "answered":
            self._answered.observe(float(values["seconds"]))
        elif what == "explained":
            self._explained.labels(values["method"]).observe(float(values["seconds"]))
        elif what == "received":
            self._received.inc(float(values["bytes"]))
        elif what == "failed":
            self._failed.labels(values["code"]).inc()
        elif what == "refused":
            self._refused.labels(values["why"]).inc()

    def route(self) -> Route:
        """``/metrics`` beside the page."""

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return Route("/metrics", metrics)

    def serve(self, address: str) -> Callable[[], None]:
        """``/metrics`` at an address of its own, ``HOST:PORT``; returns what closes it."""
        host, _, port = address.rpartition(":")
        server, thread = start_http_server(int(port), addr=host.strip("[]"), registry=self.registry)

        def close() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return close
