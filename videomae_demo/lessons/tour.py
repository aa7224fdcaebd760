"""The guided tour, as ordered data: each lesson sets up the page, asks for a prediction, then reveals.

The texts carry no measured numbers: a lesson's ``answer`` computes them from the clip on screen, and the tab that the
lesson opens shows more of them. A lesson is a row in ``LESSONS``; the page needs no change for another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import answers
from .answers import LessonAnswer

if TYPE_CHECKING:
    from ..backend import Backend
    from ..records import OnProgress
    from ..results import Analysis


@dataclass(frozen=True)
class Source:
    """Where a statement comes from."""

    title: str
    url: str


@dataclass(frozen=True)
class Lesson:
    """One step of the tour."""

    key: str
    title: str
    sample: str
    """The label of the sample clip that the lesson puts on the page."""
    tab: str
    """The key of the tab where the reveal can be seen, in ``ui.tabs.TABS``."""
    text: str
    """60 to 120 words of plain language."""
    question: str
    """What the visitor is asked to predict before looking."""
    guesses: tuple[str, ...]
    """Two to four answers to choose from; which one is right is for ``answer`` to say."""
    answer: Callable[[Backend, Analysis, OnProgress], LessonAnswer]
    """The answer on the clip that is on the page, in its own numbers."""
    reveal: str
    """Where to look for the answer, and what it means."""
    sources: tuple[Source, ...]
    controls: Mapping[str, str | float | list[str]] = field(default_factory=dict)
    """How the lesson sets the opened tab: values of its controls, by the ``elem_id`` that each has on the page."""


VIDEOMAE = Source("Tong et al. 2022, VideoMAE", "https://arxiv.org/abs/2203.12602")
ROLLOUT = Source("Abnar & Zuidema 2020, Quantifying Attention Flow in Transformers", "https://arxiv.org/abs/2005.00928")
TSN = Source("Wang et al. 2016, Temporal Segment Networks", "https://arxiv.org/abs/1608.00859")
RELEVANCE = Source("Chefer et al. 2021, Generic Attention-model Explainability", "https://arxiv.org/abs/2103.15679")
SANITY = Source("Adebayo et al. 2018, Sanity Checks for Saliency Maps", "https://arxiv.org/abs/1810.03292")
ERASER = Source("DeYoung et al. 2020, ERASER", "https://arxiv.org/abs/1911.03429")
RISE = Source("Petsiuk et al. 2018, RISE", "https://arxiv.org/abs/1806.07421")
ARROW = Source(
    "Pickup et al. 2014, Seeing the Arrow of Time",
    "https://openaccess.thecvf.com/content_cvpr_2014/html/Pickup_Seeing_the_Arrow_2014_CVPR_paper.html",
)
SOMETHING = Source("Goyal et al. 2017, Something-Something", "https://arxiv.org/abs/1706.04261")
MAE = Source("He et al. 2021, Masked Autoencoders", "https://arxiv.org/abs/2111.06377")

LESSONS: tuple[Lesson, ...] = (
    Lesson(
        key="sampling",
        title="Sixteen frames are all it gets",
        sample="open a door",
        tab="sampling",
        text=(
            "A clip holds dozens or thousands of frames; this model takes sixteen. Some rule has to choose them. "
            "“Uniform” spreads them over the whole clip and sees its full course, coarsely. “Dense” takes every "
            "fourth frame, as in training on Kinetics, and sees two seconds or so of it well. Whatever happens "
            "between two chosen frames, or outside the window, does not exist for the model. So the first question to "
            "ask of any video prediction is not how good the network is, but which frames it was given. Compare the "
            "marks on the time line before you read the answers."
        ),
        question="Take the first sixteen frames instead of sixteen spread over the clip. What happens to the answer?",
        guesses=("It stays the same", "Same class, less sure", "Another class"),
        answer=answers.sampling,
        reveal=(
            "The table gives each rule's frames and its top answer side by side. Where they disagree, none of them is "
            "wrong: each model input was a different film."
        ),
        sources=(TSN, VIDEOMAE),
    ),
    Lesson(
        key="tokens",
        title="From pixels to tokens",
        sample="move left",
        tab="inside",
        text=(
            "The sixteen frames are cut into small blocks, two frames deep and one patch wide and high. Such a block "
            "is a tubelet. A single linear layer turns its pixels into one vector, the token, and a fixed pattern is "
            "added that says where and when the block was. From then on the network knows no pixels, only tokens. "
            "Because a token spans two frames, it can hold movement as well as colour; and because there are half as "
            "many time slices as frames, no honest map of this model has sixteen separate pictures. There is no extra "
            "“class token” either: the classifier averages all tokens."
        ),
        question="How many different maps over time can this model have for one clip of sixteen frames?",
        guesses=("One a frame", "One a time slice", "One, for the whole clip"),
        answer=answers.tokens,
        reveal=(
            "The diagram shows this model's real shapes. Follow one patch: its two frames share a token, so they share "
            "every value that any map can give it."
        ),
        sources=(VIDEOMAE,),
    ),
    Lesson(
        key="rollout",
        title="Attention, and how it adds up",
        sample="move right",
        tab="inside",
        text=(
            "In every layer each token collects from all others, with weights that sum to one: its attention. Layers "
            "stack, so what reaches the end took many paths. Rollout follows them in a simple way: average the heads, "
            "count the skip connection as attention to oneself, and multiply the layers. The result says what share "
            "of the final average could have flowed from each token, if attention were all that mattered. It leaves "
            "out what the values carry, what the other layers do, and whether a contribution speaks for a class or "
            "against it. Read it as a map of where information could flow."
        ),
        question="Will the attention of a token stay in its own time slice?",
        guesses=("Mostly in its own slice", "Mostly in the neighbouring slices", "Spread over the clip"),
        answer=answers.attention,
        reveal=(
            "Press a patch on the moving thing and change the layer. The slice-by-slice atlas below shows the same for "
            "all tokens at once: a dark diagonal means that a slice attends to itself."
        ),
        sources=(ROLLOUT, RELEVANCE),
    ),
    Lesson(
        key="class_specific",
        title="A map of what, exactly?",
        sample="rotate clockwise",
        tab="why",
        text=(
            "Rollout has no idea which class you ask about: ask for another class and the map stays the same. Two "
            "other maps do depend on it. The ledger splits the logit itself: every token's share, positive or "
            "negative, plus a constant, adds up to the very number that the model printed. Gradient-weighted "
            "relevance keeps only the attention that would raise the class. The sharpest question is not “why this?” "
            "but “why this and not that?”: the ledger answers it with the difference of two logits, in which all that "
            "speaks for both classes cancels out."
        ),
        question="Choose the class and its mirror image in time. Do they find their evidence in different places?",
        guesses=("In different places", "In the same places, signs opposite", "In the same places, signs alike"),
        answer=answers.class_specific,
        reveal=(
            "The sum beside the map equals the difference of the two logits. Look where the positive and the negative "
            "parts lie, and how much of the sum the constant holds."
        ),
        sources=(RELEVANCE, SANITY),
    ),
    Lesson(
        key="time",
        title="Does it need to see time pass?",
        sample="move left",
        tab="time",
        text=(
            "Many videos can be named from a single frame: a pool means swimming. Then a network has little reason to "
            "learn motion, and a good score says nothing about it. The test is easy: play the clip backwards, shuffle "
            "its frames, or freeze one of them, and ask again. If the answer stays, the order of frames did not "
            "matter for it. Classes such as “move left” and “move right” contain the very same frames in opposite "
            "order, so only time can tell them apart. Kinetics has few such classes; Something-Something was "
            "collected to have many."
        ),
        question="The clip is played backwards. What will the model say?",
        guesses=("The same class", "Another class, and sure of it", "Nothing it is sure of"),
        answer=answers.time,
        reveal=(
            "Compare the bars before and after each edit. The score sums them up: how much probability the answer "
            "loses when only the order of the frames changes."
        ),
        sources=(ARROW, SOMETHING),
        controls={"edits": ["reverse", "shuffle", "freeze"]},
    ),
    Lesson(
        key="faithful",
        title="Faithful, or only pretty?",
        sample="grow",
        tab="worth",
        text=(
            "A map that falls on the object looks right, but so would a picture of where objects usually are. To test "
            "a map, use it: remove tokens in its order and watch the probability. If the map is right, removing its "
            "top tokens first should hurt soon, and keeping only them should nearly suffice. VideoMAE makes this test "
            "clean, because its encoder was trained to run on a part of the tokens: nothing has to be painted grey. "
            "Random orders are a weak yardstick, because any smooth map beats them; the same map in other places is a "
            "fair one. A map that is not ahead of it has not shown that it knows anything, on this clip."
        ),
        question="Which order of removal will hurt this prediction soonest?",
        guesses=("Rollout", "Relevance for the class", "Nearness to the centre", "None is better than random"),
        answer=answers.faithful,
        reveal=(
            "Read each curve against the random band, then the verdict, which rests on the same map in other places. "
            "It is a verdict on this clip alone; the README's table has many."
        ),
        sources=(RISE, ERASER, SANITY),
        controls={"worth-methods": ["rollout", "relevance", "center"]},
    ),
    Lesson(
        key="masked",
        title="How it learned to see",
        sample="rotate clockwise",
        tab="masked",
        text=(
            "Before it saw a single label, VideoMAE was trained to fill gaps: nine tokens in ten are hidden, the "
            "encoder gets the rest, and a small decoder has to paint what is missing. Neighbouring frames are so "
            "alike that random holes could be filled by copying; so whole tubes are hidden, the same places in every "
            "frame, and copying in time no longer helps. Beware of pictures that look too good: many demos put back "
            "each hidden patch's true brightness and contrast, which the model never saw. Here both pictures stand "
            "side by side, each labelled."
        ),
        question="Tubes or random holes, both hiding three quarters: which one is easier to fill?",
        guesses=("Tubes", "Random holes", "No difference"),
        answer=answers.masked,
        reveal=(
            "Switch the mask and compare the decibels with those of the two simple fills. A number below a simple fill "
            "means that the network has added nothing there."
        ),
        sources=(VIDEOMAE, MAE),
        controls={"mask-kind": "random", "mask-share": 75},
    ),
)
