"""What a text points at: links in any spelling, addresses of mail, telephone numbers, @names, times in a video."""

import html
import re
from dataclasses import dataclass

from commentsvc.text.lookalikes import fold_lookalikes

# What was found is replaced by one private character, so that it is one word to whoever reads on.
LINK = "\ue001"
MAIL = "\ue002"
PHONE = "\ue003"
HANDLE = "\ue004"
TIME = "\ue005"

_MAX_LINKS = 40
_MAX_PATH_WORDS = 8
_FEWEST_PHONE_DIGITS = 7

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})(?=[\s/>])([^<>]{0,2000})>")
_HREF = re.compile(r"\bhref\s{0,3}=\s{0,3}[\"']?([^\s\"'<>]{1,2048})", re.IGNORECASE)
_BREAKS = frozenset(
    ("br", "p", "li", "div", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol")
)
_URL = re.compile(r"(?:(?:h[tx]{2}ps?|ftp)\s?:\s?/{1,3}|www\.)[^\s<>\"'()\[\]{}|\ue000-\ue00f]{2,2000}", re.IGNORECASE)
# Ends of names that no word of a sentence has, so that "example.com" is one without http:// or a path behind it.
_ENDS = (
    "com|net|org|info|biz|edu|gov|mobi|xyz|top|club|site|online|shop|store|app|dev|vip|win|link|click|live|website|blog"
    "|tech|space|casino|loan|porn|xxx|bet|icu|buzz|ru|su|ua|kz|by|de|eu|io|tk|ml|ga|cf|gq|tv|ly|gl|gd|cc|ws|co|uk|us|fr"
    "|nl|pl|br|cn|jp|kr|mx|ca|au|ch|cz|dk|gr|ir|ro|hu|pt|vn|ph|sg|za|ng|ke|tw|hk|рф"
)
_SURE_ENDS = frozenset(_ENDS.split("|"))
_BARE = re.compile(
    r"(?<![\w@./-])((?:\w(?:[\w-]{0,61}\w)?\.){1,6}([^\W\d_]{2,18}))(?![\w@-])(/[^\s<>\"'()\[\]{}|]{0,2000})?",
    re.IGNORECASE,
)
_TAKEN_APART = re.compile(
    r"(?<![\w@.-])([\w-]{3,40})"
    r"(?:\s{1,3}\.\s{0,3}|\s{0,2}[(\[{]\s?(?:dot|\.|punkt|punto|точка|点)\s?[)\]}]\s{0,2}|\s{1,2}dot\s{1,2})"
    r"(com|net|org|info|biz|ru|xyz|club|site|online|shop|store|app|io|co)(?![\w-])",
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?((?:[\w-]{1,63}\.){1,5}[a-z]{2,18})(?![\w-])", re.IGNORECASE
)
_HANDLE = re.compile(r"(?<![\w.@/])@[\w.]{3,40}")
_TIME = re.compile(r"(?<![\d:])\d{1,2}:[0-5]\d(?![\d:])")
_PHONE = re.compile(r"(?<![\w.,])\+?\(?\d{1,4}\)?(?:[\s./()-]{0,2}\d{2,5}){2,6}(?!\w)")
# 1.000.000, 2014-2015, 2014-11-08, 8.11.2014
_NO_PHONE = re.compile(
    r"\d{1,3}(?:[. ]\d{3})+|\d{4}\s?-\s?\d{4}|\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}"
)
_HOST = re.compile(r"(?:[a-z]{2,6}\s?:\s?/{1,3})?(?:[^/?#@\s]{0,100}@)?([^/?#:\s]{1,255})", re.IGNORECASE)
_PATH_WORD = re.compile(r"[a-z]{3,20}")
_SECOND_LEVELS = frozenset(("co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go"))


@dataclass(frozen=True)
class Mentioned:
    """A text with its mentions replaced; the hosts linked to, the words in the links' paths, the hosts of mail."""

    text: str
    hosts: tuple[str, ...] = ()
    path_words: tuple[str, ...] = ()
    mail_hosts: tuple[str, ...] = ()
    taken_apart: int = 0
    queries: int = 0


def without_markup(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of what may hold HTML, imported or typed: no tags, no entities; and the targets of its links."""
    if "&" in text:
        text = html.unescape(text)
    if "<" not in text:
        return text, ()
    targets = []

    def untagged(found: re.Match[str]) -> str:
        name = found[2].lower()
        if name == "a" and not found[1]:
            target = _HREF.search(found[3])
            if target:
                targets.append(target[1])
        return "\n" if name in _BREAKS else ""

    return _TAG.sub(untagged, text), tuple(targets)


def find_mentions(text: str, targets: tuple[str, ...] = ()) -> Mentioned:
    """Return a text with each mention as one private character; `targets` are links known from elsewhere.

    Links are found with and without http://, and taken apart ("example . com", "example dot com", hxxp). At most 40
    different hosts are returned, in the order met.
    """
    links = _Links()
    for target in targets:
        links.add(target)
    text = _URL.sub(links.found, text)
    mail_hosts: dict[str, None] = {}

    def mailed(found: re.Match[str]) -> str:
        mail_hosts[found[1].lower()] = None
        return f" {MAIL} "

    if "@" in text or "at)" in text or "at]" in text:
        text = _MAIL.sub(mailed, text)
    if "." in text:
        text = _BARE.sub(links.found_bare, text)
    text = _TAKEN_APART.sub(links.found_apart, text)
    if "@" in text:
        text = _HANDLE.sub(f" {HANDLE} ", text)
    if not text.isalpha():
        text = _PHONE.sub(_telephone, _TIME.sub(f" {TIME} ", text))
    return Mentioned(
        text=text,
        hosts=tuple(links.hosts)[:_MAX_LINKS],
        path_words=tuple(links.path_words),
        mail_hosts=tuple(mail_hosts)[:_MAX_LINKS],
        taken_apart=links.taken_apart,
        queries=links.queries,
    )


def host_of(link: str) -> str:
    """Return the host that a link names, as it looks: small, look-alikes as Latin, without www; empty if there is none.

    It is for comparing, and need not be a host that exists.
    """
    found = _HOST.match(link.strip())
    host = found[1].lower().strip(".").removeprefix("www.") if found else ""
    return "".join(letter if letter.isascii() else fold_lookalikes(letter) for letter in host)


def domain_of(host: str) -> str:
    """Return the part of a host that somebody registered, by a rule of thumb: its last two or three labels."""
    labels = host.split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVELS and len(labels[-1]) == 2:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


class _Links:
    def __init__(self) -> None:
        self.hosts: dict[str, None] = {}
        self.path_words: dict[str, None] = {}
        self.taken_apart = 0
        self.queries = 0

    def add(self, link: str) -> None:
        host = host_of(link)
        if not host:
            return
        self.hosts[host] = None
        if len(self.hosts) > _MAX_LINKS:
            return
        self.queries += "?" in link
        path = link.split("//", 1)[-1].partition("/")[2]
        self.path_words.update(dict.fromkeys(_PATH_WORD.findall(path.lower()[:200])[:_MAX_PATH_WORDS]))

    def found(self, found: re.Match[str]) -> str:
        self.add(found[0])
        return f" {LINK} "

    def found_bare(self, found: re.Match[str]) -> str:
        if found[2].lower() not in _SURE_ENDS and not found[3]:
            return found[0]
        return self.found(found)

    def found_apart(self, found: re.Match[str]) -> str:
        self.taken_apart += 1
        self.add(f"{found[1]}.{found[2]}")
        return f" {LINK} "


def _telephone(found: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, found[0]))
    if digits < _FEWEST_PHONE_DIGITS or _NO_PHONE.fullmatch(found[0]):
        return found[0]
    return f" {PHONE} "
