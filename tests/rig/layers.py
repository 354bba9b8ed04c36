"""Reads the imports of a package with `ast`, without running it, and says which of them the rules do not allow."""

import ast
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path


@dataclass(frozen=True)
class Room:
    """A part of the house: which modules stand in it (patterns, without the package), and which rooms they may use."""

    modules: tuple[str, ...]
    uses: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class Reserved:
    """Something that only some modules may import: modules of ours or of others (patterns), and who may."""

    what: tuple[str, ...]
    allowed: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class Rules:
    """The rules of one package."""

    rooms: dict[str, Room]
    reserved: tuple[Reserved, ...] = ()
    no_session: tuple[str, ...] = ()
    no_clock: tuple[str, ...] = ()
    vague_names: tuple[str, ...] = ()
    max_lines: int = 300


@dataclass(frozen=True)
class Module:
    """One source file: its name without the package (`web.api`; an `__init__` has its folder's), and what is in it."""

    name: str
    path: Path
    source: str
    tree: ast.Module = field(repr=False)

    @property
    def is_init(self) -> bool:
        """Whether this is an `__init__.py`."""
        return self.path.name == "__init__.py"


def violations(package: Path, rules: Rules) -> list[str]:
    """Return one sentence for each breach of the rules in a package's folder."""
    modules = read(package)
    edges = {name: set(imports(module, package.name, modules)) for name, module in modules.items()}
    return [
        *_homeless(modules, rules),
        *_upward(edges, rules),
        *_reserved(edges, rules),
        *_cycles(edges),
        *_sessions(modules, rules),
        *_clocks(modules, rules),
        *_inits(modules),
        *_names(modules, rules),
        *too_long(package, rules.max_lines),
    ]


def read(package: Path) -> dict[str, Module]:
    """Parse all modules of a package's folder, by name without the package."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        source = path.read_text(encoding="utf-8")
        modules[name] = Module(name, path, source, ast.parse(source, str(path)))
    return modules


def imports(module: Module, package: str, modules: dict[str, Module]) -> Iterator[str]:
    """Yield what a module imports anywhere in it: `.web.api` for one of ours, `flask.views` for one of others."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _ours(alias.name, package) or alias.name
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module, package)
            for alias in node.names:
                # `from package.models import ids` means the module models.ids, where there is one.
                ours = _ours(f"{source}.{alias.name}", package)
                is_module = ours is not None and ours.removeprefix(".") in modules
                yield ours if ours and is_module else _ours(source, package) or source


def too_long(folder: Path, most: int) -> list[str]:
    """Return a sentence for each Python file with more lines than this."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sorted(folder.rglob("*.py"))}
    return [
        f"{path.relative_to(folder.parent)} has {length} lines: not allowed because over {most} a file answers more "
        "than one question; split it by the questions"
        for path, length in lengths.items()
        if length > most
    ]


def _homeless(modules: dict[str, Module], rules: Rules) -> Iterator[str]:
    for name, module in modules.items():
        if not module.is_init and not _room_of(name, rules):
            yield f"{name} stands in no room: give it one in the table, so that it is known what it may import"


def _upward(edges: dict[str, set[str]], rules: Rules) -> Iterator[str]:
    for name, imported in edges.items():
        room = _room_of(name, rules)
        for target in sorted(imported):
            target_room = _room_of(target.removeprefix("."), rules) if target.startswith(".") else None
            if room and target_room and target_room not in (room, *rules.rooms[room].uses):
                because = rules.rooms[room].because
                yield f"{name} ({room}) imports {target[1:]} ({target_room}): not allowed because {because}"


def _reserved(edges: dict[str, set[str]], rules: Rules) -> Iterator[str]:
    for name, imported in edges.items():
        for rule in rules.reserved:
            for target in sorted(imported):
                if _matches(target, rule.what) and not _matches(name, rule.allowed):
                    yield f"{name} imports {target.removeprefix('.')}: not allowed because {rule.because}"


def _cycles(edges: dict[str, set[str]]) -> Iterator[str]:
    ours = {name: sorted(target[1:] for target in targets if target[1:] in edges) for name, targets in edges.items()}
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> Iterator[str]:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            yield f"{circle}: not allowed because modules that import each other in a circle are one module"
        elif name not in done:
            for target in ours[name]:
                yield from walk(target, [*path, name])
            done.add(name)

    for name in ours:
        yield from walk(name, [])


def _sessions(modules: dict[str, Module], rules: Rules) -> Iterator[str]:
    for name, module in modules.items():
        if _matches(name, rules.no_session):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Attribute) and node.attr == "session" and _last_name(node.value) != "flask":
                    yield (
                        f"{name}, line {node.lineno}, uses {ast.unparse(node)}: not allowed because a door calls a "
                        "verb, which has the transaction"
                    )


def _clocks(modules: dict[str, Module], rules: Rules) -> Iterator[str]:
    clocks = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    for name, module in modules.items():
        if _matches(name, rules.no_clock):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(clocks):
                    yield (
                        f"{name}, line {node.lineno}, reads the clock with {ast.unparse(node.func)}: not allowed "
                        "because `now` is an argument below the doors"
                    )


def _inits(modules: dict[str, Module]) -> Iterator[str]:
    for name, module in modules.items():
        if module.is_init and module.source.strip():
            where = f"{name}.__init__".removeprefix(".")
            yield f"{where} is not empty: not allowed because nobody looks for code there, and every import pays for it"


def _names(modules: dict[str, Module], rules: Rules) -> Iterator[str]:
    for name in modules:
        for part in name.split("."):
            if part in rules.vague_names:
                yield f"{name} is called {part}: not allowed because a name says what is inside"


def _room_of(name: str, rules: Rules) -> str | None:
    return next((title for title, room in rules.rooms.items() if _matches(name, room.modules)), None)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) or name.startswith(f"{pattern}.") for pattern in patterns)


def _ours(name: str, package: str) -> str | None:
    return name.removeprefix(package) if name.startswith(f"{package}.") else "." if name == package else None


def _absolute(node: ast.ImportFrom, module: Module, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    here = [package, *module.name.split(".")] if module.name else [package]
    up = node.level - 1 if module.is_init else node.level
    return ".".join([*here[: len(here) - up], *([node.module] if node.module else [])])


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).rsplit(".", 1)[-1]
