"""Webhooks reach the public Internet and nothing else, whatever a name says; https is good for the name."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from commentsvc.notifying.hook_guard import Forbidden
from commentsvc.notifying.hook_guard import checked_addresses
from commentsvc.notifying.hook_guard import resolve
from commentsvc.notifying.hook_sending import Unsent
from commentsvc.notifying.hook_sending import send
from commentsvc.text.urls import parse_url
from tests.rig.receiver import DRIP
from tests.rig.receiver import DROP
from tests.rig.receiver import HANG
from tests.rig.receiver import Answer
from tests.rig.receiver import Receiver
from tests.rig.smtp import make_certificate

PUBLIC = ("93.184.215.14", "2606:4700::6810:84e5", "64:ff9b::5db8:d70e", "100.63.255.255", "172.32.0.1")
PRIVATE = (
    "127.0.0.1", "127.8.9.10", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::ffff:0:10.0.0.1", "fe80::1",
    "fe80::1%1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1",
    "2002:0a00:0001::1", "2002:5db8:d70e::1", "2001:0:5db8:d70e::1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "4000::1", "nonsense",
)  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver on this machine, which must not be reached."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(address: str) -> None:
    assert checked_addresses("name.example", 443, lambda *_: [address], private=False) == [address]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_with_one_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(Forbidden):
        checked_addresses("name.example", 443, lambda *_: [PUBLIC[0], address], private=False)
    assert checked_addresses("name.example", 443, lambda *_: [address], private=True) == [address]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "[::1]", "[::ffff:10.0.0.1]", "localhost", "0"]
)
def test_no_spelling_of_this_machine_is_reached(host: str, receiver: Receiver) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(Unsent, match="private or reserved"):
            send(parse_url(f"{scheme}://{host}:{receiver.port}/"), b"{}", {}, resolve, private=False)
    # Nor as the system reads it, should a spelling come through.
    with pytest.raises(Forbidden):
        checked_addresses(host, receiver.port, resolve, private=False)
    assert receiver.got == []


def test_a_name_is_asked_once_so_that_it_cannot_say_something_else_later(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, went_to = [["192.0.9.1"], ["127.0.0.1"]], []

    def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    really = socket.create_connection

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        # As if a route led back to this machine: whom we are connected to is looked at too.
        went_to.append(address[0])
        return really(("127.0.0.1", receiver.port), timeout)

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unsent, match="private or reserved"):
        send(parse_url(f"http://name.example:{receiver.port}/"), b"{}", {}, rebinding, private=False)
    assert went_to == ["192.0.9.1"]
    assert len(answers) == 1
    assert receiver.got == []


@pytest.mark.parametrize(
    ("way", "words"), [(HANG, "no answer in time"), (DRIP, "no answer in time"), (DROP, "connection failed")]
)
def test_a_receiver_that_does_not_answer_keeps_us_for_a_while_only(receiver: Receiver, way: str, words: str) -> None:
    receiver.answers(way)
    with pytest.raises(Unsent, match=words):
        send(parse_url(f"http://localhost:{receiver.port}/"), b"{}", {}, resolve, private=True, within=0.2)


def test_a_redirect_is_not_followed_and_of_a_long_answer_a_line_is_taken(receiver: Receiver) -> None:
    there = {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    receiver.answers(Answer(302, there, b"Over\tthere\x1b[31m\nmore"), Answer(500, body=b"x" * 10_000_000))
    url = parse_url(f"http://localhost:{receiver.port}/in")
    moved, wordy = (send(url, b"{}", {}, resolve, private=True) for _ in range(2))
    assert (moved.status, moved.is_good, moved.words) == (302, False, "Over there [31m")
    assert wordy.words == "x" * 150
    assert [got.path for got in receiver.got] == ["/in", "/in"]


def test_proxies_of_the_environment_are_not_heeded(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Receiver()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    url = parse_url(f"http://name.example:{receiver.port}/in")
    assert send(url, b"{}", {"Webhook-Id": "1"}, lambda *_: ["127.0.0.1"], private=True).status == 200
    proxy.stop()
    assert proxy.got == []
    assert receiver.got[0].headers["Host"] == f"name.example:{receiver.port}"


def test_a_certificate_must_be_good_for_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    secured = Receiver(certificate)
    here = lambda *_: ["127.0.0.1"]  # noqa: E731
    try:
        with pytest.raises(Unsent, match="certificate is not good"):
            send(parse_url(f"https://localhost:{secured.port}/"), b"{}", {}, here, private=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send(parse_url(f"https://localhost:{secured.port}/"), b"{}", {}, here, private=True).is_good
        with pytest.raises(Unsent, match="certificate is not good"):
            send(parse_url(f"https://other.example:{secured.port}/"), b"{}", {}, here, private=True)
    finally:
        secured.stop()
    assert len(secured.got) == 1
