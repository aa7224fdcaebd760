"""How fast, and how long still."""

import io

from videomae_demo.commands.pace import Pace, with_time_left


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


def test_a_step_that_tells_its_share_gets_the_time_left():
    now = [0.0]
    stream = io.StringIO()
    tell = with_time_left(stream, clock=lambda: now[0])
    tell("Loading", None)
    for seconds, share in ((5.0, 0.0), (6.0, 0.1), (30.0, 0.25), (105.0, 1.0)):
        now[0] = seconds
        tell(f"{share:.0%}", share)
    assert stream.getvalue().splitlines() == ["Loading", "0%", "25%, 1 min 15 s left", "100%, 0 s left"]
