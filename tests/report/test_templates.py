"""The reports' pages: every template has the one style in it, and says so when a field is missing."""

import re
from pathlib import Path

import pytest

from videomae_demo import report
from videomae_demo.report.templates import filled

TEMPLATES = sorted(path.name for path in Path(report.__file__).parent.glob("*.html"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_page_carries_the_style(name):
    text = (Path(report.__file__).parent / name).read_text(encoding="utf-8")
    fields = {field: f"<{field}>" for field in re.findall(r"\$([a-z_]+)", text) if field not in ("style", "lang")}
    page = filled(name, **fields)
    assert "--quiet: #6b7280" in page and "$" not in page
    assert all(f"<{field}>" in page for field in fields)


def test_a_missing_field_is_an_error():
    with pytest.raises(KeyError):
        filled(TEMPLATES[0])
