"""What is installed is whole: the wheel, the wheel made from the sdist, and the editable install."""

import os
import socket
import subprocess
import sys
import sysconfig
import tarfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from commentsvc.resources import folder

ROOT = Path(__file__).resolve().parent.parent


def test_the_wheel_carries_what_lies_beside_the_package(dist: Path) -> None:
    """Widget, migrations and templates are in it; tests and leftovers are not."""
    names = names_in(wheel_in(dist))
    for folder_name in ("static", "migrations", "commentsvc/templates", "commentsvc/locales"):
        expected = {
            f"commentsvc/{path.relative_to(ROOT)}".replace("commentsvc/commentsvc/", "commentsvc/")
            for path in (ROOT / folder_name).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert expected, f"{folder_name} is empty"
        assert expected <= names
    assert {"commentsvc/static/embed.js", "commentsvc/migrations/env.py"} <= names
    assert any(name.startswith("commentsvc/migrations/versions/") and name.endswith(".py") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"commentsvc"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".db", ".secret"))]


def test_the_wheel_is_the_same_from_the_sdist_and_from_the_tree(dist: Path, tmp_path: Path) -> None:
    """Whoever builds from the sdist gets what we get."""
    build("--wheel", tmp_path)
    assert names_in(wheel_in(tmp_path)) == names_in(wheel_in(dist))


def test_the_sdist_can_be_tested(dist: Path) -> None:
    """It holds the tests, what they need, and nothing that only this checkout has."""
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "Makefile", "README.md", "constraints.txt", "pyproject.toml", "wsgi.py"} <= names
    assert "tests/test_packaging.py" in names
    assert not [name for name in names if name.startswith((".venv", ".git/", ".ci")) or "__pycache__" in name]


def test_a_command_in_an_empty_folder_makes_and_migrates_a_database(installed: "Installed") -> None:
    """The migrations are found by what is installed, not by where the command stands."""
    installed.run("commentsvc", "site", "add", "blog", "--origin", "https://example.org")
    assert "blog" in installed.run("commentsvc", "site", "list")
    assert (installed.home / "commentsvc.db").is_file()


def test_the_service_serves_the_widget(installed: "Installed") -> None:
    """The widget is found by what is installed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (installed.home / "log").open("wb") as log:
        command = [installed.bin / "commentsvc", "serve", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(
            command, cwd=installed.home, env=installed.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            kind, widget = fetch(f"http://127.0.0.1:{port}/embed.js", server)
        except ChildProcessError as error:
            raise AssertionError((installed.home / "log").read_text()) from error
        finally:
            server.terminate()
            server.wait(20)
    assert kind.startswith(("text/javascript", "application/javascript"))
    assert b"data-site" in widget or b"dataset" in widget


def test_the_code_under_test_is_what_was_installed(installed: "Installed") -> None:
    """Neither install is mistaken for the other; both find both folders."""
    where = "import commentsvc, commentsvc.resources as found; print(commentsvc.__file__, *map(found.folder, {}))"
    asked = where.format(["static", "migrations"])
    package, static, migrations = installed.run("python", "-c", asked).split()
    if installed.kind == "wheel":
        assert Path(package).is_relative_to(installed.bin.parent)
        assert (Path(static), Path(migrations)) == (
            Path(package).parent / "static",
            Path(package).parent / "migrations",
        )
    else:
        assert Path(package) == ROOT / "commentsvc/__init__.py"
        assert (Path(static), Path(migrations)) == (ROOT / "static", ROOT / "migrations")


def test_a_missing_folder_is_told_with_both_places() -> None:
    """Whoever packages it otherwise learns what is wrong."""
    with pytest.raises(FileNotFoundError, match="nothing") as told:
        folder("nothing")
    assert str(ROOT / "commentsvc/nothing") in str(told.value)
    assert str(ROOT / "nothing") in str(told.value)


@dataclass(frozen=True)
class Installed:
    """A virtual environment with commentsvc in it, and an empty folder to work in."""

    kind: str
    bin: Path
    home: Path

    @property
    def environ(self) -> dict[str, str]:
        """The environment without anything that could lead to this checkout or to its settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COMMENTSVC_"))}
        return {**kept, "PATH": f"{self.bin}:{os.environ['PATH']}"}

    def run(self, program: str, *arguments: str) -> str:
        """Return what a program of the environment prints; fail with what it complained of."""
        command = [self.bin / program, *arguments]
        done = subprocess.run(
            command, cwd=self.home, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel made from it."""
    target = tmp_path_factory.mktemp("dist")
    build(target)
    return target


@pytest.fixture(scope="module", params=["wheel", "editable"])
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, dist: Path
) -> tuple[str, Path]:
    """A new virtual environment with commentsvc installed alone; what it depends on is lent by the running one."""
    venv = tmp_path_factory.mktemp(request.param) / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    base = {"base": str(venv), "platbase": str(venv)}
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    # A path in a .pth file is looked into, but .pth files there are not: our own editable install is not lent.
    Path(sysconfig.get_path("purelib", "venv", base), "lent.pth").write_text("\n".join(sorted(lent)))
    what = ["--editable", ROOT] if request.param == "editable" else [wheel_in(dist)]
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin/python", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", *what], check=True, capture_output=True)
    return request.param, venv / "bin"


@pytest.fixture
def installed(environment: tuple[str, Path], tmp_path: Path) -> Installed:
    """The environment, and an empty folder to work in."""
    return Installed(*environment, tmp_path)


def build(*arguments: str | Path) -> None:
    """Build into the folder named last: the sdist and the wheel from it, unless told otherwise."""
    *options, target = arguments
    command = [sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", target, ROOT]
    subprocess.run(command, check=True, capture_output=True)


def wheel_in(dist: Path) -> Path:
    """Return the only wheel of a folder."""
    [wheel] = dist.glob("*.whl")
    return wheel


def names_in(wheel: Path) -> set[str]:
    """Return the names of a wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def fetch(url: str, server: subprocess.Popen[bytes]) -> tuple[str, bytes]:
    """Return content type and body as soon as the server answers; raise ChildProcessError if it ends before."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError:
            raise
        except OSError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise ChildProcessError("the server ended") from None
