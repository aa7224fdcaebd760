"""Many clips' answers as Parquet: a table that every tool for data reads. Needs pyarrow, the extra ``parquet``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadRequestError


def pyarrow() -> Any:
    """The package.

    Raises:
        BadRequestError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise BadRequestError(
            "Parquet needs the package pyarrow: add the extra [parquet], as in pip install '.[parquet]', or write"
            " another kind of file."
        ) from error
    return pyarrow


def write_clips_table(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """A row a clip: ``clip``, ``ok``, the likeliest class, whether the clip is known, all listed classes, and so on.

    Args:
        rows: The objects that ``classify --json`` prints.
        path: Written anew.
    """
    pa = pyarrow()
    prediction = pa.struct(
        [("rank", pa.int32()), ("label_id", pa.int32()), ("label", pa.string()), ("probability", pa.float64())]
    )
    schema = pa.schema(
        [
            ("clip", pa.string()),
            ("ok", pa.bool_()),
            ("label_id", pa.int32()),
            ("label", pa.string()),
            ("probability", pa.float64()),
            ("known", pa.bool_()),
            ("familiarity", pa.float64()),
            ("predictions", pa.list_(prediction)),
            ("model", pa.string()),
            ("sampling", pa.string()),
            ("start_seconds", pa.float64()),
            ("end_seconds", pa.float64()),
            ("duration_seconds", pa.float64()),
            ("num_frames", pa.int64()),
            ("fps", pa.float64()),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("notice", pa.string()),
            ("error_code", pa.string()),
            ("error_message", pa.string()),
        ]
    )
    write_parquet(pa.Table.from_pylist([_flat(row) for row in rows], schema=schema), path)


def write_parquet(table: Any, path: Path) -> None:
    """One file, replaced as a whole.

    Raises:
        BadRequestError: the place cannot be written.
    """
    pa = pyarrow()
    part = path.with_name(f"{path.name}.part")
    try:
        pa.parquet.write_table(table, part)
        part.replace(path)
    except OSError as error:
        raise BadRequestError(f"{path} cannot be written: name a place that can with --out.") from error


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    if not row["ok"]:
        return {
            "clip": row["clip"],
            "ok": False,
            "error_code": row["error"]["code"],
            "error_message": row["error"]["message"],
        }
    first, info = row["predictions"][0], row["clip_info"]
    return {
        "clip": row["clip"],
        "ok": True,
        **{name: first[name] for name in ("label_id", "label", "probability")},
        "known": row["familiar"]["known"],
        "familiarity": row["familiar"]["score"],
        "predictions": row["predictions"],
        "model": row["model"]["id"],
        "sampling": row["sampling"]["name"],
        **row["window"],
        **{name: info[name] for name in ("duration_seconds", "num_frames", "fps", "width", "height")},
        "notice": row["notice"],
    }


def write_features_table(
    path: Path, names: Sequence[str], errors: Sequence[str], columns: Mapping[str, np.ndarray]
) -> None:
    """A row a clip: ``clip``, ``error`` (null where there is none), and each column as a list of float32, row by row.

    Args:
        path: Written anew.
        names: The clips'.
        errors: What went wrong with each, empty where nothing did; its lists are null.
        columns: (clips, ...) float32 each; the shape of a row of each is in the table's metadata, as JSON.
    """
    pa = pyarrow()
    failed = np.array([bool(error) for error in errors])
    shapes = {name: values.shape[1:] for name, values in columns.items()}
    arrays = {
        name: pa.array([None if bad else row.ravel() for bad, row in zip(failed, values, strict=True)])
        for name, values in columns.items()
    }
    table = pa.table(
        {"clip": list(names), "error": pa.array([error or None for error in errors], pa.string()), **arrays},
        metadata={"shapes": json.dumps(shapes)},
    )
    write_parquet(table, path)
