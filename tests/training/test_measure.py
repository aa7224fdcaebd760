import json

import numpy as np
import pytest

from videomae_demo.training.card import autoencoder_card, classifier_card
from videomae_demo.training.classifier import PRESETS as CLASSIFIER_PRESETS
from videomae_demo.training.measure import accuracy, proportion
from videomae_demo.training.measure_reconstruction import mean_interval, picture_psnr_db
from videomae_demo.training.pretrain import PRESETS
from videomae_demo.training.render import CLASSES


def test_a_proportion_carries_its_interval():
    numbers = proportion(np.array([True] * 93 + [False] * 7))
    assert numbers["share"] == pytest.approx(0.93)
    assert numbers["low"] == pytest.approx(0.8625, abs=1e-3)  # Wilson, from tables of three digits
    assert numbers["high"] == pytest.approx(0.9657, abs=1e-3)
    assert (numbers["count"], numbers["total"]) == (93, 100)


def test_accuracy_counts_by_kind_and_by_class():
    truth = np.arange(len(CLASSES)).repeat(2)
    logits = np.eye(len(CLASSES))[truth]
    logits[0] = np.eye(len(CLASSES))[1] * 2 + np.eye(len(CLASSES))[0]  # the first clip is mistaken for the next class
    result = accuracy(logits, truth)
    assert result["top1"]["count"] == len(truth) - 1
    assert result["top5"]["share"] == 1.0
    assert result["named_top1"]["count"] == 21
    assert result["figures_top1"]["share"] == 1.0
    assert result["by_class"][CLASSES[0]]["share"] == 0.5
    assert result["confusions"] == [{"is": CLASSES[0], "read_as": CLASSES[1], "count": 1}]


def test_a_mean_carries_its_interval():
    numbers = mean_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    assert numbers["mean"] == 2.5
    assert numbers["high"] - numbers["mean"] == pytest.approx(1.96 * np.std([1, 2, 3, 4], ddof=1) / 2)


def _share(value: float) -> dict:
    return {"share": value, "low": value - 0.01, "high": value + 0.01, "count": 1, "total": 1234}


CONFIG = {
    "id2label": {str(i): name for i, name in enumerate(CLASSES)},
    "num_hidden_layers": 4,
    "hidden_size": 192,
    "num_attention_heads": 3,
    "num_frames": 16,
    "image_size": 96,
    "patch_size": 12,
    "decoder_num_hidden_layers": 4,
    "decoder_hidden_size": 160,
}


def test_the_classifiers_card_says_what_was_measured():
    by_class = {name: _share(0.5) for name in CLASSES}
    accuracies = {"top1": _share(0.876), "top5": _share(0.99), "by_class": by_class, "confusions": []}
    lift = {"lift": 3.21, "low": 3.0, "high": 3.4, "mean_of_ratios": 3.5, "median_of_ratios": 3.3}
    evaluation = {
        "command": "the command",
        "fresh": accuracies,
        "held_out": accuracies,
        "files_held_out": accuracies,
        "files_train": accuracies,
        "time": {
            name: _share(0.4)
            for name in (
                "reversal_flips_paired",
                "reversal_keeps_self_reverse",
                "shuffled_paired_still_right",
                "frozen_reads_hold_still",
            )
        },
        "localisation": {"clips": 99, "mean_area_share": 0.1, "methods": {"rollout": lift}},
        "forward_milliseconds": 31.0,
    }
    recipe = {
        "steps": 100,
        "clips_per_step": 8,
        "new_clips_per_step": 6,
        "muon_lr": 0.003,
        "adamw_lr": 0.001,
        "weight_decay": 0.05,
        "label_smoothing": 0.05,
        "ema_decay": 0.999,
        "first_kept": 0.25,
        "last_kept": 0.8,
    }
    point = {"step": 50, "cpu_seconds": 60.0, "validation_top1": 0.5, "validation_top5": 0.9}
    training = {"recipe": recipe, "steps_done": 50, "cpu_seconds": 600.0, "curve": [point]}
    card = classifier_card(CONFIG, training, evaluation, 4_000_000)
    assert "87.6 % (86.6 to 88.6; n = 1234)" in card
    assert "3.21 (3.00 to 3.40)" in card
    assert "Stopped early" in card
    assert "    the command\n" in card
    assert "12 pairs" in card
    assert "Stopped early" not in classifier_card(CONFIG, training | {"steps_done": 100}, evaluation, 4_000_000)
    arms = [{"what": "without it", "top1": _share(0.3), "cpu_seconds": 60.0, "steps": 7}]
    worlds = {"worlds": {"top1": _share(0.777), "by_world": {"wood": _share(0.66)}}}
    with_worlds = classifier_card(CONFIG, training, evaluation | worlds, 4_000_000)
    assert "| clips of all worlds, top-1 | 77.7 %" in with_worlds
    assert "| of these, wood | 66.0 %" in with_worlds
    assert "all worlds" not in card
    assert "figures, backgrounds and speeds that training never shows" in card
    filmed = training | {"recipe": recipe | json.loads(json.dumps(CLASSIFIER_PRESETS["worlds"]))}
    assert "figures and backgrounds that training never shows" in classifier_card(CONFIG, filmed, evaluation, 4_000_000)
    row = {"choose": 0.9, "publish": 0.8}
    error = {"error": 0.123, "low": 0.1, "high": 0.15, "by_chance": 0.04, "confidence": 0.8, "right": _share(0.5)}
    measured = {
        "scores": {"energy": row},
        "weight_decay": {"0.1": 0.777, "1": 0.75},
        "area": {"value": 0.876, "low": 0.85, "high": 0.9},
        "known_kept": _share(0.95),
        "unlike_kept": _share(0.21),
        "unlike_kept_by_kind": {"snow": _share(0.02)},
        "calibration": {"before": error, "after": error | {"error": 0.045}},
    }
    knows = {"temperature": 1.234, "command": "calibrate it", "measured": measured}
    with_familiarity = classifier_card(CONFIG, training, evaluation, 4_000_000, familiarity=knows)
    assert "0.876 (0.850 to 0.900)" in with_familiarity
    assert "| clips with none that still get one | 21.0 %" in with_familiarity
    assert "| energy | 0.900 | 0.800 |" in with_familiarity
    assert "it has 0.777" in with_familiarity
    assert "4.5 % (10.0 to 15.0; n = 1234)" in with_familiarity
    assert "knows of itself" not in card
    ablation = {"note": "once each", "command": "ablate", "arms": arms}
    assert "| without it | 30.0 %" in classifier_card(CONFIG, training, evaluation, 4_000_000, ablation)

    assert "out of its reach" in card
    own = {"top1": _share(0.654), "top5": _share(0.9), "calibration_error": 0.081}
    unseen = {"independent": {"pictures": 36, "series": {"usual": own, "real pictures, cut out": own}}}
    takes = {
        "samples": {"top1": _share(0.5), "wrong": [{"clip": "door", "is": "open a door", "read_as": "bow"}]},
        "takes": {"top1": _share(0.432), "by_clip": {"door": {"count": 3, "total": 10}}},
    }
    measured = classifier_card(CONFIG, filmed, evaluation | unseen | takes, 4_000_000)
    assert "| real pictures, cut out | 65.4 %" in measured and "| 8.1 % |" in measured
    assert "36 frames of real footage" in measured and "out of its reach" not in measured
    assert "| door | read as bow | 3 of 10 |" in measured
    assert "train classifier --preset worlds --out" in measured


