"""Tags and conditional requests."""

import pytest
from tests.integration.http.firm import Firm
from tests.integration.http.reading import problem


def test_a_record_answers_a_strong_tag_everywhere(firm: Firm) -> None:
    """The same tag on 201, on GET and after PUT the new one."""
    answer = firm.manager.post("/projects/", json={"name": "A", "project_type": "B"})
    path = f"/projects/{answer.json()['id']}"
    tag = answer.headers["etag"]
    assert tag.startswith('"')
    assert firm.viewer.get(path).headers["etag"] == tag
    changed = firm.manager.put(path, json={"name": "C"})
    assert changed.headers["etag"] != tag
    assert firm.viewer.get(path).headers["etag"] == changed.headers["etag"]


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"a", {tag}', '"a",W/{tag} , "b"', "*"])
def test_what_is_known_is_not_sent_again(firm: Firm, form: str) -> None:
    """If-None-Match compares weakly, takes lists and `*`: 304 with the tag and no body."""
    path = f"/projects/{firm.manager.create()['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    answer = firm.viewer.get(path, headers={"If-None-Match": form.format(tag=tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag


@pytest.mark.parametrize("form", ['"other"', "nonsense", "", '"a", "b"', "W/"])
def test_what_is_not_known_is_sent(firm: Firm, form: str) -> None:
    """Any other tag, or none at all, answers the record."""
    path = f"/projects/{firm.manager.create()['id']}"
    answer = firm.viewer.get(path, headers={"If-None-Match": form})
    assert answer.status_code == 200
    assert answer.json()["name"]


def test_a_changed_record_is_sent_again(firm: Firm) -> None:
    """The old tag no longer answers 304."""
    path = f"/projects/{firm.manager.create()['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    firm.manager.put(path, json={"name": "anders"})
    answer = firm.viewer.get(path, headers={"If-None-Match": tag})
    assert answer.json()["name"] == "anders"


@pytest.mark.parametrize("form", ["{tag}", '"a", {tag}', '{tag},"b"', "*"])
def test_a_fitting_condition_lets_write(firm: Firm, form: str) -> None:
    """If-Match with the current tag, alone or in a list, or `*`: change and delete go on."""
    path = f"/projects/{firm.manager.create()['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    answer = firm.manager.put(path, json={"name": "B"}, headers={"If-Match": form.format(tag=tag)})
    assert answer.status_code == 200, answer.text
    headers = {"If-Match": form.format(tag=answer.headers["etag"])}
    assert firm.admin.delete(path, headers=headers).status_code == 204


@pytest.mark.parametrize("form", ['"other"', "W/{tag}", "nonsense", "{bare}", "", "{tag}x", ","])
def test_a_failed_condition_writes_nothing(firm: Firm, form: str) -> None:
    """Stale, weak or malformed: 412 for PUT and DELETE, and the record is untouched."""
    made = firm.manager.create()
    path = f"/projects/{made['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    headers = {"If-Match": form.format(tag=tag, bare=tag.strip('"'))}
    problem(firm.manager.put(path, json={"name": "B"}, headers=headers), 412)
    problem(firm.admin.delete(path, headers=headers), 412)
    assert firm.viewer.get(path).json() == made


def test_of_two_writers_with_the_same_tag_one_wins(firm: Firm) -> None:
    """The second is told 412; without a condition the last one wins."""
    path = f"/projects/{firm.manager.create()['id']}"
    headers = {"If-Match": firm.viewer.get(path).headers["etag"]}
    assert firm.manager.put(path, json={"name": "B"}, headers=headers).status_code == 200
    problem(firm.admin.put(path, json={"name": "C"}, headers=headers), 412)
    assert firm.admin.put(path, json={"name": "D"}).json()["name"] == "D"


def test_a_condition_on_what_is_not_there_is_404(firm: Firm) -> None:
    """Which record it is comes before which version."""
    path = f"/projects/{firm.manager.create()['id']}"
    firm.admin.delete(path)
    for tag in ('"x"', "*", "nonsense"):
        answer = firm.manager.put(path, json={"name": "B"}, headers={"If-Match": tag})
        problem(answer, 404)


def test_finalize_honours_a_condition(firm: Firm) -> None:
    """Nobody closes for good what was changed behind their back."""
    path = f"/projects/{firm.manager.create()['id']}"
    tag = firm.viewer.get(path).headers["etag"]
    firm.manager.put(path, json={"name": "B"})
    answer = firm.manager.post(f"{path}/finalize", headers={"If-Match": tag})
    problem(answer, 412)
    assert firm.viewer.get(path).json()["is_finalized"] is False


def test_settings_and_users_have_tags_too(firm: Firm) -> None:
    """Every single record does: 304 for what is known, 412 for what is stale."""
    user = next(u for u in firm.admin.get("/users").json() if u["role"] == "viewer")
    for path, body in (
        ("/settings/current", {"default_complexity": 3}),
        (f"/users/{user['id']}", {"name": "Viola"}),
    ):
        tag = firm.admin.get(path).headers["etag"]
        assert firm.admin.get(path, headers={"If-None-Match": tag}).status_code == 304
        answer = firm.admin.put(path, json=body, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] != tag
        problem(firm.admin.put(path, json=body, headers={"If-Match": tag}), 412)
