"""Awkward clips on purpose, made by PyAV's own encoders, whose right frames are known.

Each picture carries its number as a grid of coloured blocks, so that the decoded pixels tell which frame they are, that
they stand upright, and that red is red. The tests and ``python -m videomae_demo intake-report`` walk the cases.

    burnt_number    the number in a picture: ``burn``, ``read_number``
    case            the records: ``Case``, and ``Truth`` about a valid clip
    encode          ``write_clip``: numbered pictures in any codec and container
    makers          clips that take more than that
    mp4_boxes       changes to a finished MP4 file
    bombs           small files that are enormous once decoded
    good, damaged, hostile    the tables of cases: a new file is a row in one of them
"""

from .burnt_number import burn, read_number
from .case import Case, Truth
from .damaged import DAMAGED_CASES
from .encode import B_FRAMES, OPEN_GROUPS, shifted, sound_only, write_clip
from .good import GOOD_CASES
from .hostile import hostile_cases
from .makers import write_still
from .mp4_boxes import change_box, set_edits, set_matrix

__all__ = [
    "B_FRAMES",
    "DAMAGED_CASES",
    "GOOD_CASES",
    "OPEN_GROUPS",
    "Case",
    "Truth",
    "burn",
    "change_box",
    "hostile_cases",
    "read_number",
    "set_edits",
    "set_matrix",
    "shifted",
    "sound_only",
    "write_clip",
    "write_still",
]
