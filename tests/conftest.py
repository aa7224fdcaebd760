"""For all tests: property tests may take their time, because a busy machine is no failure."""

import os

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

if "PYTEST_XDIST_WORKER" in os.environ:  # several at once: each has one core, and torch is not imported yet
    os.environ.setdefault("OMP_NUM_THREADS", "1")
