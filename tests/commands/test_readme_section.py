import pytest

from videomae_demo.commands.readme_section import write_section
from videomae_demo.errors import BadRequestError


def test_only_what_stands_between_the_marks_changes(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("above\n<!-- study: begin -->\nold\n<!-- study: end -->\nbelow\n", encoding="utf-8")
    write_section(readme, "study", "new")
    write_section(readme, "study", "newer")
    assert readme.read_text(encoding="utf-8") == ("above\n<!-- study: begin -->\nnewer\n<!-- study: end -->\nbelow\n")


@pytest.mark.parametrize("text", ["no marks", "<!-- study: begin -->", "<!-- other: begin --><!-- other: end -->"])
def test_a_readme_without_the_marks_is_left_alone(tmp_path, text):
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(BadRequestError, match="no lines"):
        write_section(readme, "study", "new")
    assert readme.read_text(encoding="utf-8") == text
