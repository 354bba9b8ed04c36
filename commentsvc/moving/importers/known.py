"""All importers by the name of their format."""

from commentsvc.moving.archive import read_archive
from commentsvc.moving.importers.artalk import ARTALK
from commentsvc.moving.importers.comentario import COMENTARIO
from commentsvc.moving.importers.commento import COMMENTO
from commentsvc.moving.importers.cusdis import CUSDIS
from commentsvc.moving.importers.declared import Importer
from commentsvc.moving.importers.disqus import DISQUS
from commentsvc.moving.importers.isso import ISSO
from commentsvc.moving.importers.remark42 import REMARK42
from commentsvc.moving.importers.twikoo import TWIKOO
from commentsvc.moving.importers.waline import WALINE
from commentsvc.moving.importers.wordpress import WORDPRESS

ARCHIVE = Importer(
    name="archive",
    source="commentsvc itself",
    obtained="`commentsvc export --site KEY FILE`.",
    carried=(
        "all that readers wrote, with every version of it",
        "ids, where they are free",
        "pins, merged and closed threads",
        "rules, confirmed mailboxes and earlier decisions, where the file has them",
    ),
    dropped=("people's accounts and settings: they belong to an installation",),
    read=lambda path, progress, _choices: read_archive(path, progress),
)

IMPORTERS: dict[str, Importer] = {
    one.name: one
    for one in (
        ARCHIVE,
        WORDPRESS,
        DISQUS,
        ISSO,
        REMARK42,
        COMMENTO,
        COMENTARIO,
        ARTALK,
        WALINE,
        CUSDIS,
        TWIKOO,
    )
}
