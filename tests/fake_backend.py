"""A line without files, weights or waiting: the page's real layout and wiring on records made by hand."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
from made_records import LABELS, SMALL_GEOMETRY, disc_frames, made_analysis, made_map, made_prediction, made_timeline
from PIL import Image

from videomae_demo.backend import Backend
from videomae_demo.errors import ClipError
from videomae_demo.explain import METHODS
from videomae_demo.inputs.sampling import SAMPLERS
from videomae_demo.models import MODELS
from videomae_demo.models.reconstruction import Reconstruction, compare, draw_mask
from videomae_demo.records import ModelIdentity, OnProgress
from videomae_demo.report.downloads import PrivateFolder, pack
from videomae_demo.results import Analysis, ClipTimeline, Explanation, Target


@dataclass(frozen=True)
class FakeSample:
    """As ``samples.Sample``."""

    name: str
    title: str
    label: str
    path: Path
    thumbnail: Path


def playable_clip(path: Path) -> bytes:
    """A short mp4 that a browser plays; written to ``path``, too."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for picture in disc_frames(50, height=120, width=160):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return path.read_bytes()


class FakeBackend:
    """Answers by the file's name: ``slow`` takes its time and says so, ``broken`` fails, ``unsure`` is a close call,
    and no browser plays ``unplayable``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[str] = []
        self.release = threading.Event()
        thumbnail = folder / "thumbnail.webp"
        picture = io.BytesIO()
        Image.fromarray(disc_frames(3)[1]).save(picture, "WEBP")
        thumbnail.write_bytes(picture.getvalue())
        clip = playable_clip(folder / "disc.mp4")
        self.samples = []
        for label in LABELS:
            path = folder / f"{label.replace(' ', '-')}.mp4"
            path.write_bytes(clip)
            self.samples.append(FakeSample(path.stem, label, label, path, thumbnail))

    def backend(self) -> Backend:
        """The tables are the real ones; a stage is this object's method of the same name, where it has one."""
        known = {"samples": self.samples, "samplers": SAMPLERS, "models": MODELS, "methods": METHODS}
        stages = {
            row.name: getattr(self, row.name, self._not_faked) for row in fields(Backend) if row.name not in known
        }
        return Backend(**stages, **known)

    def _not_faked(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError("this stage has no fake: see FakeBackend")

    def prepare(self, path: Path, *, on_progress: OnProgress, clip_name: str, **choices: object) -> Analysis:
        self.calls.append(f"prepare {clip_name}")
        if "broken" in path.name:
            raise ClipError("unreadable", "This file cannot be read as a video: try another one, mp4 for instance.")
        if "bug" in path.name:
            raise RuntimeError("/secret/path/decoder.cc:42 failed")
        if "slow" in path.name:
            for step in range(600):
                on_progress("Downloading weights: 12 of 350 MB", step / 600)
                if self.release.wait(0.05):
                    break
        label = path.stem.replace("-", " ")
        probability = 0.36 if "unsure" in path.name else 0.93
        first = LABELS.index(label) if label in LABELS else 0
        made = made_analysis(clip_name=clip_name, prediction=made_prediction(first=first, probability=probability))
        clip = replace(made.clip, browser_playable="unplayable" not in path.name)
        return replace(made, clip=clip, window=choices["window"])

    def beside(self, analysis: Analysis) -> list[object]:
        return []

    def preview(self, analysis: Analysis) -> Path:
        self.calls.append(f"preview {analysis.clip_name}")
        return self.samples[1].path

    def classify(self, ready: Analysis, *, on_progress: OnProgress) -> Analysis:
        self.calls.append(f"classify {ready.clip_name}")
        time.sleep(0.02)
        return replace(ready)

    def explain(self, analysis: Analysis, method: str, *, target: Target | None = None) -> Explanation:
        self.calls.append(f"explain {method} {target and target.label_id}")
        signed = METHODS[method].signed
        explanation = made_map(SMALL_GEOMETRY, method=method, signed=signed)
        return replace(explanation, values=np.roll(explanation.values, target.label_id if target and signed else 0, 0))

    def over_time(
        self, analysis: Analysis, *, window_seconds: float, step_seconds: float, on_progress: OnProgress
    ) -> ClipTimeline:
        """Four windows with two answers; a slow one when windows are long."""
        self.calls.append(f"over_time {window_seconds:g} {step_seconds:g}")
        if window_seconds > 1:
            for number in range(600):
                on_progress(f"{number} of 600 windows", number / 600)
                if self.release.wait(0.05):
                    break
        made = made_timeline((0.0, 0.5, 1.0, 1.5), length=0.5, answers=(0, 0, 3, 3))
        return replace(made, clip=analysis.clip, clip_name=analysis.clip_name, model=analysis.model)

    def reconstruct(
        self, analysis: Analysis, *, autoencoder: str, mask: str, ratio: float, seed: int, on_progress: OnProgress
    ) -> Reconstruction:
        """As if the decoder painted everything mid-grey."""
        self.calls.append(f"reconstruct {autoencoder} {mask} {ratio:.2f} {seed}")
        geometry = analysis.geometry
        hidden = draw_mask(mask, geometry, ratio=ratio, seed=seed)
        grey = np.full((hidden.sum(), geometry.tubelet_size * geometry.patch_size**2 * 3), 0.5, np.float32)
        return compare(analysis.model_input.view_rgb, hidden, grey, geometry, normalised_targets=False)

    def take_away(self, analysis: Analysis, maps: tuple[Explanation, ...], *, on_progress: OnProgress) -> PrivateFolder:
        self.calls.append(f"take_away {analysis.clip_name} {' '.join(one.method for one in maps)}")
        return pack(analysis, maps, on_progress=on_progress)

    def retry_hub(self, *, on_progress: OnProgress) -> ModelIdentity:
        self.calls.append("retry_hub")
        return replace(made_analysis().model, reason="Asked again: still out of reach.")
