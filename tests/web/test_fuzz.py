"""The contract, read by a program that tries what it allows and what it does not: no answer is a fault or a surprise.

`make fuzz` does the same for longer, with a program of others, against the running service on both databases.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from commentsvc.models.moderator import Moderator
from commentsvc.people import tokens
from commentsvc.people.tokens import Wanted
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader

# Of each call.
EXAMPLES = 15
# One value of so many is not what the contract says.
ODD = 12
WICKED = st.sampled_from(
    [
        "",
        "\0",
        "\ud800",
        "a\r\nb",
        "\u202e",
        "9" * 400,
        "x" * 3_000,
        "%00",
        "../..",
        "__proto__",
        "'--",
        "[x](javascript:1)",
    ]
)
# Whatever JSON can hold.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | WICKED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def of_shape(schema: dict[str, Any], contract: dict[str, Any], known: dict[str, list[Any]], name: str = "") -> Any:
    """Return a strategy for values of a schema, with what is known of a name among them, and now and then without."""
    if "$ref" in schema:
        target: Any = contract
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return of_shape(target, contract, known)
    usual: list[Any] = [] if name not in known else [st.sampled_from(known[name])]
    usual += [of_shape(each, contract, known) for each in schema.get("anyOf", [])]
    if "enum" in schema:
        usual.append(st.sampled_from(schema["enum"]))
    kind = schema.get("type") if name not in known else None
    if kind == "object":
        told = schema.get("properties", {})
        parts = {each: of_shape(one, contract, known, each) for each, one in told.items()}
        needed = {each: part for each, part in parts.items() if each in schema.get("required", ())}
        usual.append(
            st.fixed_dictionaries(needed, optional={each: parts[each] for each in parts.keys() - needed.keys()})
        )
    elif kind == "array":
        usual.append(st.lists(of_shape(schema.get("items", {}), contract, known, name), max_size=4))
    elif kind == "integer":
        usual.append(st.integers(-1, 60))
    elif kind == "boolean":
        usual.append(st.booleans())
    elif kind == "null":
        usual.append(st.none())
    elif not usual:
        usual.append(st.text(max_size=60))
    return st.integers(1, ODD).flatmap(lambda number: st.one_of(*usual) if number < ODD else WICKED | ANYTHING)


def test_no_answer_is_a_fault_or_a_surprise(
    app: Flask, client: FlaskClient, rita: Reader, mona: Moderator, change_site: Callable, clock: Clock
) -> None:
    contract: Any = client.get("/api/v1/openapi.json").json
    change_site(hold="none")
    comments = [rita.say(), rita.say("Another.")]
    with app.app_context():
        token = tokens.issue("gazette", mona.email, Wanted("all", ("read", "decide"), None), clock()).secret
    known: dict[str, list[Any]] = {"site": ["gazette"], "url": [ARTICLE], "ids": [comments], "parent": comments}
    known |= {"name": ["Eve"], "body": ["Well said.", "*so* [x](https://a.example)"], "email": ["eve@mail.example"]}
    calls = [(path, method, act) for path, acts in contract["paths"].items() for method, act in acts.items()]
    seen: set[tuple[str, int]] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        phases=(Phase.generate, Phase.shrink),
    )
    @given(st.data())
    def ask(path: str, method: str, act: dict[str, Any], data: st.DataObject) -> None:
        address, query, headers = path, {}, {"Origin": data.draw(st.sampled_from([GAZETTE] * 5 + ["null"]))}
        for one in act["parameters"]:
            if not one["required"] and data.draw(st.booleans()):
                continue
            about = known | {"id": comments} if one["in"] == "path" else known
            value = data.draw(of_shape(one["schema"], contract, about, one["name"]))
            if one["in"] == "path":
                address = address.replace(f"{{{one['name']}}}", quote(_as_text(value), safe="") or "x")
            elif one["in"] == "query":
                query[one["name"]] = [_as_text(each) for each in value] if isinstance(value, list) else _as_text(value)
            else:
                headers[one["name"]] = "".join(
                    filter(str.isprintable, _as_text(value).encode("ascii", "ignore").decode())
                )
        opens = token if "/moderation/" in path else rita.receipts[comments[0]]
        if data.draw(st.integers(0, 5)):
            headers["Authorization"] = f"Bearer {opens}"
        body = {}
        if "requestBody" in act:
            shape = act["requestBody"]["content"]["application/json"]["schema"]
            body["json"] = data.draw(of_shape(shape, contract, known))
        answer = client.open(address, method=method.upper(), query_string=query, headers=headers, **body)
        seen.add((act["operationId"], answer.status_code))
        assert str(answer.status_code) in act["responses"], (method, address, query, body, answer.status, answer.text)
        content = act["responses"][str(answer.status_code)].get("content")
        if content is None:
            assert answer.data == b""
        else:
            schema = content[answer.mimetype]["schema"] | {"components": contract["components"]}
            Draft202012Validator(schema).validate(answer.json)

    for call in sorted(calls, key=lambda call: call[1] == "delete"):
        ask(*call)
    assert len({name for name, status in seen if status < 300}) > 6


def _as_text(value: Any) -> str:
    # A lone half of a character can't be in an address.
    return (value if isinstance(value, str) else str(value)).encode("utf-8", "replace").decode()
