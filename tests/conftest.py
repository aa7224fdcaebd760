"""For all tests: property tests may take their time, and where two run at a time, one browser does."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling, Scheduling

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")

if "PYTEST_XDIST_WORKER" in os.environ:  # several at once: each has one core, and torch is not imported yet
    os.environ.setdefault("OMP_NUM_THREADS", "1")


class OneBrowser(LoadFileScheduling):
    """File by file, and the files that drive a browser one after the other: two pages at once would wait for each
    other on two cores, and each worker would start servers of its own for them."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling | None:
    return OneBrowser(config, log) if config.option.dist == "loadfile" else None
