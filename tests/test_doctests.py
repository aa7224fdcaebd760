"""The examples in the docstrings are run as they stand."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import videomae_demo

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(videomae_demo.__path__, "videomae_demo.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
