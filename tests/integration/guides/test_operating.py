"""The guides of those who run a firm's server: each command is run against one, or named unrun."""

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import yaml
from tests.guides.blocks import Block, blocks, run_shell
from tests.integration.databases import DatabaseUrls, fresh_database
from tests.integration.http.firm import Firm, opened_firm

from handwerk import serving
from handwerk.config import Config
from handwerk.entrypoints.cli.main import cli

ROOT = Path(__file__).parents[3]
GUIDES = [
    ROOT / "docs" / f"{name}.md"
    for name in (
        "deployment",
        "runbook",
        "search-and-models",
        "security",
        "data-protection",
        "preis",
    )
]
BLOCKS = [block for guide in GUIDES for block in blocks(guide) if block.is_shell]
_TRAINED = "after a training"


def _marked(block: Block) -> Any:
    """Learning takes half a minute on a busy machine."""
    learns = "handwerk train" in block.text or block.mark == _TRAINED
    return pytest.param(block, marks=[pytest.mark.long] if learns else [], id=block.name)


RUN = [_marked(block) for block in BLOCKS if block.unrun is None]
UNRUN = [block for block in BLOCKS if block.unrun is not None]
ROWS = 25
# What `docker compose` is asked for here, and which options each takes (true: with a value).
COMPOSE = {
    "": {"--file": True, "--profile": True},
    "build": {},
    "up": {
        "--detach": False,
        "--scale": True,
        "--no-recreate": False,
        "--no-deps": False,
        "--wait": False,
    },
    "ps": {},
    "logs": {"--tail": True, "--since": True},
    "exec": {},
}
# Between the commands of a shell's loop.
_LOOP = re.compile(r";\s*(?:do\b)?\s*")
_INLINE = re.compile(r"`(handwerk [^`]+)`")


@pytest.fixture(scope="module")
def firm(
    database_server: DatabaseUrls, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Firm]:
    """A firm with some finished jobs, served."""
    folder = tmp_path_factory.mktemp("firm")
    # For the doctor, who looks where settings say that the data folder is.
    config = Config(rate_limit_per_minute=10_000, data_dir=str(folder))
    with (
        fresh_database(database_server) as urls,
        opened_firm(urls, redis_url, folder, config) as opened,
    ):
        for path in (folder, *folder.iterdir()):
            path.chmod(0o700)
        with (ROOT / "examples" / "projects.csv").open("rb") as table:
            some = b"".join(islice(table, ROWS))
        answer = opened.admin.post("/projects/import", files={"file": ("jobs.csv", some)})
        assert answer.status_code == 200, answer.text
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies around whoever follows a guide: the repository's files that guides name."""
    here = tmp_path_factory.mktemp("operator")
    (here / "examples").symlink_to(ROOT / "examples")
    shutil.copytree(ROOT / "deploy", here / "deploy", ignore=shutil.ignore_patterns("secrets"))
    return here


def _environment(firm: Firm, block: Block) -> dict[str, str]:
    assert firm.admin.token is not None
    given = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HANDWERK_URL": firm.root,
        "HANDWERK_TOKEN": firm.admin.token,
        # A stand-in, that is there as soon as it is asked for.
        "MODEL": "words-128",
    }
    if block.mark == _TRAINED:
        models = firm.admin.get("/models").json()
        given["VERSION"] = models[0]["version"]
    return given


@pytest.mark.parametrize("block", RUN)
def test_commands_of_guides_do_what_they_show(block: Block, firm: Firm, folder: Path) -> None:
    """In the guides' order, against one server; the first command that fails fails."""
    run_shell(block, folder=folder, environment=_environment(firm, block))


@pytest.mark.parametrize("block", UNRUN, ids=lambda block: block.name)
def test_what_is_not_run_says_why_and_could_be(block: Block) -> None:
    """Each command without Docker is one of ours; each of Compose names services that are there."""
    assert block.unrun in {"needs a Docker engine", "needs servers of your own"}
    for line in block.commands.splitlines():
        for command in _LOOP.split(line):
            _check_command(command)


def _check_command(command: str) -> None:
    words = [word for word in shlex.split(command) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
    match words:
        case [] | ["done"] | ["for", _, "in", *_]:
            pass
        case ["docker", "compose", *rest]:
            _check_compose(rest)
        case ["docker", "stop" | "rm", container]:
            service = re.fullmatch(r"handwerk-(\w+)-(?:\d+|\$n)", container)
            assert service
            assert service[1] in {"api", "worker"}
        case ["handwerk", *rest]:
            _check_ours(rest)
        case _:
            assert words[0] == "cat"
            assert words[1].startswith("deploy/secrets/")


def _check_compose(words: list[str]) -> None:
    """A command that Compose knows, with options that it takes."""
    files = [ROOT / "compose.yaml", ROOT / "deploy" / "qdrant-cluster.yaml"]
    services = {name for file in files for name in yaml.safe_load(file.read_text())["services"]}
    command, given = "", iter(words)
    for word in given:
        if word.startswith("--"):
            value = next(given) if COMPOSE[command][word] else ""
            assert word != "--file" or (ROOT / value).is_file()
            assert word != "--scale" or value.partition("=")[0] in services
            assert word != "--profile" or value == "tls"
        elif not command:
            command = word
            assert command in COMPOSE
        elif word == "handwerk":
            _check_ours(list(given))
        else:
            assert word in services


def _check_ours(words: list[str]) -> None:
    """A command of handwerk's, with options that it takes."""
    command: click.Command = cli
    context = click.Context(cli)
    if words[0] in {"serve", "worker"}:  # whose code has the whole server come along
        command = {"serve": serving.serve, "worker": serving.worker}[words.pop(0)]
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None:
            break
        command, words = found, words[1:]
    assert command is not cli, f"handwerk {words}: no such command"
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known | {"--help"}
    assert words or not isinstance(command, click.Group) or command.invoke_without_command is False


@pytest.mark.parametrize("guide", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_commands_in_sentences_are_ours(guide: Path) -> None:
    """A command that was renamed is found here, wherever it is spoken of."""
    for told in _INLINE.findall(guide.read_text(encoding="utf-8")):
        if "…" not in told:
            _check_ours(shlex.split(told)[1:])


def test_every_alert_has_a_section_that_says_what_to_do() -> None:
    """And no section speaks of an alert that is gone."""
    groups: list[dict[str, Any]] = yaml.safe_load(
        (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    )["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    told = (ROOT / "docs" / "runbook.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n\n(.+)", told, re.MULTILINE))
    assert sections.keys() == alerts
    assert all(sentence.strip() for sentence in sections.values())


def test_the_server_answers_on_after_all_commands(firm: Firm) -> None:
    """No guide leaves a firm behind that is broken."""
    ready = httpx.get(f"{firm.root}/health/ready")
    assert ready.status_code == 200, ready.text
