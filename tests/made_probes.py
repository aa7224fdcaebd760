"""Probes, readings and tables of exchanges with known numbers: 2 layers, so 3 states, of width 4."""

from __future__ import annotations

import numpy as np

from videomae_demo.explain.where.probes import PROBES, read
from videomae_demo.explain.where.records import Curve, Patching, PatchingStudy, ProbeSet, Readings, Readout, Score
from videomae_demo.results import Analysis

CLASS_NAMES = ("move left", "move right")
STATES, WIDTH = 3, 4


def made_probes() -> ProbeSet:
    chance = np.random.default_rng(0)
    readouts = {}
    for key, probe in PROBES.items():
        outputs = probe.outputs or CLASS_NAMES
        weight = chance.standard_normal((STATES, WIDTH, len(outputs))).astype(np.float32)
        readouts[key] = Readout(weight, np.zeros((STATES, len(outputs)), np.float32), outputs)

    def scores(*values: float) -> tuple[Score, ...]:
        return tuple(Score(value, round(value - 0.05, 2), round(value + 0.05, 2)) for value in values)

    curve = Curve(scores(0.1, 0.5, 0.9), scores(0.1, 0.1, 0.1), scores(0.2, 0.2, 0.2), clips=30)
    mean = chance.standard_normal((STATES, WIDTH)).astype(np.float32)
    return ProbeSet(mean, readouts, dict.fromkeys(PROBES, curve), "python -m videomae_demo where probes")


def made_readings(analysis: Analysis) -> Readings:
    tokens = np.random.default_rng(1).standard_normal((STATES, analysis.geometry.num_tokens, WIDTH))
    return read(made_probes(), tokens.astype(np.float32), analysis.geometry.grid[0])


def made_patching(slices: int = 8) -> Patching:
    effects = np.linspace(-0.1, 0.6, STATES * slices, dtype=np.float32).reshape(STATES, slices)
    return Patching(0, 1, 6.0, -5.0, effects, np.array([0.2, 0.7], np.float32))


def made_study(slices: int = 8) -> PatchingStudy:
    found = made_patching(slices)
    return PatchingStudy(
        found.slices, found.additions, 0.04, found.slices / 10, found.additions / 10, 100, "python -m videomae_demo"
    )
