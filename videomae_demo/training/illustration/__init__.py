"""The sample clips' look: a few colours, flat shapes, quiet places.

Everything is a `Part` in short sides from the middle of the frame (x right, y down), so the same drawing works at any
size. Backdrops return what is painted once; objects return parts that a track can move.
"""
