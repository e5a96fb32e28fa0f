"""The files of the deployment: what their own checkers say, and what they promise."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from handwerk.config import from_environment

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "compose.yaml"),
        ("vendor.compose-spec", "deploy/qdrant-cluster.yaml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_a_file_is_of_its_schema(schema: str, file: str) -> None:
    """As the makers of the format say it."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file]
    checked = subprocess.run(checker, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own files
    assert checked.returncode == 0, checked.stdout


def test_there_are_seven_services_and_a_proxy() -> None:
    """Only the proxy needs a profile."""
    always = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert always == {"api", "worker", "postgres", "redis", "qdrant", "prometheus", "grafana"}
    assert SERVICES["caddy"]["profiles"] == ["tls"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(name: str) -> None:
    """Read-only, no rights to gain, limited, of a pinned version."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert re.search(r":v?\d+\.\d+", service["image"])
    assert "healthcheck" in service


CLUSTER: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "qdrant-cluster.yaml").read_text())


def test_a_cluster_s_nodes_are_alike() -> None:
    """Hardened as the first one, of its version, each with folders and a name of its own."""
    nodes = {name: CLUSTER["services"][name] for name in ("qdrant-2", "qdrant-3")}
    folders = [volume for node in nodes.values() for volume in node["volumes"]]
    for name, node in nodes.items():
        same = (
            "image",
            "read_only",
            "cap_drop",
            "security_opt",
            "deploy",
            "healthcheck",
            "logging",
        )
        assert {key: node[key] for key in same} == {key: SERVICES["qdrant"][key] for key in same}
        assert node["command"][-1] == f"http://{name}:6335"
        assert "http://qdrant-1:6335" in node["command"]
        assert node["networks"] == {"inside": {"aliases": ["qdrant"]}}
        assert "ports" not in node
    assert len(set(folders)) == len(folders)
    assert CLUSTER["services"]["qdrant"]["networks"] == {"inside": {"aliases": ["qdrant-1"]}}


def test_a_cluster_s_settings_are_understood() -> None:
    """Server and worker spread a new collection alike, over all nodes, each shard twice."""
    for name in ("api", "worker"):
        config = from_environment(CLUSTER["services"][name]["environment"])
        assert config.qdrant_replicas == 2
        assert config.qdrant_shards is not None
        assert config.qdrant_shards % 3 == 0


def test_every_volume_is_one_that_is_there() -> None:
    """In both files, and no folder of the machine but those of this repository, to be read."""
    for file, known in ((COMPOSE, COMPOSE), (CLUSTER, CLUSTER)):
        for service in file["services"].values():
            for volume in service.get("volumes", []):
                source, _, rest = volume.partition(":")
                read_only = source.startswith("./deploy/") and rest.endswith(":ro")
                assert source in known["volumes"] or read_only


def test_nothing_listens_to_strangers_but_the_proxy() -> None:
    """Ports of all others are this machine's own, or none."""
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert name == "caddy" or port.startswith("127.0.0.1:")
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "qdrant", "prometheus"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]


def test_every_secret_is_a_file_that_is_made(tmp_path: Path) -> None:
    """The program makes them all, keeps what is there, and the folder is its owner's alone."""
    program = tmp_path / "make-secrets"
    program.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())
    folder = tmp_path / "secrets"
    subprocess.run(["bash", program], check=True, capture_output=True)  # noqa: S603, S607 - our own
    made = {file.name: file.read_text() for file in folder.iterdir()}
    subprocess.run(["bash", program], check=True, capture_output=True)  # noqa: S603, S607 - our own
    wanted = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert wanted <= made.keys()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert made == {file.name: file.read_text() for file in folder.iterdir()}


def test_the_settings_of_the_containers_are_understood(tmp_path: Path) -> None:
    """`api` starts in production mode with the secrets that were made."""
    program = tmp_path / "make-secrets"
    program.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())
    subprocess.run(["bash", program], check=True, capture_output=True)  # noqa: S603, S607 - our own
    given = {
        name: value.replace("/run/secrets", str(tmp_path / "secrets"))
        for name, value in SERVICES["api"]["environment"].items()
        if "${" not in value
    }
    config = from_environment(given)
    assert config.env == "production"
    assert config.redis_url is not None
    assert "redis:6379" in config.redis_url
    assert not config.works_jobs


def test_what_the_image_is_built_from_is_there() -> None:
    """Each file that the Dockerfile copies is let through by .dockerignore."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", _dockerfile(), re.MULTILINE)
    let_through = (ROOT / ".dockerignore").read_text()
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert f"!{name}" in let_through
    assert "USER 10001:10001" in _dockerfile()


def _dockerfile() -> str:
    return (ROOT / "deploy" / "Dockerfile").read_text()


def test_scripts_can_be_run() -> None:
    """As the first line of compose.yaml says."""
    assert os.access(ROOT / "deploy" / "make-secrets", os.X_OK)
    for script in ("make-secrets", "postgres/roles.sh"):
        subprocess.run(["bash", "-n", ROOT / "deploy" / script], check=True)  # noqa: S603, S607 - our own
