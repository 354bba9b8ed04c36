"""Which pages may use the service, what headers they get, and the script they load."""

import gzip
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Reader

FOREIGN = [
    "https://gazette.example.evil.example",
    "https://evil-gazette.example",
    "https://gazette.example:8443",
    "http://gazette.example",
    "https://GAZETTE.example",
    "https://gazette.example.",
    "https://gazette.example/",
    "https://user@gazette.example",
    "https://gazette.example, https://evil.example",
    "https://gаzette.example",
    "null",
    "",
    "*",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_may_write(client: FlaskClient, site: Site, origin: str) -> None:
    path = "/api/v1/sites/gazette/comments"
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    try:
        asked = client.options(path, headers=headers)
        posted = client.post(path, json={"url": ARTICLE, "name": "E", "body": "x"}, headers={"Origin": origin})
    except UnicodeEncodeError:
        return  # Such an origin can't even be sent.
    for answer in (asked, posted):
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_the_sites_own_pages_may_write(client: FlaskClient, site: Site, change_site: Callable) -> None:
    change_site(origins=[GAZETTE, "https://amp.gazette.example", "http://localhost:1313"])
    for origin in (GAZETTE, "https://amp.gazette.example", "http://localhost:1313"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for path in ("comments", "preview", "comments/0123456789abc"):
            answer = client.options(f"/api/v1/sites/gazette/{path}", headers=headers)
            assert answer.status_code == 204
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            allowed = answer.headers["Access-Control-Allow-Headers"]
            assert {"Content-Type", "Idempotency-Key", "Authorization"} == set(allowed.split(", "))
            assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", [GAZETTE, "https://anybody.example", "null", None])
def test_everybody_may_read_what_is_public(client: FlaskClient, site: Site, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    for path in (f"/api/v1/sites/gazette/thread?url={ARTICLE}", "/embed.js", "/api/v1/openapi.json"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_errors_can_be_read_by_the_page_too(rita: Reader, client: FlaskClient) -> None:
    for answer in (rita.post(""), rita.own("GET", "0123456789abc"), rita.own("PUT", "0123456789abc")):
        assert answer.status_code >= 400
        assert answer.headers["Access-Control-Allow-Origin"] in (GAZETTE, "*")
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert client.get("/api/v1/nothing").headers["Access-Control-Allow-Origin"] == "*"


def test_the_widget_is_one_small_script(client: FlaskClient) -> None:
    answer = client.get("/embed.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.compress(gzip.decompress(answer.data), 9)) <= 10 * 1024
    script = gzip.decompress(answer.data).decode()
    assert "commentsvc-thread" in script
    assert "STYLE" not in script.replace("const STYLE", "").replace("(STYLE)", "") or "/*STYLE*/" not in script
    again = client.get("/embed.js", headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_service_under_a_path_finds_its_way_with_or_without_the_path(make_app: Callable, site: Site) -> None:
    client = make_app(BASE_URL="https://me.example/comments").test_client()
    for prefix in ("", "/comments"):
        assert client.get(f"{prefix}/embed.js").status_code == 200
        page = client.get(f"{prefix}/api/v1/sites/gazette/thread?url={ARTICLE}")
        assert page.status_code == 200
        contract = client.get(f"{prefix}/api/v1/openapi.json").json
        assert contract["servers"] == [{"url": "https://me.example/comments"}]


def test_a_forged_host_changes_nothing(client: FlaskClient, site: Site) -> None:
    plain = client.get(f"/sites/gazette/thread?url={ARTICLE}")
    forged = client.get(
        f"/sites/gazette/thread?url={ARTICLE}", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert "evil.example" not in forged.text
    assert forged.status_code == plain.status_code
