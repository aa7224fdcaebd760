"""ZeroGPU: nothing elsewhere; there, module-level functions with a duration, plain values, the GPU model at import."""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from clips import counting_frames, write_clip
from tiny import save_hub_layout, tiny_model

from videomae_demo.models.zerogpu import gpu, run_elsewhere


def test_the_mark_changes_nothing_unless_somebody_else_runs_what_is_marked():
    @gpu(60)
    def double(value: int, *, on_progress: object = None) -> int:
        assert on_progress == "tell"
        return 2 * value

    assert double(2, on_progress="tell") == 4
    run_elsewhere(lambda name, args, kwargs: (name.partition(":")[0], args, kwargs))
    try:
        assert double(2, on_progress="tell") == (__name__, (2,), {"on_progress": "tell"})
    finally:
        run_elsewhere(None)
    assert double(2, on_progress="tell") == 4


SPACES = """
import pickle, sys
assert "torch" not in sys.modules, "spaces must be imported before torch"
durations = {}
def GPU(duration):
    def decorate(function):
        durations[function.__name__] = duration
        def run(*args, **kwargs):
            args, kwargs = pickle.loads(pickle.dumps((args, kwargs)))
            return pickle.loads(pickle.dumps(function(*args, **kwargs)))
        return run
    return decorate
"""
"""A stand-in for the ``spaces`` package that pickles what crosses, as the real one does."""


def run_on_zerogpu(program: str, folder: Path) -> str:
    """What the program prints in a process of its own, with ``folder`` and the tests' modules on its path."""
    (folder / "spaces.py").write_text(SPACES)
    tests = Path(__file__).parents[1]
    path = os.pathsep.join(map(str, (folder, tests, tests.parent)))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=folder,
        env={
            "SPACES_ZERO_GPU": "true",
            "PATH": "",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": path,
            "VIDEOMAE_MODEL": "model",
        },
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny model and a clip."""
    save_hub_layout(tiny_model(num_frames=8), tmp_path / "model")
    write_clip(tmp_path / "up.mp4", counting_frames(20))
    return tmp_path


def test_spaces_comes_before_torch_and_the_models_functions_go_through_it(folder):
    program = """
        import pathlib
        from videomae_demo import pipeline, variants
        import spaces
        clip = pathlib.Path("up.mp4")
        analysis = pipeline.analyse(clip, model="model", methods=("rollout", "ledger"), views="2x1", sampling="uniform")
        variants.what_if(analysis, variants.apply_edits(analysis, ["reverse"]))
        pipeline.measure_faithfulness(
            analysis, analysis.explanations.values(), on_progress=lambda text, share: None, copies=1, random_orders=2
        )
        assert all(0 < seconds <= 120 for seconds in spaces.durations.values())
        print(sorted(spaces.durations))
    """
    assert {"_explain", "_faithfulness", "_answers"} <= set(ast.literal_eval(run_on_zerogpu(program, folder)))


def test_the_app_places_the_model_when_it_is_imported(folder):
    program = """
        import app
        from videomae_demo.models import cache
        (loaded,) = cache._classifiers._futures.values()
        print(loaded.result().identity.id)
    """
    assert run_on_zerogpu(program, folder).strip() == "model"


def test_what_crosses_to_the_other_process_can_be_pickled():
    from videomae_demo import pipeline

    for function in (pipeline._answers, pipeline._explain, pipeline._faithfulness):
        assert pickle.loads(pickle.dumps(function)) is function
