"""How to cite what the page shows: the program, and the paper whose model it explains. As in ``CITATION.cff``."""

from __future__ import annotations

from .. import __version__

TITLE = "VideoMAE, explained"
AUTHORS = "The maintainers of videomae-demo"
YEAR = 2026
PAPER_TITLE = "VideoMAE: Masked Autoencoders are Data-Efficient Learners for Self-Supervised Video Pre-Training"
PAPER_AUTHORS = (("Tong", "Zhan"), ("Song", "Yibing"), ("Wang", "Jue"), ("Wang", "Limin"))
PAPER_YEAR = 2022
PAPER_PLACE = "Advances in Neural Information Processing Systems"
PAPER_URL = "https://arxiv.org/abs/2203.12602"


def plain() -> str:
    """Both, in one line for a caption or a list of references."""
    names = ", ".join(f"{given[0]}. {family}" for family, given in PAPER_AUTHORS)
    return (
        f"{AUTHORS} ({YEAR}). {TITLE}, version {__version__}, software. On: {names} ({PAPER_YEAR}). {PAPER_TITLE}. "
        f"{PAPER_PLACE}. {PAPER_URL}"
    )


def bibtex() -> str:
    """Both, as entries for BibTeX; braces keep the capitals, and a group's name whole."""
    names = " and ".join(f"{family}, {given}" for family, given in PAPER_AUTHORS)
    return (
        f"@misc{{videomae_explained,\n  title = {{{{{TITLE}}}}},\n  author = {{{{{AUTHORS}}}}},\n  year = {{{YEAR}}},\n"
        f"  note = {{Software, version {__version__}}}\n}}\n\n"
        f"@inproceedings{{tong2022videomae,\n  title = {{{{{PAPER_TITLE}}}}},\n  author = {{{names}}},\n"
        f"  booktitle = {{{PAPER_PLACE}}},\n  year = {{{PAPER_YEAR}}},\n  url = {{{PAPER_URL}}}\n}}\n"
    )
