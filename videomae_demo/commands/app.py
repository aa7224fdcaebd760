"""``videomae-demo app``: start the page, as ``python app.py`` does from a copy of the repository."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the page is set up by the environment (``VIDEOMAE_*`` and Gradio's own ``GRADIO_*``)."""
    parser.epilog = "The page is set up by the environment: VIDEOMAE_MODEL, GRADIO_SERVER_PORT and the others."


def run(args: argparse.Namespace) -> int:
    """Serve the page until the process is told to stop."""
    from ..settings import Settings

    settings = Settings.from_environment()  # before the imports below, which take seconds

    from ..backend import real_backend
    from ..ui import build_demo, serve

    backend = real_backend(settings)
    serve(build_demo(backend, settings), backend, settings)
    return 0
