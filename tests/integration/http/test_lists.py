"""Lists: pages, order, cursors, totals and filters."""

import concurrent.futures
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import names, next_url, problem


@pytest.fixture(scope="module")
def region(firm: Firm) -> str:
    """A region in which this module makes all its projects: 12, oldest first A to L."""
    word = f"Region {uuid4()}"
    woods = ["Eiche", "Buche", "Ahorn"]
    for number, name in enumerate("ABCDEFGHIJKL"):
        firm.manager.create(
            name=name,
            region=word,
            wood_type=woods[number % 3],
            project_type="Treppenbau" if number % 2 else "Möbel",
            project_date=f"2025-{number + 1:02}-15",
            final_price=None if number == 5 else 1000 - number // 2,
            description=["100 % Eiche", "50_Stück", "x\\y", "100 Eiche"][number % 4],
        )
    return word


def test_a_list_is_a_bare_array_newest_first(firm: Firm, region: str) -> None:
    """Newest first, with the whole count in a header, and no tag."""
    answer = firm.viewer.get("/projects/", params={"region": region})
    assert names(answer) == list("LKJIHGFEDCBA")
    assert answer.headers["x-total-count"] == "12"
    assert "etag" not in answer.headers
    assert next_url(answer) is None
    one = answer.json()[0]
    assert firm.viewer.get(f"/projects/{one['id']}").json() == one


def test_skip_and_limit_cut_a_page(firm: Firm, region: str) -> None:
    """The total stays the whole's."""
    given: dict[str, Any] = {"region": region, "skip": 2, "limit": 3}
    answer = firm.viewer.get("/projects/", params=given)
    assert names(answer) == list("JIH")
    assert answer.headers["x-total-count"] == "12"


def test_a_page_behind_the_end_is_empty(firm: Firm, region: str) -> None:
    """Empty, not refused, and without a next page."""
    answer = firm.viewer.get("/projects/", params={"region": region, "skip": 10_000})
    assert answer.json() == []
    assert answer.headers["x-total-count"] == "12"
    assert next_url(answer) is None


@pytest.mark.parametrize(
    "sort", [None, "name", "-name", "final_price", "-final_price", "wood_type"]
)
def test_the_link_walks_the_whole_list(firm: Firm, region: str, sort: str | None) -> None:
    """Following `next` sees every record once, in the order of the whole list, nulls too."""
    given = {"region": region} | ({"sort": sort} if sort else {})
    whole = names(firm.viewer.get("/projects/", params=given))
    answer = firm.viewer.get("/projects/", params={**given, "limit": "5"})
    walked = names(answer)
    while (url := next_url(answer)) is not None:
        assert parse_qs(urlsplit(url).query)["cursor"]
        answer = firm.viewer.get(url)
        assert answer.headers["x-total-count"] == "12"
        walked += names(answer)
    assert walked == whole
    assert sorted(walked) == list("ABCDEFGHIJKL")


def test_a_list_is_sorted_as_asked(firm: Firm, region: str) -> None:
    """Ascending by a field, descending with a minus in front."""
    given = {"region": region, "sort": "project_date"}
    assert names(firm.viewer.get("/projects/", params=given)) == list("ABCDEFGHIJKL")
    given["sort"] = "-project_date"
    assert names(firm.viewer.get("/projects/", params=given)) == list("LKJIHGFEDCBA")


def test_a_cursor_is_stable_under_inserts(firm: Firm) -> None:
    """What is created while somebody walks neither repeats nor hides a record."""
    word = f"Region {uuid4()}"
    for name in "ABCDEF":
        firm.manager.create(name=name, region=word)
    answer = firm.viewer.get("/projects/", params={"region": word, "limit": 2})
    walked = names(answer)
    while (url := next_url(answer)) is not None:
        firm.manager.create(name="neu", region=word)
        answer = firm.viewer.get(url)
        walked += names(answer)
    assert walked == list("FEDCBA")


