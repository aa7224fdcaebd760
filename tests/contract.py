"""The JSON contract that other programs rely on: keys and types, and a check of them."""

from __future__ import annotations

CONTRACT = {
    "clip": str,
    "ok": bool,
    "model": {"id": str, "source": str, "revision": (str, type(None)), "num_labels": int},
    "device": str,
    "dtype": str,
    "clip_info": {
        "num_frames": int,
        "fps": float,
        "duration_seconds": float,
        "width": int,
        "height": int,
        "codec": str,
        "rotation": int,
    },
    "sampling": {"name": str, "views": [{"indices": [int], "pts_seconds": [float], "crop": str}]},
    "predictions": [{"rank": int, "label_id": int, "label": str, "probability": float}],
    "familiar": {"score": (float, type(None)), "known": (bool, type(None))},
    "seconds": {"decode": float, "preprocess": float, "forward": float},
}


def assert_obeys(value: object, shape: object, where: str = "") -> None:
    if isinstance(shape, dict):
        for key, inner in shape.items():
            assert key in value, f"{where}.{key}"
            assert_obeys(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert value, where
        for item in value:
            assert_obeys(item, shape[0], f"{where}[]")
    else:
        kinds = shape if isinstance(shape, tuple) else (shape,)
        assert isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)), where
