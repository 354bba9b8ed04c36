"""A passkey, made and asked for by a real browser whose authenticator is a virtual one."""

from collections.abc import Callable

from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.rig.live import Live

PIA = "pia@gazette.example"


def authenticator(page: Page) -> Callable[[str], list]:
    """Give a page's browser a security key, and return a function that reads its credentials."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def read(name: str) -> list:
        found = devices.send("WebAuthn.getCredentials", {"authenticatorId": made})["credentials"]
        return [credential[name] for credential in found]

    return read


def sign_in(page: Page, live: Live) -> None:
    page.goto(f"{live.base}/moderate/sign-in")
    page.get_by_label("Email").fill(PIA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_and_lets_its_owner_in(window: Callable, live: Live) -> None:
    live.command("moderator", "add", PIA, "--site", "gazette", "--password-stdin", stdin=PASSWORD)
    page: Page = window(viewport={"width": 1280, "height": 900}).page
    read = authenticator(page)
    sign_in(page, live)
    page.goto(f"{live.base}/moderate/account")
    page.get_by_text("Add a passkey").click()
    form = page.locator("form[action$='/passkeys/new']")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Go on").click()
    page.get_by_label("Name it").fill("Key on my ring")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".secrets code").all_inner_texts()
    assert len(codes) == 10
    assert len(read("rpId")) == 1
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("Key on my ring", exact=True)).to_be_visible()

    page.locator("main").get_by_role("button", name="Sign out").click()
    sign_in(page, live)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{live.base}/moderate/gazette/queue")
    assert read("signCount")[0] > 1

    # What was signed for one sign-in is no good for another.
    page.locator("nav.side").get_by_role("button", name="Sign out").click()
    sign_in(page, live)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Use a passkey").click()
    signed = sent.value.post_data_json["passkey"]
    page.locator("nav.side").get_by_role("button", name="Sign out").click()
    sign_in(page, live)
    page.evaluate(
        "signed => { const form = document.querySelector('[data-passkey]');"
        " form.elements.passkey.value = signed; form.submit(); }",
        signed,
    )
    expect(page.get_by_role("alert").first).to_contain_text("passkey was not taken")

    # A browser without the key, and without scripts: a recovery code opens.
    other: Page = window(java_script_enabled=False).page
    sign_in(other, live)
    expect(other.get_by_role("button", name="Use a passkey")).to_be_hidden()
    other.get_by_label("Recovery code").fill(codes[3])
    other.get_by_role("button", name="Sign in").click()
    expect(other).to_have_url(f"{live.base}/moderate/gazette/queue")
