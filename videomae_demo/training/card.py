"""The model cards: text here, numbers from the files beside the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from videomae_demo.training.classifier import PRESETS as CLASSIFIER_PRESETS
from videomae_demo.training.pretrain import PRESETS as PRETRAIN_PRESETS
from videomae_demo.training.render import FIGURE_CLASSES, MIRROR_TIME, MOTION_CLASSES, NAMED_CLASSES

Json = dict[str, Any]

_FRONT = """---
library_name: transformers
pipeline_tag: video-classification
license: apache-2.0
tags:
- videomae
- synthetic-data
---
"""

_PRETRAINED_FRONT = _FRONT.replace("pipeline_tag: video-classification\n", "")


def percent(numbers: Json) -> str:
    """A proportion and its interval.

    >>> percent({"share": 0.934, "low": 0.92, "high": 0.946, "count": 934, "total": 1000})
    '93.4 % (92.0 to 94.6; n = 1000)'
    """
    share, low, high = (100 * numbers[key] for key in ("share", "low", "high"))
    return f"{share:.1f} % ({low:.1f} to {high:.1f}; n = {numbers['total']})"


def _ratio(numbers: Json) -> str:
    return f"{numbers['lift']:.2f} ({numbers['low']:.2f} to {numbers['high']:.2f})"


def _decibel(numbers: Json, sign: str = "") -> str:
    return f"{numbers['mean']:{sign}.2f} ({numbers['low']:{sign}.2f} to {numbers['high']:{sign}.2f})"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _on_gpu(training: Json) -> bool:
    return training.get("device", "cpu") != "cpu"


def _minutes(training: Json) -> str:
    if _on_gpu(training):
        return f"{training['wall_seconds'] / 60:.0f} minutes of one {training['device']} (and of the cores that render)"
    return f"{training['cpu_seconds'] / 60:.0f} minutes of one CPU core (rendering in a second process not counted)"


def _shape(config: Json) -> dict[str, str]:
    """The model's measures, as the text words them."""
    return {
        "layers": str(config["num_hidden_layers"]),
        "width": str(config["hidden_size"]),
        "heads": str(config["num_attention_heads"]),
        "frames": str(config["num_frames"]),
        "pixels": f"{config['image_size']} x {config['image_size']}",
        "patch": f"{config['patch_size']} x {config['patch_size']}",
    }


def _interim(training: Json) -> str:
    """A sentence where training has not ended."""
    done, total = training["steps_done"], training["recipe"]["steps"]
    return "" if done >= total else f"\n\n**Stopped early**: after step {done} of a schedule of {total}."


def _filmed(recipe: Json) -> bool:
    return len(recipe.get("worlds", ())) > 1


def _preset(recipe: Json, presets: Mapping[str, Mapping[str, Any]]) -> str:
    """The option for the preset that agrees best with the recipe; nothing for the first one, which is the default."""

    def agreement(name: str) -> int:
        own = {key: list(value) if isinstance(value, tuple) else value for key, value in presets[name].items()}
        return sum(1 if recipe.get(key) == value else -1 for key, value in own.items())

    best = max(presets, key=agreement)
    return f" --preset {best}" if presets[best] else ""


def _limits(evaluation: Json) -> str:
    """What to expect of footage: a number where it was measured."""
    if not evaluation.get("independent", {}).get("pictures"):
        return "Real footage is out of its reach: it has never seen any."
    return (
        "It has never been trained on footage. The rows of real pictures above say what it makes of real pixels under "
        "its own motions; of anything else it knows nothing."
    )


def _unseen(recipe: Json) -> str:
    """What the held-out style has of its own: filmed worlds range over its speeds as well."""
    return f"shapes, textures, figures{' and backgrounds' if _filmed(recipe) else ', backgrounds and speeds'}"


def _note(training: Json) -> str:
    """What was out of the ordinary in this run, if anything."""
    return f"\n{training['note']}" if "note" in training else ""


