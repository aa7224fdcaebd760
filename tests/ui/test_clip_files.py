"""Which files the upload button takes, on systems that know few suffixes, too."""

import gradio_client.utils
import pytest

from videomae_demo.ui.first_screen.layout import CLIP_FILES
from videomae_demo.video.browsers import _BROWSER_CODECS


@pytest.mark.parametrize("suffix", [*_BROWSER_CODECS, ".mov", ".MOV", ".3gp", ".avi", ".gif", ".mkv", ".mts", ".wmv"])
def test_a_suffix_is_let_through_without_a_file_of_mime_types(suffix, monkeypatch):
    monkeypatch.setattr(gradio_client.utils, "get_mimetype", lambda name: None)
    assert gradio_client.utils.is_valid_file(f"clip{suffix}", CLIP_FILES)
    assert not gradio_client.utils.is_valid_file("notes.txt", CLIP_FILES)
