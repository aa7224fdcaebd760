"""When each frame is shown, from the packets' time stamps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .packets import TrackPackets


def timing(
    packets: TrackPackets, ticks: np.ndarray, time_base: Fraction, nominal: Fraction | None
) -> tuple[np.ndarray, float, bool]:
    """(seconds from the first frame, average frames per second, whether the frame rate varies)."""
    stamps = ticks
    if not packets.timestamped:  # decoding times come at the frames' own distances, one packet a frame
        dts = sorted(stamp for stamp in packets.dts if stamp is not None)
        stamps = np.array(dts if len(set(dts)) == len(ticks) else [], dtype=np.int64)
    tick = float(time_base)
    if len(stamps) < 2:
        fps = float(nominal or 25)
        return np.arange(len(ticks)) / fps, fps, False
    seconds = (stamps - stamps[0]) * tick
    gaps = np.diff(seconds)
    variable = bool(np.abs(gaps - np.median(gaps)).max() > max(1.01 * tick, 0.02 * float(np.median(gaps))))
    fps = (len(seconds) - 1) / float(seconds[-1])
    if nominal and not variable and abs(float(nominal) - fps) < 0.02 * fps:
        fps = float(nominal)  # 30, where milliseconds say 30.03
    return seconds, fps, variable
