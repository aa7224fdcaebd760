"""The table of readings: letters are classes, by how many squares they win; the answer is A."""

from __future__ import annotations

import re

import numpy as np

from videomae_demo.explain.inside.records import Passage
from videomae_demo.figures.slice_answers import NAMED, slice_answers_table

LABELS = tuple(f"class <{number}>" for number in range(9))


def made_passage(slice_winners: list[list[int]], winners: list[int], probability: float = 0.6) -> Passage:
    def sure_of(label_ids: object) -> np.ndarray:
        rest = (1 - probability) / (len(LABELS) - 1)
        return np.where(np.eye(len(LABELS), dtype=bool)[label_ids], probability, rest).astype(np.float32)

    tokens = np.zeros((1, 1), np.float32)
    return Passage(tokens, tokens, tokens[0], answers=sure_of(winners), slice_answers=sure_of(slice_winners))


def letters(html: str) -> list[list[str]]:
    return [re.findall(r"<td.*?<b>(.)</b> 60</td>", row) for row in re.findall(r"<tr>.*?</tr>", html)[1:]]


def test_the_last_layer_is_on_top_and_the_answer_is_a():
    html = slice_answers_table(made_passage([[5, 5, 5], [5, 2, 5], [2, 2, 3]], [5, 5, 2]), LABELS)
    assert letters(html) == [["A", "A", "C", "A"], ["B", "A", "B", "B"], ["B", "B", "B", "B"]]
    assert re.findall(r'<th scope="row">(.*?)</th>', html) == ["All 2", "1", "None"]
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == ["Layers", "1", "2", "3", "All"]
    key = re.findall(r"<li><b[^>]*>(.)</b>(.*?)</li>", html)
    assert key == [("A", "class &lt;2&gt;"), ("B", "class &lt;5&gt;"), ("C", "class &lt;3&gt;")]
    assert 'title="class &lt;3&gt;: 60 %"' in html


def test_classes_without_a_letter_share_one_sign():
    html = slice_answers_table(made_passage([[1, 2, 3, 4], [5, 6, 7, 8]], [0, 0]), LABELS)
    found = [letter for row in letters(html) for letter in row]
    assert len(set(found)) == len(NAMED) + 1
    assert "another class" in html


def test_the_surer_the_deeper():
    unsure, sure = (
        float(re.search(r"<td style=\"background:rgba\([\d, ]+,([\d.]+)\)", slice_answers_table(passage, LABELS))[1])
        for passage in (made_passage([[0]], [0], 0.2), made_passage([[0]], [0], 0.9))
    )
    assert sure > unsure + 0.3
