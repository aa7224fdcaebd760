"""Start the page: ``python app.py``. A Hugging Face Space runs this file too, and finds ``demo`` here."""

import videomae_demo.zerogpu  # noqa: F401, I001  before torch, which a Space's GPU library has to patch

from videomae_demo.settings import Settings
from videomae_demo.ui import build_demo, launch_options, warm_up
from videomae_demo.ui.line import real_line

settings = Settings.from_environment()
line = real_line(settings)
demo = build_demo(line, settings)

if __name__ == "__main__":
    demo.launch(prevent_thread_lock=True, **launch_options(settings))
    warm_up(line, settings)  # the page is up; now the decode workers and the weights
    demo.block_thread()