def test_a_cursor_outlives_the_record_it_points_to(firm: Firm) -> None:
    """The walk goes on where a record was deleted meanwhile."""
    word = f"Region {uuid4()}"
    made = {name: firm.manager.create(name=name, region=word)["id"] for name in "ABCD"}
    answer = firm.viewer.get("/projects/", params={"region": word, "limit": 2})
    firm.admin.delete(f"/projects/{made['C']}")
    url = next_url(answer)
    assert url is not None
    assert names(firm.viewer.get(url)) == list("BA")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", "-1"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "1000000000"),
        ("limit", "9" * 500),
        ("limit", "ten"),
        ("limit", "1.5"),
        ("limit", ""),
        ("limit", "٣"),
        ("limit", "1_0"),
        ("skip", "-1"),
        ("skip", "10001"),
        ("skip", "x"),
        ("skip", " "),
        ("sort", "password"),
        ("sort", "--name"),
        ("sort", "-"),
        ("sort", ""),
        ("sort", "name;drop table project"),
        ("cursor", "nonsense"),
        ("cursor", "%00"),
        ("cursor", "🪚"),
        ("cursor", "W10"),
        ("cursor", "x" * 5000),
        ("is_finalized", "maybe"),
        ("is_finalized", ""),
        ("from", "yesterday"),
        ("from", "2025-13-01"),
        ("from", "2025-01-01T00:00:00+02:00"),
        ("to", "31.12.2025"),
        ("to", ""),
        ("colour", "red"),
        ("Limit", "5"),
    ],
)
def test_a_bad_query_value_is_refused_by_name(firm: Firm, field: str, value: str) -> None:
    """Nothing is clamped and nothing is guessed."""
    problem(firm.viewer.get("/projects/", params={field: value}), 400, field)


@pytest.mark.parametrize("limit", [1, 200])
def test_the_bounds_themselves_are_allowed(firm: Firm, limit: int) -> None:
    """`limit` 1 and 200, `skip` 0 and 10,000."""
    for skip in (0, 10_000):
        answer = firm.viewer.get("/projects/", params={"limit": limit, "skip": skip})
        assert answer.status_code == 200


def test_a_page_has_fifty_records_by_default(firm: Firm) -> None:
    """Without `limit`, 50."""
    word = f"Region {uuid4()}"
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: firm.manager.create(region=word), range(51)))
    assert len(names(firm.viewer.get("/projects/", params={"region": word}))) == 50


def test_a_cursor_of_another_sort_is_refused(firm: Firm, region: str) -> None:
    """Its place means nothing in another order."""
    answer = firm.viewer.get("/projects/", params={"region": region, "limit": 2, "sort": "name"})
    url = next_url(answer)
    assert url is not None
    cursor = parse_qs(urlsplit(url).query)["cursor"][0]
    given = {"region": region, "cursor": cursor, "sort": "-name"}
    problem(firm.viewer.get("/projects/", params=given), 400, "cursor")


