"""Articles with the widget under them, and what was said there before a reader comes."""

import json
import re
import tempfile
import urllib.request
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.parse import urlsplit

from tests.rig.live import HostSite
from tests.rig.live import Live

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def tag(live: Live, site: str = "gazette", **options: str) -> str:
    """Write the widget's tag with its options, as in `tag(live, thread="article-42")`."""
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in ({"site": site} | options).items())
    return f'<script async src="{live.base}/embed.js"{data}></script>'


def publish(
    live: Live, owner: HostSite, path: str, head: str = "", after: str = "", site: str = "gazette", **options: str
) -> str:
    """Publish an article with the widget under it, and return its address; a path of `.css` in `head` is a page too."""
    body = f"<main><h1>The old bridge</h1><p>It is old.</p>{tag(live, site, **options)}{after}</main>"
    return owner.put(path, body, f"<title>The old bridge</title>{head}")


def say(live: Live, url: str, body: str, name: str = "Rita", site: str = "gazette", **fields: Any) -> str:
    """Post a comment under an article through the API, and return its id."""
    address = urlsplit(url)
    request = urllib.request.Request(
        f"{live.base}/api/v1/sites/{site}/comments",
        json.dumps({"url": url, "title": "The old bridge", "name": name, "body": body} | fields).encode(),
        {"Content-Type": "application/json", "Origin": f"{address.scheme}://{address.netloc}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["comment"]["id"]


def bring(live: Live, url: str, comments: list[dict[str, Any]], site: str = "gazette", **thread: Any) -> None:
    """Import approved comments under an article, each `{body, id?, parent?, name?}`, a minute apart in their order."""
    head = {"format": "commentsvc-archive", "version": 1, "source": "rig"}
    lines: list[dict[str, Any]] = [head, {"kind": "thread", "id": url, "url": url, "title": "The old bridge"} | thread]
    for number, comment in enumerate(comments):
        said = {"kind": "comment", "thread": url, "id": f"{url} {number}", "name": f"Reader {number}"}
        created = (START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        entry = said | {"created": created, "state": "approved"} | comment
        for name in ("id", "parent"):
            if isinstance(entry.get(name), int):
                entry[name] = f"{url} {entry[name]}"
        lines.append(entry)
    with tempfile.TemporaryDirectory(prefix="commentsvc-test-") as folder:
        path = Path(folder) / "archive.jsonl"
        path.write_text("\n".join(json.dumps(line) for line in lines))
        live.command("import", "--site", site, "archive", str(path))


def thread(live: Live, url: str, site: str = "gazette", **query: str) -> dict[str, Any]:
    """Read the first page of a thread through the API."""
    with urllib.request.urlopen(f"{live.base}/api/v1/sites/{site}/thread?{urlencode({'url': url} | query)}") as answer:
        return json.load(answer)


def said(live: Live, url: str, site: str = "gazette") -> list[str]:
    """Read the words of the comments on the first page of a thread, in order."""
    return [re.sub("<[^>]*>", "", comment["html"] or "") for comment in thread(live, url, site)["comments"]]
