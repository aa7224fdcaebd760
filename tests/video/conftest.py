import os

import pytest

from videomae_demo.commands import intake_report
from videomae_demo.video.corpus import write_clip

os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder's greeting


@pytest.fixture
def clip(tmp_path):
    """40 frames, 80 x 64 pixels, each with its number burnt in."""
    path = tmp_path / "clip.mp4"
    write_clip(path)
    return path


@pytest.fixture(scope="session")
def slow_clip(tmp_path_factory):
    """300 frames of 720p in one group of pictures: the last one takes some tenths of a second at the least."""
    path = tmp_path_factory.mktemp("slow") / "slow.mp4"
    write_clip(path, numbers=range(300), size=(1280, 720), options={"x264-params": "keyint=300"})
    return path


@pytest.fixture
def listening():
    """(URL on this machine, list of those who connected)."""
    with intake_report.listener() as pair:
        yield pair
