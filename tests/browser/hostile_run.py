"""Every hostile text we have, by every way in, in every place where it comes out: `make hostile`.

`make hostile ARGS=FILE.jsonl` takes more texts along, one object a line with a `payload`.
"""

import json
import sys
from datetime import UTC
from datetime import datetime
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

from commentsvc.app import create_app
from tests.browser.conftest import Watched
from tests.conftest import Clock
from tests.conftest import make_settings
from tests.rig.browser import launch
from tests.rig.hostile import PLACES
from tests.rig.hostile import WAYS
from tests.rig.hostile import Attack
from tests.rig.hostile_texts import inputs
from tests.rig.letters import Mail
from tests.rig.live import host_site
from tests.rig.live import live_service
from tests.rig.live import temporary_database
from tests.rig.smtp import MailHost

# So many at once: what they become still fits on one page of a thread.
AT_ONCE = 9


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--every", default=1, show_default=True, help="Take each n-th text alone.")
def main(files: tuple[Path, ...], every: int) -> None:
    """Put everything in, open everything, and tell what got through."""
    texts = inputs()
    for file in files:
        texts += [json.loads(line)["payload"] for line in file.read_text("utf-8").splitlines() if line]
    texts = list(dict.fromkeys(texts))[::every]
    host = MailHost()
    host.start()
    with (
        temporary_database() as url,
        host_site() as owner,
        live_service(url, SMTP_URL=f"smtp://127.0.0.1:{host.port}", DELIVER="off") as live,
        sync_playwright() as playwright,
    ):
        live.command("site", "add", "gazette", "--origin", owner.origin, "--name", "The Gazette")
        owner.policy = f"default-src 'none'; style-src 'self'; script-src {live.base}; connect-src {live.base}"
        browser = launch(playwright)
        context = browser.new_context()
        watched = Watched(context, context.new_page(), (live.base, owner.origin))
        watched.watch(watched.page)
        chosen = {"BASE_URL": live.base, "SMTP_URL": live.environ["COMMENTSVC_SMTP_URL"]}
        clock = Clock(datetime.now(UTC))
        app = create_app(make_settings(live.environ["COMMENTSVC_DATABASE_URL"], **chosen), clock)
        program = watched.watch(context.new_page())
        attack = Attack(watched.page, program, live, owner, Mail(app, host, clock))
        attack.begin()
        for start in range(0, len(texts), AT_ONCE):
            attack.put_in(texts[start : start + AT_ONCE], start)
            attack.look(all_of_the_desk=start % (AT_ONCE * 6) == 0)
            attack.open_letters()
            through = [*attack.through, *watched.faults]
            click.echo(f"{min(start + AT_ONCE, len(texts))} of {len(texts)}: {len(through)} got through", err=True)
        attack.take_along()
        browser.close()
    host.stop()
    through = [*attack.through, *watched.faults]
    for one in through:
        click.echo(one)
    tried = f"{len(texts)} inputs x {len(WAYS)} paths x {len(PLACES)} sinks"
    click.echo(f"{tried}, {attack.taken} requests taken, {attack.looks} looks; got through: {len(through)}")
    sys.exit(1 if through else 0)


if __name__ == "__main__":
    main()
