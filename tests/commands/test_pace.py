"""How fast, and how long still."""

import io

from videomae_demo.commands.pace import Pace


def test_only_what_this_run_did_counts_for_the_rate():
    now = [0.0]
    stream = io.StringIO()
    pace = Pace(100, "clips", done=40, stream=stream, clock=lambda: now[0])
    now[0] = 20.0
    pace.add(10)
    assert stream.getvalue() == "50 of 100 clips, 0.50 a second, 1 min 40 s left\n"
    now[0] = 21.0
    pace.add(10)  # too soon for another line
    now[0] = 40.0
    pace.add(40)
    assert stream.getvalue().splitlines()[1:] == ["100 of 100 clips, 1.5 a second"]
