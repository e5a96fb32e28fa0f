"""Every block of the API guide, against a whole server."""

from pathlib import Path

import pytest
from tests.guides.blocks import Block, blocks, has_node, run_javascript, run_python
from tests.integration.http.firm import ADMIN, PASSWORD, Firm

GUIDE = Path(__file__).parents[3] / "docs" / "api.md"
FENCED = blocks(GUIDE)


def _here(text: str, firm: Firm) -> str:
    """The block as a reader would adapt it: another address, another sign-in."""
    told = text.replace("http://127.0.0.1:8000", firm.root)
    return told.replace("chefin@firma.example", ADMIN).replace("ein langes Kennwort", PASSWORD)


def _adapted(block: Block, firm: Firm) -> Block:
    return block._replace(text=_here(block.text, firm))


def test_the_guide_has_no_block_that_is_not_run() -> None:
    """Each block is Python or JavaScript, and none is marked."""
    assert {block.language for block in FENCED} == {"python", "js"}
    assert all(block.unrun is None for block in FENCED)


def test_the_python_blocks_run(
    firm: Firm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the sign-in to the imported table, in the guide's order and by its names."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "guide"}
    for block in FENCED:
        if block.language == "python":
            run_python(_adapted(block, firm), names)
    said = capsys.readouterr().out
    for words in ("admin", "412 The record has changed", "price_net", "came in,"):
        assert words in said, said


@pytest.mark.skipif(not has_node(), reason="node is not installed")
def test_the_javascript_blocks_run(firm: Firm, tmp_path: Path) -> None:
    """All of them as one module, since each uses the names of those before it."""
    scripts = [_adapted(block, firm) for block in FENCED if block.language == "js"]
    whole = "\n".join(block.text for block in scripts)
    said = run_javascript(whole, scripts[0], folder=tmp_path, environment={})
    lines = said.splitlines()
    assert lines[0] == "admin"
    assert "201 true" in lines
    assert lines[lines.index("200") + 1] == "412"
    assert "true" in lines
    assert "calculation 200" in lines
