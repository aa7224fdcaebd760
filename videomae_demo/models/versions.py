"""Which versions made a result: for reproducing it."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from .. import __version__


@lru_cache(maxsize=1)
def package_versions() -> dict[str, str]:
    """Package -> version, of what has a part in a result; what is not installed is left out. Imports none of them."""
    packages = ("torch", "transformers", "numpy", "pillow", "av", "decord")
    found = {package: text for package in packages if (text := _version(package))}
    return {"videomae_demo": __version__, "python": platform.python_version()} | found


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # decord has no wheel for some machines
        return None
