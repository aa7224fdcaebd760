"""``python -m videomae_demo``."""

from .commands.main import program

if __name__ == "__main__":  # a decode process may import this module again
    program()
