"""What is deployed: read by linters and schemas everywhere, built and run where Docker is (``-m docker``)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / ".deploy"
PAGE = DEPLOY / "kubernetes" / "cpu" / "page.yaml"
BESIDE_PYTHON = Path(sys.executable).parent


def checked(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def page_container() -> dict:
    deployment = next(yaml.safe_load_all(PAGE.read_text(encoding="utf-8")))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return container


@pytest.mark.skipif(not (BESIDE_PYTHON / "hadolint").is_file(), reason="hadolint is not installed")
def test_the_dockerfile_has_nothing_that_hadolint_warns_of():
    checked(BESIDE_PYTHON / "hadolint", DEPLOY / "Dockerfile")


def test_the_compose_file_obeys_its_schema():
    checked(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"
    )


@pytest.mark.skipif(not find_spec("kubernetes_validate"), reason="kubernetes-validate is not installed")
def test_the_manifests_obey_kubernetes_schemas(tmp_path):
    validate = BESIDE_PYTHON / "kubernetes-validate"
    checked(validate, "--strict", PAGE)
    if shutil.which("kubectl"):
        for kind in ("cpu", "cuda"):
            rendered = tmp_path / f"{kind}.yaml"
            rendered.write_text(checked("kubectl", "kustomize", DEPLOY / "kubernetes" / kind), encoding="utf-8")
            checked(validate, "--strict", rendered)
            assert f"image: registry.example/videomae-demo:{kind}" in rendered.read_text(encoding="utf-8")


def test_nothing_runs_as_root_or_writes_to_its_root():
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    (user,) = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    for service in yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"].values():
        assert service["read_only"] and service["user"] == user and service["cap_drop"] == ["ALL"]
    security = page_container()["securityContext"]
    assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
    mounted = {mount["mountPath"] for mount in page_container()["volumeMounts"]}
    assert mounted == {"/tmp", *re.findall(r"^VOLUME (\S+)$", dockerfile, re.MULTILINE)}


def test_health_is_asked_where_the_page_answers():
    from videomae_demo.ui.serving.health import Health, health_routes

    offered = {route.path for route in health_routes(Health())}
    container = page_container()
    probes = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    assert probes == ["/livez", "/livez", "/healthz"] and set(probes) <= offered
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "'/healthz'" in dockerfile
    (port,) = re.findall(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)
    assert container["ports"][0]["containerPort"] == int(port) and f"GRADIO_SERVER_PORT={port}" in dockerfile


def test_the_builder_gets_all_that_the_program_is_installed_from():
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    assert {"LICENSE", "README.md", "app.py", "assets", "pyproject.toml", "requirements.txt", "videomae_demo"} == sent
    assert all((ROOT / name).exists() for name in sent)


@pytest.mark.docker
def test_the_image_builds_and_answers_with_a_read_only_root():
    checked("docker", "build", "-f", DEPLOY / "Dockerfile", "-t", "videomae-demo:test", ".")
    limits = ["--read-only", "--tmpfs", "/tmp:mode=1777", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    container = checked(
        "docker", "run", "--detach", *limits, "-e", "VIDEOMAE_MODEL=bundled", "videomae-demo:test"
    ).strip()
    try:
        deadline = time.monotonic() + 240
        while (state := json.loads(checked("docker", "inspect", container))[0]["State"])["Health"][
            "Status"
        ] != "healthy":
            assert state["Running"] and time.monotonic() < deadline, checked("docker", "logs", container)
            time.sleep(2)
        assert checked("docker", "exec", container, "id", "-u").strip() == "10001"
        checked("docker", "stop", "--time", "60", container)
        assert json.loads(checked("docker", "inspect", container))[0]["State"]["ExitCode"] in (0, 143)
    finally:
        checked("docker", "rm", "--force", container)
