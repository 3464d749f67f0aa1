"""Who may ask what: tokens, and a server that starts away from this machine only with them."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from qa.errors import UsageError
from qa.tokens import TokensFile, TokensUnusable
from tests.web.conftest import RENT, VAULT, Home, made_home
from tests.web.serving import ServedQa


@pytest.fixture(scope="module")
def guarded_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return made_home(tmp_path_factory.mktemp("tokens"))


@pytest.fixture(scope="module")
def secrets(guarded_home: Home) -> dict[str, str]:
    return {
        "alice": guarded_home.token("alice"),
        "bob": guarded_home.token("bob", "notes"),
        "none": guarded_home.token("none", "work"),
    }


@pytest.fixture(scope="module")
def guarded(guarded_home: Home, secrets: dict[str, str]) -> Iterator[ServedQa]:
    with guarded_home.serving("--tokens") as served:
        served.until_ready()
        yield served


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def tokens_file(home: Home) -> Path:
    return home.folder / ".config" / "qa" / "tokens.json"


def test_a_token_is_shown_once_and_kept_as_a_hash_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    secret = home.qa("token", "create", "alice", "--collections", "notes,work").stdout.strip()
    kept = tokens_file(home).read_text()
    assert secret.startswith("qa_")
    assert secret not in kept
    assert secret.removeprefix("qa_") not in kept
    assert tokens_file(home).stat().st_mode & 0o777 == 0o600
    listed = home.qa("token", "list")
    assert listed.stdout.startswith("alice  notes, work  since ")
    assert secret not in listed.stdout + listed.stderr
    assert home.qa("token", "create", "alice").returncode == 2
    assert home.qa("token", "create", "../x").returncode == 2
    assert home.qa("token", "create", "bob", "--collections", "nothing").returncode == 2
    assert home.qa("token", "revoke", "carol").returncode == 2
    assert home.qa("token", "revoke", "alice").returncode == 0
    assert "There are no tokens" in home.qa("token", "list").stderr


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer qa_wrong"},
        {"Authorization": "Basic YWxpY2U6cGFzcw=="},
        {"Authorization": f"Bearer {'x' * 8_000}"},
        {"Cookie": "token=qa_wrong"},
    ],
)
@pytest.mark.parametrize(
    "request_line",
    ["POST /v1/ask", "POST /v1/search", "GET /v1/conversations", "POST /v1/conversations", "GET /v1/conversations/x",
     "DELETE /v1/conversations/x", "POST /v1/conversations/x/turns", "GET /v1/collections", "GET /v1/documents",
     "GET /v1/documents/notes/flat.md", "GET /v1/status", "GET /v1/status?stream=1", "GET /metrics"],
)  # fmt: skip
def test_without_a_token_nothing_is_told(request_line: str, headers: dict[str, str], guarded: ServedQa) -> None:
    method, path = request_line.split()
    response = httpx2.request(
        method, guarded.url + path, headers=headers, json={"question": "a"} if method == "POST" else None, timeout=60
    )
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "notes" not in response.text


def test_the_page_its_description_and_its_health_need_none(guarded: ServedQa) -> None:
    for path in ("/", "/docs", "/openapi.json", "/healthz", "/readyz"):
        assert guarded.get(path).status_code == 200


def test_a_token_asks_its_collections_only(guarded: ServedQa, secrets: dict[str, str]) -> None:
    bob, alice = bearer(secrets["bob"]), bearer(secrets["alice"])
    ask = {"question": VAULT[0]}
    assert guarded.post("/v1/ask", ask, headers=alice).json()["answer"] == VAULT[1]
    refused = guarded.post("/v1/ask", ask, headers=bob).json()
    assert VAULT[1] not in json.dumps(refused)
    assert guarded.post("/v1/ask", {"question": RENT[0]}, headers=bob).json()["answer"] == RENT[1]
    named = guarded.post("/v1/ask", {**ask, "collections": ["work"]}, headers=bob)
    assert (named.status_code, named.json()["code"]) == (404, "collection-unknown")
    unknown = guarded.post("/v1/ask", {**ask, "collections": ["nothing"]}, headers=bob)
    assert named.text.replace("work", "nothing") == unknown.text
    for path in (
        "/v1/documents/work/alpha.md",
        "/v1/documents/notes/../work/alpha.md",
        "/v1/documents?collection=work",
    ):
        assert guarded.get(path, headers=bob).status_code == 404
    for path in ("/v1/documents", "/v1/collections", "/v1/status", "/v1/documents?path=**/alpha.md"):
        text = guarded.get(path, headers=bob).text
        assert "work" not in text
        assert "alpha" not in text
    found = guarded.post("/v1/search", {"query": "vault password kumquat", "limit": 100}, headers=bob).text
    assert "kumquat" not in found.replace("vault password kumquat", "")
    begun = guarded.post("/v1/conversations", {"collections": ["notes", "work"]}, headers=bob)
    assert begun.status_code == 404


def test_a_token_sees_its_own_conversations_only(guarded: ServedQa, secrets: dict[str, str]) -> None:
    alice, bob = bearer(secrets["alice"]), bearer(secrets["bob"])
    place = guarded.post("/v1/conversations", {}, headers=alice).headers["location"]
    guarded.post(f"{place}/turns", {"question": VAULT[0]}, headers=alice)
    assert guarded.get("/v1/conversations", headers=bob).json()["total"] == 0
    assert guarded.get(place, headers=bob).status_code == 404
    assert guarded.post(f"{place}/turns", {"question": "Are you sure?"}, headers=bob).status_code == 404
    assert httpx2.delete(guarded.url + place, headers=bob).status_code == 404
    assert guarded.get(place, headers=alice).json()["turns"] == 1


def test_a_token_made_anew_under_the_same_name_does_not_have_what_was_said_before(
    guarded: ServedQa, guarded_home: Home
) -> None:
    before = guarded_home.token("carol")
    assert guarded.post("/v1/conversations", {}, headers=bearer(before)).status_code == 201
    after = guarded_home.token("carol")
    assert guarded.get("/v1/status", headers=bearer(before)).status_code == 401
    assert guarded.get("/v1/conversations", headers=bearer(after)).json()["total"] == 0


def test_a_token_that_is_revoked_is_turned_away_at_once(guarded: ServedQa, guarded_home: Home) -> None:
    secret = guarded_home.token("dave")
    assert guarded.get("/v1/status", headers=bearer(secret)).status_code == 200
    guarded_home.qa("token", "revoke", "dave")
    assert guarded.get("/v1/status", headers=bearer(secret)).status_code == 401


def test_nothing_of_the_server_s_own_files_is_told(
    guarded: ServedQa, guarded_home: Home, secrets: dict[str, str]
) -> None:
    alice = bearer(secrets["alice"])
    for path in ("/v1/status", "/v1/collections", "/v1/documents", "/v1/documents/notes/nothing.md"):
        assert str(guarded_home.folder.parent) not in guarded.get(path, headers=alice).text


def test_tokens_are_not_in_the_log(guarded: ServedQa, secrets: dict[str, str]) -> None:
    guarded.get("/v1/status", headers=bearer(secrets["alice"]))
    guarded.until_said("127.0.0.1 alice GET /v1/status 200")
    assert not any(secret in guarded.said() for secret in secrets.values())


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_away_from_this_machine_it_starts_only_with_tokens_or_when_told_to(host: str, tmp_path: Path) -> None:
    home = made_home(tmp_path)
    refused = home.qa("serve", "--host", host)
    assert refused.returncode == 2
    assert "qa token create NAME" in refused.stderr
    assert home.qa("serve", "--tokens").returncode == 2
    with home.serving("--host", "0.0.0.0", "--no-auth") as served:
        assert "Warning: everyone who can reach 0.0.0.0" in served.said()
        served.until_ready()
        assert served.ask(RENT[0])["answer"] == RENT[1]
    secret = home.token("alice")
    with home.serving("--host", "0.0.0.0", "--allow-host", "docs.example.org") as served:
        assert served.get("/v1/status").status_code == 401
        headers = {**bearer(secret), "Host": "docs.example.org"}
        assert served.get("/v1/status", headers=headers).status_code == 200
        assert served.get("/v1/status", headers={**headers, "Host": "evil.example"}).status_code == 421


def test_what_is_sent_is_encrypted_with_a_certificate(tmp_path: Path) -> None:
    home = made_home(tmp_path)
    certificate, key = tmp_path / "qa.pem", tmp_path / "qa.key"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        capture_output=True,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl cannot make a certificate here")
    with home.serving("--certfile", str(certificate), "--keyfile", str(key), scheme="https") as served:
        assert "Serving https://" in served.said()
        context = ssl.create_default_context(cafile=str(certificate))
        assert served.get("/healthz", verify=context).json() == {"status": "ok"}
    wrong = home.qa("serve", "--certfile", str(key))
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (3, False)
    assert "--certfile FILE --keyfile FILE" in wrong.stderr
    assert home.qa("serve", "--keyfile", str(key)).returncode == 2


def test_a_damaged_file_of_tokens_lets_nobody_in(tmp_path: Path) -> None:
    file = TokensFile(tmp_path / "tokens.json")
    secret = file.create("alice")
    assert file.named_by(secret) is not None
    assert file.named_by(secret + "x") is None
    assert file.named_by("") is None
    assert file.named_by("\ud800") is None
    for text in ("", "{}", "[]", '{"tokens": [{}]}', '{"tokens": 3}', "\x00"):
        (tmp_path / "tokens.json").write_text(text)
        with pytest.raises(TokensUnusable, match=r"tokens\.json"):
            TokensFile(tmp_path / "tokens.json").named_by(secret)


def test_names_are_checked(tmp_path: Path) -> None:
    file = TokensFile(tmp_path / "tokens.json")
    for name in ("", " ", "a b", "a/b", "-a", "\x1b[31m", "a" * 65, ".."):
        with pytest.raises(UsageError, match="cannot be the name of a token"):
            file.create(name)
