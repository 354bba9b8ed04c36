"""All exporters by the name of their format."""

from commentsvc.moving.exporters.archive import ARCHIVE
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.disqus import DISQUS
from commentsvc.moving.exporters.pages import HTML
from commentsvc.moving.exporters.table import CSV
from commentsvc.moving.exporters.wordpress import WORDPRESS

EXPORTERS: dict[str, Exporter] = {one.name: one for one in (ARCHIVE, WORDPRESS, DISQUS, CSV, HTML)}
