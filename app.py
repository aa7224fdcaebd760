"""Start the page: ``python app.py``. A Hugging Face Space imports ``demo`` from here."""

from videomae_demo.ui import build_demo, launch_options

demo = build_demo()

if __name__ == "__main__":
    demo.launch(**launch_options())
