"""The report in words."""

from videomae_demo.commands.benchmark.arms import arms_on
from videomae_demo.commands.benchmark.text import as_text


def test_the_text_names_every_arm(report):
    report = {**report, "preprocess_seconds": 0.01, "decode": {"ratio": 1.1}}
    for key in arms_on("cpu"):
        report[key] = {**report[key], "peak_extra_mb": 3.0, "peak_resident_mb": 4.0}
    text = as_text(report)
    for arm in arms_on("cpu").values():
        assert arm.title in text
    for found in report["maps"].values():
        assert f"{found['to_fused_forward']:.2f} x" in text
    assert "1.0 x its tensors" in " ".join(text.split())
