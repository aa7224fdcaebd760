"""Start the page: ``python app.py``. A Hugging Face Space runs this file too, and finds ``demo`` here."""

import sys

from videomae_demo.models import load_classifier
from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options, warm_up
from videomae_demo.ui.line import real_line
from videomae_demo.zerogpu import ON_ZERO_GPU

try:
    settings = Settings.from_environment()
except ValueError as error:
    sys.exit(f"app.py: {error}")
if ON_ZERO_GPU:  # weights that are placed now are there when a visitor's process gets its GPU
    load_classifier(settings.model, device=settings.device, dtype=settings.dtype, settings=settings)
line = real_line(settings)
demo = build_demo(line, settings)

if __name__ == "__main__":
    demo.launch(prevent_thread_lock=True, **launch_options(settings))
    warm_up(line, settings)  # the page is up; now the decode workers and the weights
    demo.block_thread()
