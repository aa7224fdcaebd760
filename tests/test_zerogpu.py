"""ZeroGPU: nothing elsewhere; there, module-level functions with a duration, plain values, the GPU model at import."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

from videomae_demo.zerogpu import gpu


def test_elsewhere_the_decorator_does_nothing():
    def double(value: int) -> int:
        return 2 * value

    assert gpu(60)(double) is double


def test_on_zerogpu_spaces_comes_before_torch_and_functions_go_through_it(tmp_path: Path):
    """A stand-in for the ``spaces`` package that pickles what crosses, as the real one does."""
    (tmp_path / "spaces.py").write_text(
        textwrap.dedent(
            """
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
        )
    )
    program = textwrap.dedent(
        """
        import pathlib, sys
        sys.path.insert(0, sys.argv[1])
        from videomae_demo import pipeline
        import spaces
        sys.path.insert(0, sys.argv[2])
        from clips import counting_frames, write_clip
        from tiny import save_hub_layout, tiny_model
        folder = pathlib.Path(sys.argv[1])
        model = str(save_hub_layout(tiny_model(num_frames=8), folder / "model"))
        clip = write_clip(folder / "up.mp4", counting_frames(20))
        analysis = pipeline.analyse(clip, model=model, methods=("rollout", "ledger"), views="2x1", sampling="uniform")
        pipeline.what_if(analysis, pipeline.apply_edits(analysis, ["reverse"]))
        pipeline.measure_faithfulness(
            analysis, analysis.explanations.values(), on_progress=lambda text, share: None, steps=2, random_orders=2
        )
        print(sorted(spaces.durations))
        assert all(0 < seconds <= 120 for seconds in spaces.durations.values())
        """
    )
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), tests],
        env={"SPACES_ZERO_GPU": "true", "PATH": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "'_explain', '_faithfulness', '_logits'" in done.stdout


def test_what_crosses_to_the_other_process_can_be_pickled():
    from videomae_demo import pipeline

    for function in (pipeline._logits, pipeline._explain, pipeline._faithfulness):
        assert pickle.loads(pickle.dumps(function)) is function
