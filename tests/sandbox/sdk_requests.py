"""Our requests beside those of the official DataWorks SDK: what it sends is read off a server that takes everything."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.transport.message import encode_query
from tests.transport.servers import Answer, Seen, http_script, serving

__all__ = ["check_against", "sent_by_sdk"]


def sent_by_sdk(sdk: SimpleNamespace, config: Any, calls: Mapping[str, Mapping[str, Any]]) -> dict[str, Seen]:
    """What the SDK sends for each operation with these parameters, by their names on the wire or in snake_case."""
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        seen.append(request)
        return Answer({"RequestId": "r"})

    sent = {}
    with serving(http_script(answer)) as server:
        key = world.ALIBABA_KEY
        client = sdk.Client(
            config(
                access_key_id=key.id,
                access_key_secret=key.secret,
                endpoint=server.origin.removeprefix("http://"),
                protocol="http",
                region_id=world.ALIBABA_REGION,
            )
        )
        for name, parameters in calls.items():
            request = _request(sdk.models, name)()
            getattr(client, name)(request.from_map({_pascal(one): value for one, value in parameters.items()}))
            sent[name] = seen[-1]
    return sent


def _request(models: Any, name: str) -> Any:
    """The class of the request; the SDK writes some words of its name in capitals."""
    wanted = f"{_pascal(name)}Request"
    return getattr(models, next(one for one in dir(models) if one.lower() == wanted.lower()))


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def check_against(theirs: Seen, request: Call[Any]) -> None:
    """Method, path, query, body, action and version are the same."""
    ours, target = request.message("https://example.com", None), urlsplit(theirs.target)
    assert (ours.method, ours.path) == (theirs.method, target.path)
    assert ours.query == encode_query(_pairs(target.query))
    assert sorted(parse_qsl(ours.body.decode())) == sorted(_pairs(theirs.body.decode()))
    for header in ("x-acs-action", "x-acs-version"):
        assert ours.headers[header] == theirs.headers[header]
    assert ours.headers.get("Content-Type") == theirs.headers.get("content-type")


def _pairs(encoded: str) -> list[tuple[str, str]]:
    """A query or a form; a truth value as the vendor writes it, where its Python SDK sends it as Python does."""
    pairs = parse_qsl(encoded, keep_blank_values=True)
    return [(name, {"True": "true", "False": "false"}.get(value, value)) for name, value in pairs]
