"""The report for people: a table of the arms, and what it means in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .arms import ARMS


def as_text(report: Mapping[str, Any]) -> str:
    """The report for people."""
    machine, ratios = report["machine"], report["ratios"]
    rates = ", ".join(f"{dtype} {rate:.0f} GFLOP/s" for dtype, rate in report["matrix_product_gflops"].items())
    lines = [
        f"{report['model']['id']} ({report['model']['reason']}) on {machine['name']}, {machine['threads']} threads",
        f"One forward pass is {report['forward_gflop']:.0f} GFLOP; matrix products run at {rates} here.",
        f"Medians of {report['repeats']} rounds in which every way has its turn.",
        "",
        f"{'':52}{'dtype':>9} {'seconds':>8} {'tensors MB':>11} {'process MB':>11} {'of peak rate':>13}",
    ]
    lines += [
        f"{report[key]['title']:52}{report[key]['dtype']:>9} {report[key]['seconds']:8.3f} "
        f"{report[key]['peak_extra_mb']:11.0f} {_whole(report[key].get('peak_resident_mb')):>11} "
        f"{report[key]['gemm_share']:13.0%}"
        for key in ARMS
        if key in report
    ]
    lines += [
        "",
        "Each map alone, from the pixels, in float32:                     seconds  of the fused forward pass",
        *(
            f"{found['title']:63}{found['seconds']:9.3f} {found['to_fused_forward']:21.2f} x"
            for found in sorted(report["maps"].values(), key=lambda found: float(found["to_fused_forward"]))
        ),
    ]
    exact, half = report["agreement"]["ours"], report["agreement"]["ours_half"]
    lines += [
        "",
        "MB above the loaded model at the worst moment: tensors that exist at once (the same in every run), and how",
        "much the process grew on a CPU (which varies with the state of the heap).",
        "",
        f"With rollout, ours takes {ratios['ours_to_fused_forward']:.2f} x the fused forward pass alone.",
        f"The plain way takes {ratios['reference_to_ours']:.1f} x the time of ours, "
        f"{_times(report, 'peak_extra_mb')} x its tensors and {_times(report, 'peak_resident_mb')} x its growth.",
        f"Relevance for a class takes {ratios['relevance_to_fused_forward']:.2f} x the fused forward pass.",
        f"In bfloat16, ours with rollout takes {ratios['ours_half_to_fused_forward']:.2f} x the float32 fused forward "
        "pass alone.",
        f"Rollout against the plain way's: relative error {exact['map_relative_error']:.0e} in float32, "
        f"{half['map_relative_error']:.0e} in bfloat16 (same top patch: {_yes(half['same_top_token'])}).",
        f"Its logits differ from the plain way's by at most {exact['logit_error']:.0e} of their standard deviation in "
        f"float32, {half['logit_error']:.0e} in bfloat16;",
        f"the five likeliest classes are the same in {half['same_top5']:.0%} of the rounds in bfloat16.",
        f"Preprocessing takes {report['preprocess_seconds']:.3f} s; decoding 16 frames in the supervised process takes "
        f"{report['decode']['ratio']:.2f} x decoding them in this one.",
    ]
    return "\n".join(lines)


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _times(report: Mapping[str, Any], name: str) -> str:
    plain, ours = (report[key].get(name) for key in ("reference", "ours"))
    return f"{plain / ours:.1f}" if plain and ours else "?"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
