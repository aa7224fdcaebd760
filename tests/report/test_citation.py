"""What the page gives to cite is what CITATION.cff says."""

from pathlib import Path

import yaml

from videomae_demo.report import citation

CFF = yaml.safe_load((Path(__file__).parents[2] / ".github" / "CITATION.cff").read_text(encoding="utf-8"))


def test_it_agrees_with_the_repositorys_own_file():
    (paper,) = CFF["references"]
    assert CFF["title"] == citation.TITLE
    assert CFF["authors"][0]["name"] == citation.AUTHORS
    assert str(CFF["date-released"]).startswith(str(citation.YEAR))
    assert (paper["title"], paper["year"]) == (citation.PAPER_TITLE, citation.PAPER_YEAR)
    assert paper["url"] == citation.PAPER_URL
    assert paper["collection-title"] == citation.PAPER_PLACE
    names = tuple((author["family-names"], author["given-names"]) for author in paper["authors"])
    assert names == citation.PAPER_AUTHORS


def test_both_forms_name_program_version_and_paper():
    for text in (citation.plain(), citation.bibtex()):
        for part in (citation.TITLE, CFF["version"], citation.PAPER_TITLE, citation.PAPER_URL):
            assert part in text
    assert citation.bibtex().count("{") == citation.bibtex().count("}")
