"""Which files common browsers play; of the others the page shows the app's own film."""

from __future__ import annotations

_BROWSER_CODECS = {
    ".mp4": {"h264", "av1", "vp9"},
    ".m4v": {"h264", "av1", "vp9"},
    ".webm": {"vp8", "vp9", "av1"},
}
_BROWSER_PIXELS = {"yuv420p", "yuvj420p"}


def browser_plays(suffix: str, codec: str, pixel_format: str | None) -> bool:
    """Whether they play this.

    >>> browser_plays(".M4V", "h264", "yuv420p"), browser_plays(".mp4", "hevc", "yuv420p")
    (True, False)

    Args:
        suffix: Of the file's name, with its dot: the server tells the browser what a file is by that.
        codec: FFmpeg's name of it.
        pixel_format: FFmpeg's name of it.
    """
    return codec in _BROWSER_CODECS.get(suffix.lower(), ()) and pixel_format in _BROWSER_PIXELS
