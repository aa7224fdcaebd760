"""Whether the Hugging Face hub answers, asked once and quickly. Loads neither torch nor transformers."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

from ..words import later


def answers(url: str, *, timeout: float) -> bool:
    """Whether the hub answers one request within ``timeout`` seconds, name look-up and all; no retries.

    The hub's own client tries for 20 s and more before it says that there is no network.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    if constants.is_offline_mode():
        return False
    answered = threading.Event()

    def ask() -> None:
        try:
            if get_session().head(url, timeout=timeout, follow_redirects=False).status_code < 500:
                answered.set()
        except Exception:  # the client's HTTP library, and with it the names of its errors, differs between versions
            return

    # A name look-up cannot be timed out from within; a daemon thread can be left behind.
    asking = threading.Thread(target=ask, name="hub-probe", daemon=True)
    asking.start()
    asking.join(timeout)
    return answered.is_set()


def why_unreachable(timeout: float) -> str:
    """Half a sentence for the page."""
    from huggingface_hub import constants

    if constants.is_offline_mode():
        return later("the hub is switched off here (HF_HUB_OFFLINE)")
    return later(
        "the hub ({netloc}) did not answer within {timeout:g} s",
        netloc=urlsplit(constants.ENDPOINT).netloc,
        timeout=timeout,
    )
