"""What a video transformer saw, and why it said so: VideoMAE, frame by frame and token by token.

Importing the package loads neither torch nor a model; read ``records.py`` first, it is the glossary.
"""

__version__ = "0.1.0"
