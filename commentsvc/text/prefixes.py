"""The beginning of addresses, and what they are when a site moves: from http to https, to a domain, to a path."""

from dataclasses import dataclass

from commentsvc.text.addresses import MAX_ADDRESS
from commentsvc.text.addresses import Address
from commentsvc.text.addresses import canonical_address
from commentsvc.text.refusal import TextRefused


@dataclass(frozen=True)
class Beginning:
    """What addresses begin with, without a final slash, as canonical and as readable form; `origin` is its own."""

    canonical: str
    raw: str
    origin: str

    def holds(self, canonical: str) -> bool:
        """Tell whether a canonical address begins with this, by whole segments of its path."""
        return canonical.startswith(self.canonical) and canonical[len(self.canonical) :][:1] in ("", "/", "?")


@dataclass(frozen=True)
class Removal:
    """What a site's addresses began with, and what they begin with now."""

    old: Beginning
    new: Beginning

    def of(self, canonical: str, raw: str) -> Address | None:
        """Return an address after the move; None where it does not begin with the old, or does with the new already.

        Raises TextRefused with code too_long, or again where the new address begins with the old once more.
        """
        if not self.old.holds(canonical) or self._is_there(canonical):
            return None
        # What is canonical stays so in each part: it has not to be read anew, by the hundred thousand.
        moved = _joined(self.new, self.new.canonical, canonical[len(self.old.canonical) :], final_slash=False)
        spelled = moved
        if raw.startswith(self.old.raw):
            # The spelling that the owner chose is kept.
            spelled = _joined(self.new, self.new.raw, raw[len(self.old.raw) :], final_slash=True)
        if self.old.holds(moved) and not self.old.holds(self.new.canonical):
            raise TextRefused("again", "The new address begins with the old once more.")
        if max(len(moved), len(spelled)) > MAX_ADDRESS:
            raise TextRefused("too_long", f"The new address would have more than {MAX_ADDRESS:,} characters.")
        return Address(canonical=moved, raw=spelled, origin=self.new.origin)

    def of_url(self, url: str) -> str | None:
        """Return a readable address after the move; None where it is not moved, or cannot be read."""
        try:
            moved = self.of(canonical_address(url).canonical, url)
        except TextRefused:
            return None
        return moved.raw if moved is not None else None

    def _is_there(self, canonical: str) -> bool:
        # Where the new lies within the old, what was moved begins with both, and must not be moved again.
        return self.old.holds(self.new.canonical) and self.new.holds(canonical)


def read_beginning(raw: str) -> Beginning:
    """Read what addresses begin with: an origin, with a path or without.

    Raises TextRefused with the codes of `canonical_address`, or invalid where there is a query or a fragment.
    """
    if "?" in raw or "#" in raw:
        raise TextRefused("invalid", "Give only the beginning of the addresses, without ? and #.")
    address = canonical_address(raw)
    return Beginning(address.canonical.rstrip("/"), address.raw.rstrip("/"), address.origin)


def _joined(new: Beginning, beginning: str, rest: str, final_slash: bool) -> str:
    path, mark, query = rest.partition("?")
    whole = beginning + path if final_slash else (beginning + path).rstrip("/")
    # An origin alone has the root's slash.
    return (whole if len(whole) > len(new.origin) else f"{new.origin}/") + mark + query
