"""An analysis as JSON: the object that the command line, the HTTP API, the MCP tool and the report all give out.

The keys are a contract with programs outside this project: add to them, never change or remove one.
"""

from __future__ import annotations

import logging
from typing import Any

from ..errors import DemoError
from ..explain import METHODS
from ..results import Analysis, Contest, Explanation, Faithfulness, Prediction, Target

logger = logging.getLogger(__name__)

INTERNAL = "Something went wrong inside the app; this is not the clip's fault. The log has the details."


def analysis_json(analysis: Analysis, top_k: int = 5, *, with_maps: bool = False) -> dict[str, Any]:
    """The contract's object of one clip that was answered.

    Args:
        analysis: With or without explanations.
        top_k: How many of the likeliest classes to list; fewer where the model has fewer.
        with_maps: Whether each explanation carries its values as nested lists (T', H', W').
    """
    clip, model = analysis.clip, analysis.model
    result: dict[str, Any] = {
        "clip": analysis.clip_name,
        "ok": True,
        "model": {
            "id": model.id,
            "source": model.source,
            "revision": model.revision,
            "num_labels": model.num_labels,
            "licence": model.licence,
            "reason": model.reason,
        },
        "device": analysis.device,
        "dtype": analysis.dtype,
        "clip_info": {
            "num_frames": clip.num_frames,
            "fps": clip.fps,
            "duration_seconds": clip.duration_seconds,
            "width": clip.width,
            "height": clip.height,
            "codec": clip.codec,
            "rotation": clip.rotation,
            "container": clip.container,
            "variable_frame_rate": clip.variable_frame_rate,
        },
        "window": {"start_seconds": analysis.window.start_seconds, "end_seconds": analysis.window.end_seconds},
        "sampling": {
            "name": analysis.plans[0].sampler,
            "views": [
                {"indices": list(plan.indices), "pts_seconds": list(plan.pts_seconds), "crop": plan.crop}
                for plan in analysis.plans
            ],
        },
        "decoder": analysis.frames.decoder,
        "notice": analysis.frames.notice,
        "predictions": predictions_json(analysis.prediction, top_k),
        "familiar": familiar_json(analysis.prediction),
        "seconds": {
            "decode": analysis.timing.decode,
            "preprocess": analysis.timing.preprocess,
            "forward": analysis.timing.forward,
        },
        "versions": dict(analysis.versions),
    }
    if analysis.explanations:
        result["explained_view"] = analysis.shown
        result["explanations"] = {
            method: _explanation_json(one, analysis.prediction.labels, with_maps)
            for method, one in analysis.explanations.items()
        }
    return result


def predictions_json(prediction: Prediction, top_k: int) -> list[dict[str, Any]]:
    """The likeliest classes, likeliest first, ranks from 1."""
    return [
        {"rank": rank, "label_id": label_id, "label": label, "probability": probability}
        for rank, (label_id, label, probability) in enumerate(prediction.top(top_k), start=1)
    ]


def familiar_json(prediction: Prediction) -> dict[str, Any]:
    """Whether the clip is like what the model learned: ``score`` (known from 0 on) and ``known``, or nulls."""
    return {"score": prediction.familiar.score, "known": prediction.familiar.known}


def error_json(clip_name: str, error: BaseException) -> dict[str, Any]:
    """The contract's object of one clip that was not answered; what nobody expected goes to the log, not out."""
    if isinstance(error, DemoError):
        return {"clip": clip_name, "ok": False, "error": {"code": error.code, "message": str(error)}}
    logger.error("unexpected, with clip %s", clip_name, exc_info=error)
    return {"clip": clip_name, "ok": False, "error": {"code": "internal", "message": INTERNAL}}


def _explanation_json(explanation: Explanation, labels: tuple[str, ...], with_maps: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "title": METHODS[explanation.method].title,
        "unit": explanation.unit,
        "signed": explanation.signed,
        "target": _target_json(explanation.target, labels),
        "shape": list(explanation.values.shape),
        "figures": dict(explanation.figures),
        "seconds": explanation.seconds,
    }
    if explanation.faithfulness is not None:
        result["faithfulness"] = _faithfulness_json(explanation.faithfulness)
    if with_maps:
        result["values"] = explanation.values.tolist()
    return result


def _target_json(target: Target | None, labels: tuple[str, ...]) -> dict[str, Any] | None:
    if target is None:
        return None
    result: dict[str, Any] = {"label_id": target.label_id, "label": labels[target.label_id]}
    if target.against_label_id is not None:
        result |= {"against_label_id": target.against_label_id, "against_label": labels[target.against_label_id]}
    return result


def _faithfulness_json(measured: Faithfulness) -> dict[str, Any]:
    return {
        "deletion_auc": measured.deletion_auc,
        "insertion_auc": measured.insertion_auc,
        "random_auc": list(measured.random_auc),
        "better_than_chance": measured.better_than_chance,
        "verdict": measured.verdict,
        "kept_shares": measured.kept_shares.tolist(),
        "deletion": measured.deletion.tolist(),
        "insertion": measured.insertion.tolist(),
        "random": measured.random.tolist(),
        "gap_log_odds": measured.contests["tokens"].gap,
        "gap_probability": measured.contests["tokens"].gap_probability,
        "p_value": measured.contests["tokens"].p_value,
        "p_value_resolution": measured.contests["tokens"].resolution,
        "tested_together": measured.tested_together,
        "contests": {part: _contest_json(contest) for part, contest in measured.contests.items()},
        "saco": measured.saco,
    }


def _contest_json(contest: Contest) -> dict[str, Any]:
    return {
        "gap_log_odds": contest.gap,
        "gap_probability": contest.gap_probability,
        "p_value": contest.p_value,
        "p_values": dict(contest.p_values),
        "deciding": list(contest.deciding),
        "p_necessary": contest.p_necessary,
        "p_sufficient": contest.p_sufficient,
        "copies": {null: list(gaps) for null, gaps in contest.copies.items()},
    }
