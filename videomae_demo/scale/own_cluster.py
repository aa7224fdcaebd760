"""Ray on this machine alone, for as long as a job takes.

Ray listens on all of a machine's addresses, whatever it is told, and runs code for whoever may speak to it. So each
start has a token of its own, which only its own processes know.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import BadRequestError


@contextmanager
def own_cluster(*, cpus: int | None = None, object_store_bytes: int | None = None, logs: bool = True) -> Iterator[None]:
    """Within the block Ray runs here; at its end none of its processes is left.

    Nothing may have imported ``ray`` before, unless ``RAY_AUTH_MODE`` was set: it reads there, once, whether it has a
    token.

    Args:
        cpus: Tasks that run at once; the machine's cores by default.
        object_store_bytes: Shared memory for what is under way between processes; by default a third of the machine's.
        logs: Whether what its processes log is printed here.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if os.environ.setdefault("RAY_AUTH_MODE", "token") == "token" and "RAY_AUTH_TOKEN_PATH" not in os.environ:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    import ray

    ray.init(
        address="local",
        num_cpus=cpus,
        object_store_memory=object_store_bytes,
        include_dashboard=False,
        configure_logging=False,
        log_to_driver=logs,
    )
    try:
        yield
    finally:
        ray.shutdown()


def check_cpus(asked: float, who: str) -> None:
    """On a cluster that does not grow: whether it has the processors, because Ray would wait for them for ever.

    Args:
        asked: By all that have to run at the same time.
        who: What they are, to begin a sentence with.

    Raises:
        BadRequestError: it has fewer.
    """
    import ray

    there = ray.cluster_resources().get("CPU", 0.0)
    if asked > there + 1e-6:
        raise BadRequestError(
            f"{who} ask for {asked:g} processors together, and Ray has {there:g} here. Ask for fewer of them, or let"
            " them share: --cpus 0.5."
        )
