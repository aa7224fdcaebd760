"""The same line from a shell: ``videomae-demo COMMAND`` once installed, ``python -m videomae_demo COMMAND`` anywhere.

Results go to stdout, logs and progress to stderr. Exit status: 0 all done, 1 some clip failed, 2 wrong usage. A
command's module is imported when that command runs, so that ``--help`` needs neither torch nor any optional package.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from .. import __version__
from ..errors import DemoError
from ..video.worker_pool import close_pools
from .options import SOME_FAILED, WRONG_USAGE

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


@dataclass(frozen=True)
class Command:
    """One command: a line of help, and the file here with its ``add_arguments`` and ``run``."""

    summary: str
    file: str
    needs: str = ""
    """The optional extra that the command needs."""


COMMANDS: dict[str, Command] = {
    "app": Command("start the page", "app"),
    "classify": Command("say what happens in a clip", "classify"),
    "explain": Command("and why: maps, frames, a report and an overlay film in a folder", "explain"),
    "evaluate": Command("measure top-1 and top-5 on a list of labelled clips", "evaluate"),
    "timeline": Command("say what happens when, over a clip of any length", "timeline"),
    "features": Command("write the model's features of clips, to compute with", "features"),
    "benchmark": Command("time the plain way, the fused forward pass and this app's way side by side", "benchmark"),
    "study": Command("measure the explanation methods on rendered clips", "study", "train"),
    "where": Command("find where in the network something is known: probes, activation patching", "where", "train"),
    "families": Command("list the architectures, and what does not hold for each", "families"),
    "doctor": Command("say what works here, for bug reports", "doctor"),
    "intake-report": Command("try the video intake on a corpus of awkward files", "intake_report"),
    "scale": Command("more machines, on Ray: the page with several models, or files by the million", "scale", "scale"),
    "space-check": Command("check the repository as a Hugging Face Space's builder will", "space_check"),
    "render": Command("draw labelled motion clips", "render", "train"),
    "train": Command("train the small model that this project ships", "train", "train"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    given = list(sys.argv[1:] if arguments is None else arguments)
    overview = _overview()
    if not given:
        overview.print_help()
        return 0
    chosen = overview.parse_args(given[:1]).command
    command = COMMANDS[chosen]
    try:
        module: Any = import_module(f".{command.file}", __package__)
        parser = argparse.ArgumentParser(prog=f"{overview.prog} {chosen}", description=f"{chosen}: {command.summary}.")
        module.add_arguments(parser)
        return int(module.run(parser.parse_args(given[1:])))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("videomae_demo"):
            raise
        extra = f": add the extra [{command.needs}], as in pip install '.[{command.needs}]'" if command.needs else ""
        print(f"{chosen} needs the package {error.name}, which is not installed{extra}", file=sys.stderr)
        return WRONG_USAGE
    except DemoError as error:
        print(f"{chosen}: {error}", file=sys.stderr)
        return SOME_FAILED
    except ValueError as error:
        if not str(error).startswith("VIDEOMAE_"):
            raise
        print(error, file=sys.stderr)  # a bad setting in the environment: one clear line
        return WRONG_USAGE
    except BrokenPipeError:
        sys.stderr.close()  # the reader at the other end of the pipe has gone; nothing is left to say
        return SOME_FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def program() -> NoReturn:
    """The command as a process: run it and end with its status."""
    status = main()
    if status == INTERRUPTED:
        # At once: taking torch apart in order would take seconds on a busy machine.
        close_pools()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


def _overview() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:{width}}  {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        # as it was called, so that the usage lines can be copied
        prog="python -m videomae_demo" if Path(sys.argv[0]).name == "__main__.py" else "videomae-demo",
        description="What a video transformer saw, and why it said so.",
        epilog=f"commands:\n{listing}\n\nCOMMAND --help lists a command's options. The page: app",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("command", metavar="COMMAND", choices=tuple(COMMANDS), help="one of those below")
    return parser
