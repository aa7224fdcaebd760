"""A program that asks a running app as any other would, by HTTP, and whether the answer is its own clip's."""

from __future__ import annotations

import json

import httpx


def call(url: str, client: httpx.Client, content: bytes, name: str, *, explained: bool = False) -> dict:
    """/predict or /explain as plain HTTP."""
    (path,) = client.post(f"{url}gradio_api/upload", files={"files": (name, content)}).raise_for_status().json()
    clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
    address = f"{url}gradio_api/call/{'explain' if explained else 'predict'}"
    values = [clip, "bundled", "auto", 5, *(["rollout", ""] if explained else [])]
    event = client.post(address, json={"data": values}).raise_for_status().json()["event_id"]
    kind = ""
    with client.stream("GET", f"{address}/{event}") as lines:
        for line in lines.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind in ("complete", "error"):
                return json.loads(line.removeprefix("data: "))[0] if kind == "complete" else {"ok": False, "lost": line}
    return {"ok": False, "lost": "no answer"}


def top(answer: dict) -> tuple[str, float]:
    """The likeliest class and its probability."""
    first = answer["predictions"][0]
    return first["label"], first["probability"]


def is_right(answer: dict, truth: tuple[str, float]) -> bool:
    """Views that share a pass round otherwise than single ones, in half precision by about 0.01."""
    label, probability = top(answer)
    return label == truth[0] and abs(probability - truth[1]) < 0.05
