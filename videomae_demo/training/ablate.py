"""What each ingredient of the classifier's recipe is worth: short runs that leave out one at a time."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from videomae_demo.results import Proportion
from videomae_demo.training.classifier import ClassifierRecipe, ClassifierRun
from videomae_demo.training.loop import train

log = logging.getLogger(__name__)

TEST_CLIPS_PER_CLASS = 20
PRETRAINED = "assets/models/videomae-motion-pretrained"
"""Where the project is the working directory."""


@dataclass(frozen=True)
class Arm:
    """One run."""

    what: str
    changes: dict[str, object] = field(default_factory=dict)
    """Fields of the recipe that differ."""


ARMS = {
    "recipe": Arm("the recipe"),
    "adamw": Arm("AdamW for the matrices as well, instead of Muon", {"muon_lr": None}),
    "blind": Arm("places kept at random, not the mover's first", {"guided": False}),
    "no-auxiliary": Arm("without the auxiliary head per token", {"auxiliary_weight": 0.0}),
    "no-pca": Arm("patch embedding started at random, not from PCA", {"pca_start": False}),
    # The pre-trained encoder has six heads, so it is compared with six.
    "six-heads": Arm("six heads instead of three", {"num_attention_heads": 6}),
    "pretrained": Arm(
        "six heads, encoder started from the pre-trained one", {"num_attention_heads": 6, "start_from": PRETRAINED}
    ),
}


def run_arms(
    out: Path, *, steps: int, names: Iterable[str] | None, seed: int, device: torch.device, workers: int
) -> None:
    """Train every arm for the same steps, one after the other, and write ablation.json, the table of a card.

    Arms that have ended are not run again; an arm that was interrupted goes on.

    Args:
        out: one folder an arm, and the table.
        steps: of each arm: the whole schedule, so that each ends at its lowest learning rate.
        names: keys of `ARMS`; all where None.
        seed: the same for all.
        device: where to train.
        workers: rendering processes.
    """
    rows = []
    for name in names or ARMS:
        result = out / name / "result.json"
        if not result.exists():
            result.parent.mkdir(parents=True, exist_ok=True)
            result.write_text(json.dumps(_run(ARMS[name], out / name, steps, seed, device, workers)) + "\n")
        rows.append({"what": ARMS[name].what, **json.loads(result.read_text())})
        log.info("%s: %.1f %%", name, 100 * rows[-1]["top1"]["share"])
    table = {
        "command": f"python -m videomae_demo train ablate --out {out.as_posix()} --steps {steps} --seed {seed}",
        "note": f"one run each of {steps} steps, seed {seed}; all tokens, averaged weights",
        "arms": rows,
    }
    (out / "ablation.json").write_text(json.dumps(table, indent=1) + "\n")


def _run(arm: Arm, out: Path, steps: int, seed: int, device: torch.device, workers: int) -> dict[str, object]:
    recipe = replace(ClassifierRecipe(steps=steps, seed=seed), **arm.changes)  # type: ignore[arg-type]
    run = ClassifierRun(recipe, device, workers)
    train(run, out, steps=steps, resume=True, validate_every=steps, device=device)
    measured = run.validate(per_class=TEST_CLIPS_PER_CLASS)
    total = recipe.num_labels * TEST_CLIPS_PER_CLASS
    top1 = Proportion(round(float(measured["validation_top1"]) * total), total)  # type: ignore[arg-type]
    low, high = top1.interval
    spent = json.loads((out / "model" / "training.json").read_text())
    return {
        "top1": {"share": top1.share, "low": low, "high": high, "count": top1.count, "total": total},
        "steps": steps,
        "cpu_seconds": spent["cpu_seconds"],
    }
