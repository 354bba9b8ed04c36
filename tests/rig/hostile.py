"""Hostile texts by every way in, and every place looked at where they come out, for tests and for `make hostile`."""

import csv
import io
import json
import re
import tempfile
import zipfile
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from playwright.sync_api import APIResponse
from playwright.sync_api import Page

from tests.rig.articles import tag
from tests.rig.hostile_judge import judge
from tests.rig.hostile_judge import judge_open
from tests.rig.hostile_texts import wordpress_export
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.live import HostSite
from tests.rig.live import Live

OLGA, PASSWORD = "olga@gazette.example", "correct horse battery"
READER = "rita@mail.example"
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\uff1d")
WAYS = (
    "text", "name", "website", "title", "address", "reply", "edit", "moderator's edit", "moderator's reply",
    "plain form", "plain preview", "preview", "report", "notice", "import markdown", "import html", "import plain",
    "import WordPress", "rule", "webhook", "token", "site name", "moderator's name",
)  # fmt: skip
LOOKED_AT = (
    "approved", "queue", "threads", "threads/doubles", "log", "statistics", "reports", "rules", "filter", "people",
    "settings", "webhooks", "letters", "moves", "export", "import", "approved?q=alert",
)  # fmt: skip
PLACES = (
    "widget", "plain page", "plain reply", "API thread", "API latest", "preview", "feed", "receipt", "receipt edit",
    "report form", "notice form", "comment's history", "edit box", "reply box", "account", "refusals",
    "letters", "CSV", "HTML export", "WordPress export", "Disqus export", *LOOKED_AT,
)  # fmt: skip


