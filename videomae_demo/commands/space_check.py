"""``space-check``: what a Hugging Face Space's builder would stumble over, found before the push.

The builder reads the front matter, installs ``requirements.txt`` and then Gradio in the version that the front matter
names, on the Python that it names, and runs the app's file. What it takes: https://huggingface.co/docs/hub/spaces-config-reference
and https://huggingface.co/docs/hub/spaces-sdks-gradio; sizes: https://huggingface.co/docs/hub/repositories-getting-started.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .options import DONE, SOME_FAILED

COLOURS = frozenset({"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"})
LONGEST_DESCRIPTION = 60
PLAIN_FILE_BYTES = 10_000_000
"""Larger files have to lie in the Hub's storage of large ones, where ``hf upload`` puts them, not in plain git."""
SPACE_BYTES = 1_000_000_000
"""All files of a Space's repository together."""
POINTER = b"version https://git-lfs"
MANYLINUX = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)),
    *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
)
"""Wheels for glibc 2.36, a Space's, and older. Of what is named pip takes exactly that, and CUDA's wheels say 2_27."""


@dataclass(frozen=True)
class Repository:
    """The folder as it would be pushed."""

    folder: Path
    front_matter: dict[str, Any]
    files: tuple[Path, ...]
    """Relative to the folder."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="of the repository (default: here)")
    parser.add_argument(
        "--resolve",
        action="store_true",
        help="also let pip look for versions that fit together on the Space's Python; nothing is installed, but pip may"
        " fetch packages to read what they need",
    )


def run(args: argparse.Namespace) -> int:
    """Print each check with what is wrong, and fail if anything is."""
    found = check_folder(args.folder, resolve=args.resolve)
    for title, problems in found.items():
        print(f"{'wrong' if problems else 'right'}  {title}")
        for problem in problems:
            print(f"       {problem}")
    return SOME_FAILED if any(found.values()) else DONE


def check_folder(folder: Path, *, resolve: bool = False) -> dict[str, list[str]]:
    """What is wrong, a sentence each, by the title of the check."""
    repository = Repository(folder, _front_matter(folder), tuple(_files(folder)))
    checks = CHECKS | ({"The requirements fit together": _unresolvable} if resolve else {})
    return {title: list(check(repository)) for title, check in checks.items()}


def _front_matter(folder: Path) -> dict[str, Any]:
    import yaml

    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    try:
        loaded = yaml.safe_load(match[1]) if match else {}
    except yaml.YAMLError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _files(folder: Path) -> Iterator[Path]:
    """What git would push; without git, all files that do not lie in a folder with a dot."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        yield from (Path(name) for name in listed.stdout.rstrip("\0").split("\0") if (folder / name).is_file())
        return
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts[:-1]):
            yield relative


def _bad_front_matter(repository: Repository) -> Iterator[str]:
    given = repository.front_matter
    if not given:
        yield "README.md does not begin with YAML between two lines of ---."
        return
    if given.get("sdk") != "gradio":
        yield f"sdk is {given.get('sdk')!r}; expected gradio."
    for key in ("sdk_version", "python_version"):
        if not isinstance(given.get(key), str) or not re.fullmatch(r"\d+(\.\d+)*", given[key]):
            yield f"{key} is {given.get(key)!r}; expected a version in quotes: unquoted, 3.10 reads as 3.1."
    for key in ("colorFrom", "colorTo"):
        if given.get(key) not in COLOURS:
            yield f"{key} is {given.get(key)!r}; expected one of {', '.join(sorted(COLOURS))}."
    if len(given.get("short_description", "")) > LONGEST_DESCRIPTION:
        yield f"short_description has more than {LONGEST_DESCRIPTION} characters."
    for line in given.get("preload_from_hub", []):
        if not re.fullmatch(r"[\w.-]+/[\w.-]+( [^\s,]+(,[^\s,]+)*( [0-9a-f]{40})?)?", line):
            yield f"preload_from_hub {line!r}: expected repository, files with commas between them, revision."


def _bad_requirements(repository: Repository) -> Iterator[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    file = repository.folder / "requirements.txt"
    if not file.is_file():
        yield "There is no requirements.txt."
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            yield f"{line!r} is no requirement: {error}"
            continue
        version = repository.front_matter.get("sdk_version", "")
        if version and requirement.name == "gradio" and not requirement.specifier.contains(version):
            yield f"gradio {version} of the front matter is installed last, and {line!r} does not admit it."


def _bad_app(repository: Repository) -> Iterator[str]:
    name = repository.front_matter.get("app_file", "app.py")
    file = repository.folder / str(name)
    if not file.is_file():
        yield f"There is no {name}."
        return
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except SyntaxError as error:
        yield f"{name}, line {error.lineno}: {error.msg}."
        return
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if "demo" not in names:
        yield f"{name} assigns no demo at module level: Gradio's reload and ZeroGPU look for it there."


def _bad_files(repository: Repository) -> Iterator[str]:
    total = 0
    for name in repository.files:
        path = repository.folder / name
        size = path.stat().st_size
        total += size
        with path.open("rb") as file:
            if file.read(len(POINTER)) == POINTER:
                yield f"{name} is a pointer of Git LFS, not the file: fetch it with git lfs pull."
        if size > PLAIN_FILE_BYTES:
            yield f"{name} has {size / 1e6:.1f} MB, more than the {PLAIN_FILE_BYTES / 1e6:g} MB of a plain file."
    if total > SPACE_BYTES:
        yield f"All files have {total / 1e9:.1f} GB, more than the {SPACE_BYTES / 1e9:g} GB of a Space."


def _unresolvable(repository: Repository) -> Iterator[str]:
    given = repository.front_matter
    with tempfile.TemporaryDirectory(prefix="videomae-space-") as folder:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--disable-pip-version-check"]
        command += ["--target", folder, "--only-binary", ":all:", "--python-version", str(given.get("python_version"))]
        command += [part for platform in MANYLINUX for part in ("--platform", platform)]
        command += ["-r", str(repository.folder / "requirements.txt"), f"gradio=={given.get('sdk_version')}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        yield from (line for line in done.stderr.splitlines() if line.startswith("ERROR"))


CHECKS: dict[str, Callable[[Repository], Iterator[str]]] = {
    "README.md's front matter": _bad_front_matter,
    "requirements.txt": _bad_requirements,
    "The app's file": _bad_app,
    "Sizes, and no pointers of Git LFS": _bad_files,
}
"""Title -> what yields a sentence for each thing that is wrong."""
