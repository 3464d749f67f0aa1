"""Collections that are added, described anew and removed while `qa serve` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.web.conftest import RENT, VAULT, made_home
from tests.web.serving import ServedQa
from tests.web.test_tokens import bearer

FERRY = ("When does the ferry leave?", "nine")


def listed(served: ServedQa, secret: str) -> dict[str, dict[str, Any]]:
    found = served.get("/v1/collections", headers=bearer(secret)).json()["collections"]
    return {one["name"]: one for one in found}


def code(served: ServedQa, path: str, body: object, secret: str) -> str:
    return str(served.post(path, body, headers=bearer(secret)).json().get("code"))


def test_a_server_takes_over_what_changes_and_tokens_see_only_theirs(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    file = home.folder / ".config" / "qa" / "collections.toml"
    alice, bob = home.token("alice"), home.token("bob", "notes")
    ferry = home.documents / "ferry"
    ferry.mkdir()
    (ferry / "times.md").write_text("The ferry leaves the harbour at nine.")
    with home.serving("--tokens") as served:
        served.until_ready()
        assert list(listed(served, alice)) == ["notes", "work"]
        talk = served.post("/v1/conversations", {"collections": ["work"]}, headers=bearer(alice)).headers["location"]
        assert served.post(f"{talk}/turns", {"question": VAULT[0]}, headers=bearer(alice)).json()["answer"] == VAULT[1]

        assert home.qa("collections", "add", "ferry", ferry, "--description", "Times").returncode == 0
        served.until(lambda: "ferry" in listed(served, alice))
        assert listed(served, alice)["ferry"]["description"] == "Times"
        assert list(listed(served, bob)) == ["notes"]
        served.until(lambda: listed(served, alice)["ferry"]["state"] == "ready")
        asked = {"question": FERRY[0], "collections": ["ferry"]}
        answer = served.post("/v1/ask", asked, headers=bearer(alice)).json()
        assert FERRY[1] in answer["answer"]
        assert code(served, "/v1/ask", asked, bob) == "collection-unknown"

        whole = file.read_text()
        file.write_text(whole + "[ferry")
        served.until(lambda: bool(listed(served, alice)) and "Until it is mended" in served.said())
        assert list(listed(served, alice)) == ["notes", "work", "ferry"]
        file.write_text(whole.replace("Times", "Timetables"))
        served.until(lambda: listed(served, alice)["ferry"]["description"] == "Timetables")
        assert served.said().count("Until it is mended") == 1

        assert home.qa("collections", "remove", "work").returncode == 0
        served.until(lambda: "work" not in listed(served, alice))
        assert code(served, "/v1/ask", {"question": VAULT[0], "collections": ["work"]}, alice) == "collection-unknown"
        assert code(served, f"{talk}/turns", {"question": VAULT[0]}, alice) == "collection-unknown"
        gone = served.get("/v1/documents/work/alpha.md", headers=bearer(alice))
        assert (gone.status_code, gone.json()["code"]) == (404, "document-unknown")
        left = served.post("/v1/ask", {"question": RENT[0]}, headers=bearer(bob)).json()
        assert left["answer"] == RENT[1]


def test_what_was_named_at_the_start_stays(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    with home.serving("-c", "notes") as named, home.serving() as following:
        for served in (named, following):
            served.until_ready()
        assert home.qa("collections", "describe", "notes", "Other words").returncode == 0

        def descriptions(served: ServedQa) -> list[str]:
            return [one["description"] for one in served.get("/v1/collections").json()["collections"]]

        following.until(lambda: descriptions(following) == ["Other words", ""])
        assert descriptions(named) == [""]
