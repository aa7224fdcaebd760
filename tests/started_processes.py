"""Take note of every process that the app starts, FFmpeg's programs above all: they are put first on PATH."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAMS = {
    # The answer that makes Gradio convert everything but .mp4 and .ogg: no suffix fits this codec.
    "ffprobe": """echo '{"streams": [{"codec_type": "video", "codec_name": "theora"}], "format": {"duration": "1"}}'""",
    "ffmpeg": "exit 1",
}
"""Shell commands: what each program does after it has taken note of its arguments."""


@dataclass
class StartedProcesses:
    """What was started since ``record``."""

    log: Path
    commands: list[list[str]] = field(default_factory=list)
    """Arguments of each process that this process started."""

    def ffmpeg(self) -> list[str]:
        """Command lines of FFmpeg's programs, whoever started them."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def others(self) -> list[list[str]]:
        """What was started beside the decode workers."""
        return [command for command in self.commands if "videomae_demo.video.worker" not in command]


def record(folder: Path, patch: pytest.MonkeyPatch) -> StartedProcesses:
    """Take note of what is started until the patch is undone; the programs are written into the folder."""
    started = StartedProcesses(folder / "calls.log")
    started.log.touch()
    for name, what_it_does in PROGRAMS.items():
        program = folder / name
        note = f'echo "{name} $*" >> {shlex.quote(str(started.log))}'
        program.write_text(f"#!/bin/sh\n{note}\n{what_it_does}\n", encoding="utf-8")
        program.chmod(0o755)
    patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    start = subprocess.Popen.__init__

    def noted(self: subprocess.Popen, args: object, *rest: object, **options: object) -> None:
        started.commands.append([str(part) for part in args] if isinstance(args, (list, tuple)) else [str(args)])
        start(self, args, *rest, **options)

    patch.setattr(subprocess.Popen, "__init__", noted)
    return started
