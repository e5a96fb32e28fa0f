"""The guide for frontends: its blocks are run, its table names operations that there are."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.guides.blocks import blocks, has_node, run_javascript
from tests.integration.http.firm import ADMIN, PASSWORD, Firm

GUIDE = Path(__file__).parents[3] / "docs" / "frontend-migration.md"
FENCED = blocks(GUIDE)
_PATH = re.compile(r"(?P<method>GET|POST|PUT|DELETE)?,? ?`?(?P<path>/[\w/{}-]+)")


@pytest.mark.skipif(not has_node(), reason="node is not installed")
def test_the_blocks_run(firm: Firm, tmp_path: Path) -> None:
    """All of them as one module: the sign-in, a refusal with its field, an upload to its end."""
    assert {block.language for block in FENCED} == {"js"}
    whole = "\n".join(block.text for block in FENCED)
    for told, meant in (
        ("http://127.0.0.1:8000", firm.root),
        ("chefin@firma.example", ADMIN),
        ("ein langes Kennwort", PASSWORD),
    ):
        whole = whole.replace(told, meant)
    said = run_javascript(whole, FENCED[0], folder=tmp_path, environment={}).splitlines()
    assert said[0] == "200"
    assert "complexity must be from 1 to 5" in said
    assert said[-1] == "SUCCESS"


def test_every_operation_that_is_named_exists(firm: Firm) -> None:
    """The table's paths are those of the published document, and it leaves out none of the 28."""
    published: Any = firm.stranger.get(f"{firm.root}/schema/openapi.json").json()
    known = {
        re.sub(r"\{[^}]+\}", "{}", path).removeprefix("/api/v1") for path in published["paths"]
    }
    text = GUIDE.read_text("utf-8").partition("## Operation by operation")[2]
    named = {
        re.sub(r"\{[^}]+\}", "{}", found["path"]).rstrip("/")
        for row in text.partition("## Three")[0].splitlines()
        if row.startswith("| `")
        for found in _PATH.finditer(row.split("|")[1])
    }
    # The short forms beside `/tasks/tasks/active`.
    named = {f"/tasks/tasks{path}" if path in {"/scheduled", "/failed"} else path for path in named}
    assert named <= known
    assert len(named) == 26  # the paths of the 28
