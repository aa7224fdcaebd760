"""Freed memory goes back to the system."""

import platform

import numpy as np
import psutil
import pytest

from videomae_demo.ui.serving.allocator import give_freed_memory_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's own way")
def test_what_is_free_between_two_used_blocks_goes_back():
    held = [np.ones(100_000, np.uint8) for _ in range(2000)]  # below the size that gets a mapping of its own
    last = held[-1]
    del held
    before = psutil.Process().memory_info().rss
    give_freed_memory_back()
    assert before - psutil.Process().memory_info().rss > 100e6
    assert last.all()
