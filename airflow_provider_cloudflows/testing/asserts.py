"""What a test asks of a run, with messages that tell what was found instead."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_cloudflows.testing.leaks import find
from airflow_provider_cloudflows.testing.results import DagRun
from airflow_provider_cloudflows.testing.sandbox import DELETABLE, CloudflowsSandbox

__all__ = ["assert_calls_at_most", "assert_exactly_once", "assert_no_secret", "assert_torn_down"]

MOST_SHOWN = 5
SHORTEST_SECRET = 6
"""Characters: what is shorter is found everywhere, and is no secret."""


def assert_exactly_once(sandbox: CloudflowsSandbox, kind: str, **fields: Any) -> dict[str, Any]:
    """Check that exactly one resource of a kind has ever had these fields, and return it.

    What was removed again counts: a thing that was made twice and deleted once was made twice.
    """
    __tracebackhide__ = True
    found = sandbox.ever(kind, **fields)
    if len(found) != 1:
        what = f"{kind} with {_shown(fields)}" if fields else kind
        others = "" if found else f"; of this kind there were {_list(sandbox.ever(kind))}"
        raise AssertionError(
            f"Not exactly one {what}, but {len(found)}: {_list(found)}{others}. What was sent: {_sent(sandbox)}."
        )
    return found[0]


def assert_torn_down(sandbox: CloudflowsSandbox, *kinds: str) -> None:
    """Check that everything which was made is gone again: of ``kinds``, or of all kinds that can be deleted.

    What was there before, by birth or by ``seed``, does not count. A run that made nothing proves nothing, and fails.
    """
    __tracebackhide__ = True
    wanted = kinds or DELETABLE
    left = sandbox.made(*wanted)
    if left:
        named = "; ".join(f"{kind}: {_list(documents)}" for kind, documents in left.items())
        raise AssertionError(f"Not torn down, this is left: {named}. What was sent: {_sent(sandbox)}.")
    if not sandbox.has_made(*wanted):
        raise AssertionError(f"Nothing was made of {', '.join(wanted)}, so nothing shows that it is torn down.")


def assert_calls_at_most(sandbox: CloudflowsSandbox, most: Mapping[str, int]) -> None:
    """Check how often operations were called: ``{"ListBusiness": 2, "*": 10}``, where ``*`` is all of them together."""
    __tracebackhide__ = True
    for name in most.keys() - {"*"}:
        sandbox.check_operation(name)
    from airflow_provider_cloudflows.sandbox.journal import LENGTH

    requests = sandbox.requests()
    if len(requests) >= LENGTH:
        raise AssertionError(f"There were {LENGTH:,} calls or more, and older ones are not known any more.")
    counted = Counter(entry["operation"] for entry in requests)
    counted["*"] = len(requests)
    over = [
        f"{name} {counted[name]} times instead of {limit} at most"
        for name, limit in most.items()
        if counted[name] > limit
    ]
    if over:
        raise AssertionError(f"Called too often: {', '.join(over)}. What was sent: {_sent(sandbox)}.")


def assert_no_secret(run: DagRun, sandbox: CloudflowsSandbox, *more: str) -> None:
    """Check that no secret is written anywhere: logs, XComs, rendered fields, task state, the sandbox's own state.

    Looked for are the secrets of the sandbox's connections, those that it issues, and ``more`` of your own: as they
    are, escaped as in JSON, Python, HTML or a URL, in base64, and broken over lines.
    """
    __tracebackhide__ = True
    secrets = {*_secrets_in(sandbox.connections.values()), *_issued(), *more}
    too_short = [secret for secret in more if len(secret) < SHORTEST_SECRET]
    if too_short:
        raise ValueError(f"A secret of less than {SHORTEST_SECRET} characters is found everywhere: give a longer one.")
    places = run.written() | {"sandbox": json.dumps([dict(run.sandbox.made), run.sandbox.requests], default=str)}
    if not {"table task_instance", "table xcom"} & places.keys():
        raise AssertionError(f"Nothing was written of run {run.run_id}, so nothing shows that it kept its secrets.")
    leaks = [
        f"{place} holds {secret[:4]}… ({len(secret)} characters), in {_around(text, *span)!r}"
        for place, text in places.items()
        for secret in sorted(secrets)
        if (span := find(secret, text)) is not None
    ]
    if leaks:
        raise AssertionError(f"A secret was written {len(leaks)} times: {'; '.join(leaks[:MOST_SHOWN])}.")


def _secrets_in(connections: Iterable[str]) -> set[str]:
    """The passwords of connections, and the texts in their extra that are named like a secret."""
    found = set()
    for text in connections:
        connection = json.loads(text)
        named = {"password": connection.get("password"), **connection.get("extra", {})}
        found |= {
            value
            for name, value in named.items()
            if isinstance(value, str) and any(word in name for word in ("password", "token", "secret"))
        }
    return found


def _issued() -> set[str]:
    """What marks every key and token that the sandbox issues, and the fixed secrets of its machines and users."""
    from airflow_provider_cloudflows.sandbox import world

    keys = {text for key in world.BIRTH_KEYS for text in (key.secret, key.security_token or "")} - {""}
    return keys | {
        world.ISSUED_MARK,
        world.HUAWEI_USER_PASSWORD,
        world.POD_IDENTITY_TOKEN,
        world.CREDENTIALS_URI_SECRET,
    }


def _around(text: str, start: int, end: int) -> str:
    """The words around a secret, without it."""
    before, after = text[max(0, start - 30) : start], text[end : end + 20]
    return f"{before}***{after}".replace("\n", " ")


def _shown(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in fields.items())


def _list(documents: list[dict[str, Any]]) -> str:
    if not documents:
        return "none"
    shown = [json.dumps({k: v for k, v in one.items() if k != "course"}, default=str) for one in documents[:MOST_SHOWN]]
    more = len(documents) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _sent(sandbox: CloudflowsSandbox) -> str:
    """The calls in their order, equal ones in a row counted: ``CreateBusiness 200 (rule 1: …), ListBusiness 200``."""
    lines: list[tuple[str, int]] = []
    for entry in sandbox.requests():
        fault = f" ({entry['fault']})" if entry["fault"] else ""
        line = f"{entry['operation'] or entry['path']} {entry['status'] or 'unanswered'}{fault}"
        if lines and lines[-1][0] == line:
            lines[-1] = (line, lines[-1][1] + 1)
        else:
            lines.append((line, 1))
    shown = [line if count == 1 else f"{line} {count} times" for line, count in lines]
    return ", ".join(shown) or "nothing"
