"""Start the page: ``python app.py``. A Hugging Face Space runs this file too, and finds ``demo`` here."""

import sys

from videomae_demo.settings import Settings

try:
    settings = Settings.from_environment()  # before the imports below, which take seconds

    from videomae_demo.backend import real_backend
    from videomae_demo.models import load_classifier
    from videomae_demo.models.zerogpu import ON_ZERO_GPU
    from videomae_demo.ui import build_demo, serve

    backend = real_backend(settings)
    page = build_demo(backend, settings)
except ValueError as error:
    if not str(error).startswith("VIDEOMAE_"):
        raise
    sys.exit(f"app.py: {error}")  # a bad setting in the environment: one clear line
demo = page  # here, at module level, Gradio's reload and ZeroGPU look for it
if ON_ZERO_GPU:  # weights that are placed now are there when a visitor's process gets its GPU
    load_classifier(settings.model, device=settings.device, dtype=settings.dtype, settings=settings)

if __name__ == "__main__":
    serve(demo, backend, settings)
