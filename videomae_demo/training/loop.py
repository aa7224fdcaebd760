"""Steps, logs, validation, checkpoints: what every kind of training run has in common."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch

from videomae_demo.training.checkpoint import load_run, save_run

log = logging.getLogger(__name__)

STATE_FILE = "state.pt"
"""What an interrupted run goes on from, in its folder."""


class Run(Protocol):
    """A model in training."""

    recipe: Any
    """A frozen dataclass."""

    def step(self, step: int) -> Mapping[str, float | torch.Tensor]:
        """Make update number `step`; numbers to log, which a GPU may still be computing."""

    def validate(self) -> Mapping[str, object]:
        """Numbers of the averaged weights on fresh clips."""

    def state_dict(self) -> dict[str, object]:
        """Everything to go on from."""

    def load_state_dict(self, state: dict) -> None:
        """Go on from there."""

    def export(self, folder: Path) -> None:
        """Write the model for use."""


def train(
    run: Run,
    out: Path,
    *,
    steps: int,
    resume: bool = False,
    stop_after: int | None = None,
    log_every: int = 50,
    validate_every: int = 1000,
    device: torch.device | str = "cpu",
) -> None:
    """Train to the last step, with everything on disk often enough to be interrupted at any time.

    Writes into `out`: log.jsonl (a line every `log_every` steps, with the processor and wall seconds of this process
    so far), state.pt (to resume from) and model/ (the averaged weights and training.json, how they came about), the
    latter two at every validation.

    Args:
        run: what to train.
        out: the run's folder.
        steps: of the whole schedule.
        resume: go on from state.pt, if it is there.
        stop_after: leave off after this step, as if interrupted.
        log_every: steps between log lines.
        validate_every: steps between validations.
        device: where to load a state to.
    """
    out.mkdir(parents=True, exist_ok=True)
    state_file = out / STATE_FILE
    start, spent = 0, {"cpu_seconds": 0.0, "wall_seconds": 0.0}
    if resume and state_file.exists():
        start, state = load_run(state_file, device)
        spent = state.pop("spent")
        run.load_state_dict(state)
        log.info("resumed at step %d", start)
    clock = {"cpu_seconds": time.process_time(), "wall_seconds": time.perf_counter()}

    def elapsed() -> dict[str, float]:
        now = {"cpu_seconds": time.process_time(), "wall_seconds": time.perf_counter()}
        return {name: round(spent[name] + now[name] - clock[name], 1) for name in now}

    stop = min(steps, stop_after or steps)
    recent: list[Mapping[str, float | torch.Tensor]] = []
    with (out / "log.jsonl").open("a" if start else "w") as lines:

        def write(record: Mapping[str, object]) -> None:
            line = json.dumps(record)
            print(line, file=lines, flush=True)
            log.info(line)

        for step in range(start, stop):
            recent.append(run.step(step))
            done = step + 1
            if done % log_every == 0:
                means = {key: round(float(sum(r[key] for r in recent)) / len(recent), 4) for key in recent[0]}
                write({"step": done, **means, **elapsed()})
                recent.clear()
            if done % validate_every == 0 or done == stop:
                save_run(state_file, done, {**run.state_dict(), "spent": elapsed()})
                write({"step": done, **run.validate(), **elapsed()})
                run.export(out / "model")
                lines.flush()
                record = training_record(run.recipe, out / "log.jsonl", device_name(torch.device(device)))
                (out / "model" / "training.json").write_text(json.dumps(record, indent=1) + "\n")


def device_name(device: torch.device) -> str:
    """What a training was done on: "cpu", or the name of the GPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def training_record(recipe: Any, log_file: Path, device: str) -> dict[str, Any]:
    """How a checkpoint came about: the recipe, what it took, and the validation curve. For the checkpoint's card."""
    lines = [json.loads(line) for line in log_file.read_text().splitlines()]
    validations = [line for line in lines if any(name.startswith(("validation", "tube")) for name in line)]
    last = lines[-1]
    return {
        "recipe": asdict(recipe),
        "steps_done": last["step"],
        "device": device,
        "cpu_seconds": last["cpu_seconds"],
        "wall_seconds": last["wall_seconds"],
        "curve": [{k: v for k, v in line.items() if k not in ("by_class", "by_world")} for line in validations],
    }
