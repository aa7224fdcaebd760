import pytest
import torch
from tiny import tiny_classifier

from videomae_demo.commands.benchmark.speed import measure_speed


@pytest.fixture(scope="session")
def report():
    classifiers = {"float32": tiny_classifier(), "bfloat16": tiny_classifier(dtype=torch.bfloat16)}
    return measure_speed(classifiers, repeats=2)