def _curve(training: Json, columns: dict[str, str]) -> str:
    """The validation curve, at most a dozen rows, the last one among them."""
    points = training["curve"]
    stride = max(1, len(points) // 12)
    clock = "wall_seconds" if _on_gpu(training) else "cpu_seconds"
    shown = points[::-1][::stride][::-1]
    rows = [
        (str(point["step"]), f"{point[clock] / 60:.0f}", *(f"{point[name]:.3g}" for name in columns)) for point in shown
    ]
    return _table(("step", "minutes" if _on_gpu(training) else "CPU minutes", *columns.values()), rows)


def classifier_card(
    config: Json,
    training: Json,
    evaluation: Json,
    num_bytes: int,
    ablation: Json | None = None,
    familiarity: Json | None = None,
) -> str:
    """README.md of a classifier."""
    labels = [config["id2label"][str(i)] for i in range(len(config["id2label"]))]
    shape = _shape(config)
    recipe = training["recipe"]
    preset = _preset(recipe, CLASSIFIER_PRESETS)
    fresh, time, places = evaluation["fresh"], evaluation["time"], evaluation["localisation"]
    main_rows = [("fresh clips, top-1", percent(fresh["top1"])), ("fresh clips, top-5", percent(fresh["top5"]))]
    kinds = {
        "named_top1": f"of these, the {len(NAMED_CLASSES)} named motions",
        "other_motions_top1": "of these, the other motions",
        "figures_top1": "of these, actions of figures",
    }
    main_rows += [(f"{text}, top-1", percent(fresh[key])) for key, text in kinds.items() if key in fresh]
    if "worlds" in evaluation:
        worlds = evaluation["worlds"]
        main_rows.append(("clips of all worlds, top-1", percent(worlds["top1"])))
        main_rows += [(f"of these, {name}", percent(share)) for name, share in worlds["by_world"].items()]
    if "at_camera" in evaluation:
        main_rows.append(
            ("in front of a webcam: hands, things in hands, top-1", percent(evaluation["at_camera"]["top1"]))
        )
    main_rows += [
        ("style never trained on, top-1", percent(evaluation["held_out"]["top1"])),
        ("the same as H.264 files, top-1", percent(evaluation["files_held_out"]["top1"])),
        ("training's style as H.264 files, top-1", percent(evaluation["files_train"]["top1"])),
        ("reversed: paired classes flip to their mirror class (of those right forwards)",
         percent(time["reversal_flips_paired"])),
        ("reversed: classes that mean the same backwards keep their answer",
         percent(time["reversal_keeps_self_reverse"])),
        ("shuffled: paired classes still right", percent(time["shuffled_paired_still_right"])),
        ("frozen to one frame: reads `hold still`", percent(time["frozen_reads_hold_still"])),
        ("one forward pass, one core, float32", f"{evaluation['forward_milliseconds']:.0f} ms"),
    ]  # fmt: skip
    if "samples" in evaluation:
        main_rows.append(("the app's drawn sample clips", percent(evaluation["samples"]["top1"])))
    if "takes" in evaluation:
        main_rows.append(("other takes of the samples' scenes, as H.264 files", percent(evaluation["takes"]["top1"])))
    map_rows = [
        (method, _ratio(numbers), f"{numbers['mean_of_ratios']:.2f}", f"{numbers['median_of_ratios']:.2f}")
        for method, numbers in places["methods"].items()
    ]
    class_rows = [
        (name, percent(fresh["by_class"][name]), percent(evaluation["files_held_out"]["by_class"][name]))
        for name in labels
        if name in fresh["by_class"]
    ]
    confusions = "; ".join(f"{c['is']} read as {c['read_as']} ({c['count']})" for c in fresh["confusions"][:8])
    return f"""{_FRONT}
# VideoMAE for rendered motion

A small VideoMAE ({shape["layers"]} layers, width {shape["width"]}, {shape["heads"]} heads) that tells
{len(labels)} motions and actions apart in {shape["frames"]} frames of {shape["pixels"]} pixels, cut into tubelets of
2 frames of {shape["patch"]} pixels. It was made to teach with: it needs no download, answers at once, and most
of its classes cannot be told from any single frame.{_interim(training)}

It knows the motions below and nothing else. Its logits name one of them whatever it is shown.

- Motions of shapes or of the whole scene: {", ".join(n for n in labels if n in MOTION_CLASSES)}.
- Actions of drawn figures: {", ".join(n for n in labels if n in FIGURE_CLASSES) or "none yet"}.

{sum(n in MIRROR_TIME for n in labels) // 2} pairs of classes are each other's time reversal.

## Use

```python
from transformers import VideoMAEForVideoClassification, VideoMAEImageProcessor

model = VideoMAEForVideoClassification.from_pretrained("assets/models/videomae-motion")
processor = VideoMAEImageProcessor.from_pretrained("assets/models/videomae-motion")
```

Weights are stored in float16 ({num_bytes / 1e6:.1f} MB) and meant to be loaded in float32, as the configuration says.
Sample {shape["frames"]} frames evenly over the clip: a motion fills the whole clip in training.

## Numbers

Test clips have seeds of their own, used neither in training nor for looking at it. In brackets: 95 % intervals
(Wilson; bootstrap over clips for the maps).

{_table(("measure", "result"), main_rows)}

Files are H.264 at 320x240, 32 frames, written with x264's default quality, then decoded, sampled and preprocessed by
the app's own code. The held-out style has {_unseen(recipe)} that training never shows.

How much of each map falls into the mover's box, as a multiple of the box's share of the area
(mean {100 * places["mean_area_share"]:.0f} %), over {places["clips"]} rightly answered clips in which something, but
not everything, moves:

{_table(("map", "mean share over mean area", "mean of the clips' ratios", "their median"), map_rows)}

By class, top-1:

{_table(("class", "fresh clips", "held-out style, files"), class_rows)}

Most frequent mistakes on fresh clips: {confusions}.
{_independent(evaluation)}{_takes(evaluation)}
All numbers on this card come from `evaluation.json`, which

    {evaluation["command"]}

writes anew, and this card with it.
{_familiarity(familiarity)}
## Training

`python -m videomae_demo train classifier{preset} --out runs/classifier --steps {recipe["steps"]}`:
{training["steps_done"]} steps of {2 * recipe["clips_per_step"]} clips in {_minutes(training)}.{_note(training)}

- Data: clips drawn by `videomae_demo/training/render`, {recipe["new_clips_per_step"]} new ones a step, each with its
  time reversal in the same batch, half of them mirrored; calm clips first. No footage, no faces, no outside data, no
  pre-trained weights.
- Muon ({recipe["muon_lr"]}) for the encoder's matrices, AdamW ({recipe["adamw_lr"]}) for the rest, one cosine, weight
  decay {recipe["weight_decay"]}, label smoothing {recipe["label_smoothing"]}, moving average {recipe["ema_decay"]},
  bfloat16.
- Guided tube dropping: {100 * recipe["first_kept"]:.0f} % of the places are kept over all slices, those that the mover
  touches first, rising to {100 * recipe["last_kept"]:.0f} % at the end. The shipped model sees all tokens.
- The patch embedding starts from principal components of sums and differences of two frames.
- An auxiliary head per token (inside the mover? its velocity, growth, turn and fading) that is not shipped.

{_curve(training, {"validation_top1": "validation top-1", "validation_top5": "validation top-5"})}
{_ablation(ablation)}
## Limits

- {_limits(evaluation)}
- A motion that fills only part of the clip, two movers with different motions, or a mover hidden for most of the clip
  are not what it was trained for.
- A shake of more than about four cycles in 16 frames, or a turn of more than half the shape's symmetry angle a frame,
  cannot be told by anyone from these frames.
- Confidence is not calibrated on anything but rendered clips.

Licence: Apache-2.0, weights and data program alike.
"""


def _independent(evaluation: Json) -> str:
    """Worlds that it does not know."""
    if "independent" not in evaluation:
        return ""
    rows = [
        (name, percent(own["top1"]), percent(own["top5"]), f"{100 * own['calibration_error']:.1f} %")
        for name, own in evaluation["independent"]["series"].items()
    ]
    pictures = evaluation["independent"]["pictures"]
    real = (
        f" Two series are made of {pictures} frames of real footage: things cut out of some before others, and single "
        "frames panned, zoomed, rolled and shaken."
        if pictures
        else ""
    )
    return f"""
In worlds that it has never seen, clips of a second renderer that shares no drawing code with the first and that
nothing is tuned to.{real} The calibration error is that of the probabilities as the app shows them:

{_table(("clips", "top-1", "top-5", "expected calibration error"), rows)}
"""


def _takes(evaluation: Json) -> str:
    """The samples: what is shown, and how lucky that is."""
    if "takes" not in evaluation:
        return ""
    read_as = {entry["clip"]: entry["read_as"] for entry in evaluation["samples"]["wrong"]}
    rows = [
        (name, f"read as {read_as[name]}" if name in read_as else "right", f"{share['count']} of {share['total']}")
        for name, share in evaluation["takes"]["by_clip"].items()
    ]
    return f"""
The app's samples are the first takes of their scenes, whatever the model makes of them. Other takes have other builds,
colours, sizes and places:

{_table(("sample", "shown take", "other takes right"), rows)}
"""


def _familiarity(familiarity: Json | None) -> str:
    """Whether it knows what it does not know; nothing where that was not measured."""
    if familiarity is None:
        return ""
    numbers = familiarity["measured"]
    area, before, after = numbers["area"], numbers["calibration"]["before"], numbers["calibration"]["after"]
    scores = [(name, f"{row['choose']:.3f}", f"{row['publish']:.3f}") for name, row in numbers["scores"].items()]
    kinds = [(name, percent(share)) for name, share in numbers["unlike_kept_by_kind"].items()]
    temperature = familiarity["temperature"]
    return f"""
## What it knows of itself

`familiarity.json` beside the weights holds a score for how familiar a clip is (linear in the mean, the spread and the
change of the last layer's tokens, and in how far the likeliest class is ahead) and a temperature for the probabilities
({temperature:.2f}). A clip below the line gets no headline. Measured on clips whose seeds, and on kinds of clips with
none of the classes' motions which, the score, its line and the temperature have not seen:

{
        _table(
            ("measure", "result"),
            (
                (
                    "area under the ROC curve, clips with the classes' motions against clips with none",
                    f"{area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f})",
                ),
                ("clips with the classes' motions that keep their headline", percent(numbers["known_kept"])),
                ("clips with none that still get one", percent(numbers["unlike_kept"])),
                ("expected calibration error, independent renderer, before", _error(before)),
                ("the same with the temperature", _error(after)),
            ),
        )
    }

In brackets: 95 % intervals. The clips with the classes' motions are of all worlds and, as many or fewer, of the
independent renderer, which nothing here was trained on; a temperature is fitted to one half of its clips and measured
on the other. An error of {100 * after["by_chance"]:.1f} % would come of chance alone with so few clips.

Scores compared, area under the curve. The linear probe was fitted to the very clips of the first column; on kinds left
out of the fit in turn it has {max(numbers["weight_decay"].values()):.3f}:

{_table(("score", "kinds for choosing", "kinds for publishing"), scores)}

Clips with none of the classes' motions that still get a headline, by kind:

{_table(("kind", "headline"), kinds)}

No kind is footage, and the numbers do not hold for it: expect real footage to get a headline more often.

    {familiarity["command"]}

measures it again, and writes the file and this part of the card.
"""


def _error(numbers: Json) -> str:
    return "{:.1f} % ({:.1f} to {:.1f}; n = {})".format(
        *(100 * numbers[key] for key in ("error", "low", "high")), numbers["right"]["total"]
    )


def _ablation(ablation: Json | None) -> str:
    if not ablation:
        return ""
    rows = [
        (arm["what"], percent(arm["top1"]), f"{arm['cpu_seconds'] / 60:.1f}", str(arm["steps"]))
        for arm in ablation["arms"]
    ]
    return f"""
Leaving out one ingredient at a time ({ablation["note"]}):

{_table(("arm", "top-1 on fresh clips", "CPU minutes", "steps"), rows)}

`{ablation["command"]}` runs them again.
"""


_SETS = {
    "full": "full difficulty",
    "calm": "calm",
    "held_out": "style never trained on",
    "worlds": "all worlds",
    "samples": "the app's samples",
}


def _masks(recipe: Json) -> str:
    share = recipe.get("tube_share", 0.5)
    return "Tube and random masks half and half" if share == 0.5 else f"Tube masks for {share:.0%}, random ones else"


def _slices(recipe: Json) -> str:
    """How a step looks at more clips than it could hold whole."""
    slices = recipe.get("slices", (8,))
    if len(slices) == 1:
        return ""
    names = f"{', '.join(map(str, slices[:-1]))} or {slices[-1]}"
    return (
        f"\n- A step takes {names} time slices of a clip, and more clips accordingly; all slices in the last"
        f"\n  {recipe['all_slices']:.0%} of the run."
    )


def _start(recipe: Json) -> str:
    """How a run begins; recipes from before `slices` knew another way."""
    if "slices" in recipe:
        return """\
- Start: as a simple fill. What a patch looks like and where it is live in different subspaces; the first layers' MLPs
  are fitted to write row, column and slice, all heads look at what is near in space and time, the decoder's second
  layer copies it, what the others add starts at zero, and the head is a linear fit. Without that, training stays at
  the mean colour for long."""
    return """\
- Start: as a simple fill. What a patch looks like and where it is live in different subspaces; the decoder's first
  layer looks at the nearest visible tokens and copies them, the other layers start at zero, and the head is a linear
  fit. Without that, training stays at the mean colour for long."""


def autoencoder_card(config: Json, training: Json, evaluation: Json, num_bytes: int) -> str:
    """README.md of an encoder and decoder."""
    shape = _shape(config)
    recipe = training["recipe"]
    preset = _preset(recipe, PRETRAIN_PRESETS)
    rows = []
    for key, numbers in evaluation.items():
        if not isinstance(numbers, dict) or "gain" not in numbers:
            continue
        clips, mask, ratio = key.split("/")
        rows.append(
            (
                _SETS[clips],
                f"{mask} {float(ratio):.0%}",
                f"{numbers['mean_fill']['mean']:.2f}",
                f"{numbers['nearest_fill']['mean']:.2f}",
                _decibel(numbers["model"]),
                _decibel(numbers["gain"], "+"),
                str(numbers["gain"]["clips"]),
            )
        )
    header = ("clips", "mask", "mean colour", "nearest colour", "this model", "gain over the better fill", "n")
    return f"""{_PRETRAINED_FRONT}
# VideoMAE pre-trained on rendered clips, with its decoder

Encoder ({shape["layers"]} layers, width {shape["width"]}) and decoder
({config["decoder_num_hidden_layers"]} layers, width {config["decoder_hidden_size"]}) of a masked autoencoder for
{shape["frames"]} frames of {shape["pixels"]} pixels, patches of {shape["patch"]}. It was made to show what masked
autoencoding is: hide most of a clip and see what comes back. What comes back is blurred: places, colours and rough
shapes return, edges and textures mostly do not.{_interim(training)}

`norm_pix_loss` is false: it predicts pixel values in [0, 1] themselves, so nothing has to be borrowed from the hidden
patches to show its answer.

## Use

```python
from transformers import VideoMAEForPreTraining

model = VideoMAEForPreTraining.from_pretrained("assets/models/videomae-motion-pretrained")
```

Weights are stored in float16 ({num_bytes / 1e6:.1f} MB) and loaded in float32, as the configuration says.

## Numbers

PSNR in decibels over the hidden pixels, mean over test clips whose seeds training never used; in brackets 95 %
intervals. *Mean colour* paints every hidden pixel in the mean visible colour; *nearest colour* paints every hidden
token in the colour of the nearest visible one. The gain is taken clip by clip, over whichever fill is better on that
clip.

{_table(header, rows)}

All numbers on this card come from `evaluation.json`, which

    {evaluation["command"]}

writes anew, and this card with it.

## Training

`python -m videomae_demo train pretrain{preset} --out runs/pretrain --steps {recipe["steps"]}`:
{training["steps_done"]} steps of {recipe["clips_per_step"]} clips in {_minutes(training)}.{_note(training)}

- Data: clips drawn by `videomae_demo/training/render`, mirrored and reversed at random; calm ones first. No footage.
- {_masks(recipe)}, {100 * recipe["lowest_ratio"]:.0f} to {100 * recipe["highest_ratio"]:.0f} %
  hidden. The encoder sees the visible tokens; the decoder predicts a quarter of the hidden ones in each step, all of
  them in the last tenth of the run.{_slices(recipe)}
- Loss: the mean over clips of log(mse + 0.0005), which is PSNR but for the floor.
{_start(recipe)}
- Muon ({recipe["muon_lr"]}) for the matrices, AdamW ({recipe["adamw_lr"]}) for the rest, one cosine, moving average
  {recipe["ema_decay"]}, bfloat16.

{_curve(training, {"tube_gain_db": "gain, tubes 75 %, dB", "random_gain_db": "gain, random 75 %, dB"})}

## Limits

It has seen rendered clips only. On real footage it returns smooth colours, not always better than the simple fills.

Licence: Apache-2.0, weights and data program alike.
"""