def test_a_cursor_that_was_tampered_with_is_no_server_error(firm: Firm, region: str) -> None:
    """Whatever is cut off or exchanged, the answer is a page or a refusal."""
    given = {"region": region, "limit": "2", "sort": "final_price"}
    url = next_url(firm.viewer.get("/projects/", params=given))
    assert url is not None
    cursor = parse_qs(urlsplit(url).query)["cursor"][0]
    for place in range(0, len(cursor), 3):
        for bad in (cursor[:place], cursor[:place] + "A" + cursor[place + 1 :]):
            answer = firm.viewer.get("/projects/", params={**given, "cursor": bad})
            assert answer.status_code in {200, 400}, bad
            if answer.status_code == 400:
                problem(answer, 400, "cursor")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"project_type": "Treppenbau"}, "LJHFDB"),
        ({"wood_type": "Ahorn"}, "LIFC"),
        ({"wood_type": "Ahorn", "project_type": "Möbel"}, "IC"),
        ({"is_finalized": "false"}, "LKJIHGFEDCBA"),
        ({"is_finalized": "true"}, ""),
        ({"from": "2025-03-15", "to": "2025-05-15"}, "EDC"),
        ({"from": "2025-12-15"}, "L"),
        ({"to": "2025-01-15"}, "A"),
        ({"q": "100 %"}, "IEA"),
        ({"q": "50_"}, "JFB"),
        ({"q": "x\\y"}, "KGC"),
        ({"q": "%"}, "IEA"),
        ({"q": "_"}, "JFB"),
        ({"q": "eiche"}, "LKJIHGFEDCBA"),
        ({"project_type": "treppenbau'--"}, ""),
    ],
)
def test_filters_narrow_the_list(
    firm: Firm, region: str, given: dict[str, str], expected: str
) -> None:
    """Each filter alone and together; signs in `q` stand for themselves; days are inclusive."""
    answer = firm.viewer.get("/projects/", params={"region": region, **given})
    if given.get("q") == "eiche":
        found = names(answer)
        assert set("LIHEDA") <= set(found)
    else:
        assert names(answer) == list(expected)
        assert answer.headers["x-total-count"] == str(len(expected))


def test_a_walk_keeps_its_filters(firm: Firm, region: str) -> None:
    """The link of a filtered list leads on in the same filtered list."""
    given = {"region": region, "project_type": "Treppenbau", "q": "50_", "limit": "1"}
    answer = firm.viewer.get("/projects/", params=given)
    walked = names(answer)
    while (url := next_url(answer)) is not None:
        answer = firm.viewer.get(url)
        walked += names(answer)
    assert walked == list("JFB")


def test_odd_searches_are_answered(firm: Firm) -> None:
    """Emoji, right-to-left words, quotes and a long `q` find nothing, and break nothing."""
    for q in ("🪚🪚", "خزانة البلوط", "' OR 1=1 --", '"', "\\", "%%%__", "ß" * 200):
        given = {"q": q, "region": str(uuid4())}
        assert firm.viewer.get("/projects/", params=given).json() == []


def test_a_very_long_query_is_refused_in_words(firm: Firm) -> None:
    """Longer than any text of a project: the parameter is named."""
    problem(firm.viewer.get("/projects/", params={"q": "x" * 20_000}), 400, "q")


def test_a_nul_in_a_filter_is_refused_by_name(firm: Firm) -> None:
    """No text of a project holds one."""
    for field in ("q", "region", "project_type", "wood_type"):
        problem(firm.viewer.get("/projects/", params={field: "a\x00b"}), 400, field)


def test_bytes_that_are_no_utf8_are_no_server_error(firm: Firm) -> None:
    """A query in Latin-1 is refused or found empty."""
    answer = firm.viewer.get("/projects/?q=T%FCr&limit=1")
    assert answer.status_code in {200, 400}


def test_a_repeated_parameter_is_not_silently_halved(firm: Firm) -> None:
    """Two values where one is meant are refused by name."""
    problem(firm.viewer.get("/projects/?limit=1&limit=2"), 400, "limit")


def test_an_unknown_parameter_is_refused_by_name(firm: Firm) -> None:
    """A misspelt filter would answer the whole list as if filtered; a misplaced switch, import."""
    problem(firm.viewer.get("/projects/", params={"holzart": "Eiche"}), 400, "holzart")
    files = {"file": ("p.csv", b"name,project_type\nA,B\n")}
    answer = firm.manager.post("/projects/import?dry_run=true", files=files)
    problem(answer, 400, "dry_run")


def test_a_span_that_ends_before_it_begins_is_refused(firm: Firm) -> None:
    """Surely a slip, so `from` is named."""
    given = {"from": "2025-05-15", "to": "2025-03-15"}
    problem(firm.viewer.get("/projects/", params=given), 400, "from")