@dataclass
class Attack:
    """Somebody who puts hostile texts in, and a browser in which everything is opened that shows them."""

    page: Page
    # Opens letters and files, under no policy of ours.
    program: Page
    live: Live
    owner: HostSite
    mail: Mail | None = None
    through: list[Any] = field(default_factory=list)
    looks: int = 0
    taken: int = 0
    _shown: list[str] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)
    _said: list[tuple[str, str]] = field(default_factory=list)
    _token: str = ""
    _url: str = ""

    def begin(self) -> None:
        """Set the sites up and sign in as their owner."""
        command = self.live.command
        command("site", "edit", "gazette", "--hold", "none")
        command("site", "add", "annex", "--origin", "https://annex.example")
        for site in ("gazette", "annex"):
            words = ("moderator", "add", OLGA, "--site", site, "--role", "owner", "--name", "Olga", "--password-stdin")
            command(*words, stdin=PASSWORD)
        page = self.page
        page.goto(f"{self.live.base}/moderate/sign-in")
        page.get_by_label("Email").fill(OLGA)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/moderate/**/queue")
        if self.mail is not None:
            wish = {"email": READER, "kind": "site"}
            self._call("POST", "/api/v1/sites/gazette/subscriptions", wish)
            self.mail.deliver_later(minutes=1)
            path = link_in(self.mail.to(READER)[-1], "confirm", self.live.base)
            self._send(path, {"act": "confirm", "csrf_token": self._form_token(path)})

    def put_in(self, texts: list[str], number: int) -> None:
        """Bring texts in by every way; what can't be taken must be refused, and never as a fault."""
        article = f"/hostile/{number}"
        self._url = self.owner.put(article, f"<main><h1>Quiet</h1>{tag(self.live)}</main>", "<title>Quiet</title>")
        self._shown, self._refusals, self._said = [], [], []
        self._token = self._form_token("/moderate/account")
        texts = [text for text in texts if len(text) < 5000]
        root, _ = self._say(body="The root.") or ("", "")
        for index, text in enumerate(texts):
            own = f"{self._url}/{index}"
            for fields in ({"body": text}, {"name": text}, {"website": text}, {"body": text, "parent": root}):
                self._say(**fields)
            self._say(url=own, title=text)
            self._say(url=f"{own}?{text}", title="By its address")
            self._edit(text)
            self._by_moderator(text, root)
            self._plainly(text, own)
            self._complain(text)
            if index < 3:
                self._arrange(text, number * 10 + index)
        self._command("site", "edit", "gazette", "--hold", "all")
        for text in texts:
            if self._say(name=text, body=text) is None:
                self._say(body=text)
        self._command("site", "edit", "gazette", "--hold", "none")
        self._bring(texts)
        for text in texts:
            if self._command("site", "edit", "gazette", "--name", text):
                break

    def look(self, all_of_the_desk: bool = True) -> None:
        """Open every place where the texts are shown, and judge; of the desk, if so wanted, the two lists alone."""
        page, base, url = self.page, self.live.base, self._url
        about = urlencode({"url": url})
        page.goto(url)
        page.locator("article.comment").first.wait_for()
        self._judge_open("widget")
        said = self._said[1:2] + self._said[-1:]
        paths = [f"/sites/gazette/thread?{about}", f"/sites/gazette/thread?{about}&reply={self._said[0][0]}"]
        paths += [f"/sites/gazette/thread?{urlencode({'url': url + end})}" for end in ("/0", "/brought")]
        paths += [f"/moderate/gazette/{name}" for name in (LOOKED_AT if all_of_the_desk else LOOKED_AT[:2])]
        paths += ["/moderate/account", "/moderate/annex/rules"] if all_of_the_desk else []
        for comment, receipt in said:
            paths += [f"/moderate/gazette/comments/{comment}{end}" for end in ("", "/edit", "/reply")]
            paths += [f"/r/gazette/{receipt}", f"/r/gazette/{receipt}/edit"]
            paths += [f"/sites/gazette/comments/{comment}/report", f"/sites/gazette/notice?comment={comment}"]
        for path in paths:
            page.goto(base + path)
            self._judge_open(path)
        others = [f"/moderate/gazette/comments/{comment}/edit" for comment, _ in self._said]
        others += [f"/r/gazette/{receipt}" for _, receipt in self._said]
        self._judge("page", "edit boxes and receipts", [self._get(path).text() for path in others])
        self._judge("page", "refusals", self._refusals)
        thread = f"/api/v1/sites/gazette/thread?{about}"
        for path in (thread, thread.replace("&", "%2Fbrought&", 1), "/api/v1/sites/gazette/latest?limit=50"):
            self._shown += [one["html"] for one in self._get(path).json()["comments"] if one["html"]]
        self._judge("comment", "API", self._shown)
        for query in ("", f"?{about}"):
            feed = self._get(f"/sites/gazette/feed.atom{query}").text()
            self._judge("xml", "feed", [feed])
            parsed = ElementTree.fromstring(feed)  # noqa: S314
            contents = [one.text or "" for one in parsed.iter("{http://www.w3.org/2005/Atom}content")]
            self._judge("comment", "feed", contents)

    def open_letters(self) -> None:
        """Let the letters be sent, and open them as a mail program would that runs everything."""
        assert self.mail is not None
        before = len(self.mail.host.arrived)
        self.mail.deliver_later(hours=1)
        letters = [letter.part("html") for letter in self.mail.host.arrived[before:]]
        self._judge("letter", "letters", letters)
        for letter in letters[:: max(1, len(letters) // 12)]:
            self.program.set_content(letter)
            self.looks += 1

    def take_along(self) -> None:
        """Export everything in every format, and judge the files."""
        for form, kind in (("csv", ""), ("wordpress", "xml"), ("disqus", "xml"), ("html", "export")):
            self._token = self._form_token("/moderate/gazette/export")
            answer = self._send("/moderate/gazette/export", {"format": form})
            assert answer.status == 200, answer.text()
            data = answer.body()
            if form == "csv":
                rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
                assert len(rows) > 10
                bad = [
                    cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
                ]
                self.through += [("CSV", cell) for cell in bad]
                self.looks += len(rows)
            elif form == "html":
                with zipfile.ZipFile(io.BytesIO(data)) as pages:
                    texts = [pages.read(name).decode() for name in pages.namelist() if name.endswith(".html")]
                self._judge("export", "HTML export", texts)
            else:
                self._judge(kind, form, [data.decode()])

    def _say(self, **fields: Any) -> tuple[str, str] | None:
        sent = {"url": self._url, "title": "Quiet", "name": "Eve", "body": "Well said."} | fields
        answer = self._call("POST", "/api/v1/sites/gazette/comments", sent)
        if answer.status not in (201, 202):
            return None
        told = answer.json()
        self._shown.append(told["comment"]["html"])
        self._said.append((told["comment"]["id"], told["receipt"]))
        return self._said[-1]

    def _edit(self, text: str) -> None:
        comment, receipt = self._say() or ("", "")
        answer = self._call("PATCH", f"/api/v1/sites/gazette/comments/{comment}", {"body": text}, receipt)
        shown = self._call("POST", "/api/v1/sites/gazette/preview", {"body": text})
        self._shown += [one.json()["comment"]["html"] for one in (answer,) if one.status == 200]
        self._shown += [one.json()["html"] for one in (shown,) if one.status == 200]

    def _by_moderator(self, text: str, root: str) -> None:
        comment, _ = self._say() or ("", "")
        at = "/moderate/gazette/comments"
        self._send(f"{at}/{comment}/edit", {"body": text, "revision": "1"})
        self._send(f"{at}/{root}/reply", {"body": text})

    def _plainly(self, text: str, url: str) -> None:
        path = f"/sites/gazette/thread?{urlencode({'url': url})}"
        form = {"name": text[:60], "body": text, "website": text}
        self._send(path, form | {"preview": "1", "csrf_token": self._form_token(path)}, multipart=True)
        # Where the name and the website are refused, the text goes in alone.
        for fields in (form, {"name": "Eve", "body": text}):
            if self._send(path, fields | {"csrf_token": self._form_token(path)}, multipart=True).status == 303:
                break

    def _complain(self, text: str) -> None:
        comment, _ = self._said[-1]
        report = {"reason": "other", "text": text}
        self._call("POST", f"/api/v1/sites/gazette/comments/{comment}/reports", report)
        path = f"/sites/gazette/notice?comment={comment}"
        told = {"kind": "defamation", "words": text, "name": text, "email": "nora@mail.example", "good_faith": "y"}
        self._send(path, told | {"csrf_token": self._form_token(path)})

    def _arrange(self, text: str, number: int) -> None:
        rule = {"kind": "words", "words": text, "where": "text", "action": "hold", "reason": text[:120], "is_on": "on"}
        self._send("/moderate/annex/rules/new", rule | {"act": "save"})
        self._send("/moderate/annex/rules/new", rule | {"act": "rehearse"})
        self._send("/moderate/gazette/webhooks", {"url": text, "shape": "json", "event": "comment.pending"})
        hook = {"url": f"https://hook.example/?{text}", "shape": "json", "event": "comment.pending"}
        self._send("/moderate/annex/webhooks", hook)
        self._send("/moderate/account/tokens", {"site_key": "annex", "name": text, "scope": "read"})
        self._send("/moderate/gazette/people/invite", {"email": text, "role": "viewer"})
        words = ("moderator", "add", f"m{number}@gazette.example", "--site", "gazette", "--name", text)
        self._command(*words, "--password-stdin", stdin=PASSWORD)

    def _bring(self, texts: list[str]) -> None:
        url = self._url + "/brought"
        lines: list[dict[str, Any]] = [{"format": "commentsvc-archive", "version": 1, "source": "hostile"}]
        lines.append({"kind": "thread", "id": url, "url": url, "title": texts[0]})
        for index, text in enumerate(texts):
            for markup in ("markdown", "html", "plain"):
                said = {"kind": "comment", "thread": url, "id": f"{url}{index}{markup}", "name": text, "website": text}
                said |= {"created": "2026-03-01T08:00:00Z", "state": "approved", "markup": markup, "body": text}
                lines.append(said)
        with tempfile.TemporaryDirectory(prefix="commentsvc-test-") as folder:
            archive, blog = Path(folder) / "archive.jsonl", Path(folder) / "blog.xml"
            archive.write_text("\n".join(json.dumps(line) for line in lines))
            blog.write_text(wordpress_export(url, texts), encoding="utf-8")
            self.live.command("import", "--site", "gazette", "archive", str(archive))
            self.live.command("import", "--site", "gazette", "wordpress", str(blog))

    def _command(self, *words: str, stdin: str = "") -> bool:
        try:
            self.live.command(*words, stdin=stdin)
        except AssertionError:
            return False
        return True

    def _form_token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self._get(path).text())
        return found[1] if found else ""

    def _get(self, path: str) -> APIResponse:
        return self._sound(self.page.context.request.get(self.live.base + path))

    def _call(self, method: str, path: str, body: dict[str, Any], receipt: str | None = None) -> APIResponse:
        headers = {"Content-Type": "application/json", "Origin": self.owner.origin}
        headers |= {"Authorization": f"Bearer {receipt}"} if receipt else {}
        data = json.dumps(body)
        return self._sound(
            self.page.context.request.fetch(self.live.base + path, method=method, headers=headers, data=data)
        )

    def _send(self, path: str, fields: dict[str, str], multipart: bool = False) -> APIResponse:
        sent = {"csrf_token": self._token} | fields
        kind: dict[str, Any] = {"multipart": sent} if multipart else {"form": sent}
        answer = self.page.context.request.post(self.live.base + path, max_redirects=0, **kind)
        if "text/html" in answer.headers.get("content-type", ""):
            self._refusals.append(answer.text())
        return self._sound(answer)

    def _sound(self, answer: APIResponse) -> APIResponse:
        self.taken += answer.status < 400
        if answer.status >= 500:
            self.through.append((answer.url[:200], f"a fault: {answer.status}"))
        return answer

    def _judge(self, kind: str, where: str, texts: list[str]) -> None:
        self.looks += len(texts)
        page = self.program if kind in ("letter", "export") else self.page
        self.through += [(where, found) for found in judge(page, kind, texts, self.live.base)]

    def _judge_open(self, where: str) -> None:
        self.looks += 1
        self.through += [(where, found) for found in judge_open(self.page, self.live.base)]