def test_the_autoencoders_card_says_what_was_measured():
    decibels = {"mean": 1.5, "low": 1.25, "high": 1.75, "clips": 160}
    case = {"model": decibels, "mean_fill": decibels, "nearest_fill": decibels, "gain": decibels}
    evaluation = {"command": "the command", "full/tube/0.75": case, "calm/random/0.90": case}
    recipe = {
        "steps": 100,
        "clips_per_step": 8,
        "lowest_ratio": 0.5,
        "highest_ratio": 0.9,
        "muon_lr": 0.003,
        "adamw_lr": 0.001,
        "ema_decay": 0.999,
    }
    point = {"step": 100, "cpu_seconds": 60.0, "tube_gain_db": 1.0, "random_gain_db": 0.5}
    training = {"recipe": recipe, "steps_done": 100, "cpu_seconds": 600.0, "curve": [point], "note": "A remark."}
    card = autoencoder_card(CONFIG, training, evaluation, 6_000_000)
    assert "half and half" in card and "--preset" not in card and "time slices" not in card
    for preset in ("worlds", "gpu"):
        wide = recipe | json.loads(json.dumps(PRESETS[preset]))
        wide_card = autoencoder_card(CONFIG, training | {"recipe": wide}, evaluation, 6_000_000)
        assert f"train pretrain --preset {preset} --out" in wide_card
    assert "Tube masks for 70%" in wide_card and "takes 1, 2 or 4 time slices" in wide_card
    assert "| full difficulty | tube 75% | 1.50 | 1.50 | 1.50 (1.25 to 1.75) | +1.50 (+1.25 to +1.75) | 160 |" in card
    assert "A remark." in card
    assert "in 10 minutes of one CPU core" in card and "| CPU minutes |" in card
    curve = {"curve": [point | {"wall_seconds": 30.0}], "device": "Some GPU", "wall_seconds": 120.0}
    on_gpu = autoencoder_card(CONFIG, training | curve, evaluation, 6_000_000)
    assert "in 2 minutes of one Some GPU" in on_gpu and "| minutes |" in on_gpu and "CPU" not in on_gpu


def test_pictures_of_different_sizes_are_compared_at_one():
    original = np.zeros((2, 112, 112, 3), np.uint8)
    assert picture_psnr_db(original, original) == pytest.approx(100)
    # A tenth of the range off everywhere is 20 dB, at any size; in half of the rows only, 3 dB better.
    for size in (96, 112, 224):
        original = np.full((2, size, size, 3), 51, np.uint8)
        assert picture_psnr_db(original + np.uint8(51), original) == pytest.approx(20 * np.log10(5))
        half = original.copy()
        half[:, : size // 2] += 51
        assert picture_psnr_db(half, original) == pytest.approx(20 * np.log10(5) + 10 * np.log10(2))
