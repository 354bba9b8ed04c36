"""An address folded: what is left of it when everything is taken away by which two spellings of one article differ."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote
from urllib.parse import unquote_plus

from commentsvc.text.tracking import is_tracking

# In this order they are told: the surest first.
SCHEME = "scheme"
WWW = "www"
ENCODING = "encoding"
INDEX = "index"
ORDER = "order"
CASE = "case"
TRACKING = "tracking"
VARIANT = "variant"
TRAITS = (SCHEME, WWW, ENCODING, INDEX, ORDER, CASE, TRACKING, VARIANT)

_INDEX = re.compile(r"/(?:index|default|home)\.(?:html?|xhtml|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)
_VIEW = re.compile(r"(?<=[^/])(?:/(?:amp|print|printable)$|[./](?:amp|print)(?=\.html?$)|\.amp$)", re.IGNORECASE)
_OTHER_VIEW = re.compile(r"(?:amp|m|mobile|print)\.")
_VIEWS = frozenset(("amp", "print", "printable", "printpage", "print_view", "outputtype", "output", "noamp", "mobile"))
_VIEW_VALUES = frozenset(("", "1", "true", "yes", "amp", "print", "mobile"))
# Not dropped from addresses as they come, since on some sites they name the article; alike is not the same.
_PERHAPS_TRACKING = frozenset(
    (
        "ref", "referer", "referrer", "source", "src", "share", "shared", "from", "via", "campaign", "cid", "cmp",
        "cmpid", "icid", "ncid", "sid", "phpsessid", "jsessionid", "sessionid", "spm", "trk", "trkid", "feature",
        "fb_comment_id", "fbclid_", "gclid_", "cn-reloaded", "wt_mc", "wtmc", "at_medium", "at_campaign", "smid",
        "smtyp", "sr_share", "s_cid", "ito", "xtor", "guccounter", "guce_referrer", "guce_referrer_sig", "amp_js_v",
        "usqp", "usg", "__twitter_impression", "rss", "feed", "_branch_match_id", "sfmc_id", "cvid", "ocid", "mbid",
    )
)  # fmt: skip


class _Asked(NamedTuple):
    """The parameters of an address: those that name the article in one order, and what was taken away."""

    kept: str
    escaped: str
    order: str
    tracking: str
    views: str


_NOTHING = _Asked("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Folded:
    """What an address comes to, by which it is found again; and its own form of each trait that was taken away."""

    key: str
    path: str
    query: str
    traits: tuple[str, ...]

    @property
    def oddities(self) -> int:
        """How much of it a careful owner would not write."""
        return sum(bool(self.traits[place]) for place in _ODD)


def fold(url: str) -> Folded:
    """Fold an absolute address; every spelling of it that is likely the same article comes to the same key."""
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("#")[0].partition("?")
    host, slash, path = rest.partition("/")
    host = host.lower()
    bare = host.removeprefix("www.")
    view = _OTHER_VIEW.match(bare)
    if view is not None and bare.count(".") > 1:
        bare = bare[view.end() :]
    else:
        view = None
    told = slash + path
    plain = unquote(told, errors="surrogateescape") if "%" in told else told
    whole = _INDEX.sub("/", plain)
    short = whole.rstrip("/")
    viewed = _VIEW.sub("", short)
    folded = viewed.casefold()
    asked = _query(query) if query else _NOTHING
    return Folded(
        key=f"{bare}{folded or '/'}?{asked.kept}",
        path=folded,
        query=asked.kept,
        traits=(
            scheme.lower(),
            "www" if host.startswith("www.") else "",
            (_escaped(told, folded) if "%" in told else "") + asked.escaped,
            plain.removeprefix(whole.removesuffix("/")) if whole != plain else "",
            asked.order,
            viewed if viewed != folded else "",
            asked.tracking,
            (view[0] if view is not None else "") + short.removeprefix(viewed) + asked.views,
        ),
    )


def differ(one: Folded, other: Folded) -> list[str]:
    """Return by which traits two addresses with the same key differ."""
    return [name for name, mine, its in zip(TRAITS, one.traits, other.traits, strict=True) if mine != its]


def _escaped(told: str, folded: str) -> str:
    raw = _VIEW.sub("", _INDEX.sub("/", told).rstrip("/")).casefold()
    return raw if raw != folded else ""


def _query(query: str) -> _Asked:
    kept, escaped, tracking, views = [], [], [], []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if "%" in part or "+" in part:
            name, value = unquote_plus(name, errors="surrogateescape"), unquote_plus(value, errors="surrogateescape")
        plain, lower = f"{name}={value}", name.casefold()
        if lower in _VIEWS and value.casefold() in _VIEW_VALUES:
            views.append(lower)
        elif lower in _PERHAPS_TRACKING or is_tracking(lower):
            tracking.append(plain)
        else:
            kept.append(plain)
            if part not in (plain, name):
                escaped.append(part)
    in_order = sorted(kept)
    return _Asked(
        kept="&".join(in_order),
        escaped="&".join(sorted(escaped)),
        order="&".join(kept) if kept != in_order else "",
        tracking="&".join(tracking),
        views="&".join(views),
    )


_ODD = tuple(TRAITS.index(name) for name in (ENCODING, INDEX, ORDER, CASE, TRACKING, VARIANT))
