"""``benchmark``: the plain way, transformers' fused forward pass and this app's way, side by side in one run.

Each row of ``ARMS`` is one way to answer a clip, with or without a map. Seconds come from rounds in which every arm has
its turn, so that what else the machine does falls on all of them alike; ratios are medians over the rounds. Peak memory
comes from a fresh process an arm. The matrix-product rate that times are compared with is measured in the same rounds.

    command           options, and the order of it all
    arms              the ways; a new one is a row in ``ARMS``
    model             what they all run
    speed, timed      rounds, ratios, and the clock
    memory            the worst moment
    machine           its name, and its rate of matrix products
    agreement         whether the answers are the same
    decode_overhead   what the supervised decode process costs
    text              the report for people
    many_clips        by itself, with ``--many``: classify beside a loop over transformers' pipeline
    long_file         by itself, with ``--long``: timeline's decoding beside one plain linear pass
    visitors          by itself, with ``--visitors``: passes that visitors share beside passes of one clip
"""

from .command import add_arguments, run

__all__ = ["add_arguments", "run"]
