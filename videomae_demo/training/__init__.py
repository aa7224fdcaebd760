"""Renders the motion clips, trains the bundled checkpoints on them and measures what they can do."""
