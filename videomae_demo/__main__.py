"""``python -m videomae_demo``."""

import sys

from .commands.main import main

if __name__ == "__main__":  # a decode process may import this module again
    sys.exit(main())
