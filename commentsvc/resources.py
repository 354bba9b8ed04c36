"""Where the folders of the repository are that live outside the package but travel with it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Find `static` or `migrations`; raise FileNotFoundError naming the places where it was looked for.

    A wheel carries them within the package; a checkout, also one installed as editable, has them beside it.
    """
    places = (PACKAGE / name, PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder {name!r} is missing: it should be {places[0]} or, in a checkout, {places[1]}")
