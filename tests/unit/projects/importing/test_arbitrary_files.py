from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.projects.importing.firm import ABORT, SKIP, Firm

from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.tables.importing import ImportOrder
from handwerk.domain.tables.report import ImportReport

HEADING = b"name;project_type;final_price;project_date;is_finalized;complexity\n"
SIGNS = [b";", b",", b"\t", b"|", b'"', b"\n", b"\r", b"\0", b"\xfc", "ü".encode(), b"\x1a", b"-"]
WORDS = [b"name", b"project_type", b"1.234", b"1,5", b"NaN", b"ja", b"31.12.2025", b" ", b"=1"]
PIECES = st.sampled_from([*SIGNS, *WORDS, HEADING])
FILES = st.binary(max_size=200) | st.lists(PIECES, max_size=60).map(b"".join)


async def outcome(content: bytes, order: ImportOrder) -> tuple[Firm, ImportReport | None]:
    """What came of an import: a report, or a refusal of a known kind; anything else is raised."""
    firm = Firm()
    try:
        return firm, await firm.imports(content, order)
    except HandwerkError:
        return firm, None


@given(FILES, st.booleans())
@example("name;project_type\n".encode("utf-16") + b"\0", False)
@example(b"\xff\xfe\x00\xd8", False)
async def test_any_bytes_are_imported_or_refused(content: bytes, below_heading: bool) -> None:
    """Nothing that a file can hold comes out as an accident; the counts always add up."""
    firm, report = await outcome(HEADING * below_heading + content, SKIP)
    saved = len(firm.store.projects)
    if report is None:
        assert saved == 0
    else:
        assert report.rows == report.created + report.unchanged + report.failed
        assert (report.failed > 0) == bool(report.errors)
        assert saved == report.created == len(firm.store.history)


@given(FILES)
async def test_abort_is_skip_without_errors_or_nothing(content: bytes) -> None:
    """What abort lets pass is exactly what skip finds nothing wrong with."""
    strict, whole = await outcome(HEADING + content, ABORT)
    _, kept = await outcome(HEADING + content, SKIP)
    if kept is None or kept.failed:
        assert whole is None
        assert not strict.store.projects
    else:
        assert whole == kept
