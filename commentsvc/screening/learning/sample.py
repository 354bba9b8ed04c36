"""What the learning filter is given of a comment, and of a moderator's decision on one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A comment as the filter sees it: as it was typed, markup and all; `links` are the targets that its HTML shows.

    Nothing else has a part in it: no time, no address of mail or network, no identity.
    """

    text: str
    name: str = ""
    website: str = ""
    email_domain: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A comment that a moderator decided on: spam, or good (approved); other rejections say nothing about spam."""

    sample: Sample
    spam: bool
