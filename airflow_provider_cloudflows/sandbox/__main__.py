"""The command ``python -m airflow_provider_cloudflows.sandbox``: starts the sandbox and prints how to use it.

What it serves is in ``app.py``. Every failure to start is one sentence on standard error and exit code 1.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airflow_provider_cloudflows.sandbox.dispatch import Sandbox
from airflow_provider_cloudflows.sandbox.events import InvalidEvent
from airflow_provider_cloudflows.sandbox.faults import KINDS, InvalidRule
from airflow_provider_cloudflows.sandbox.resources import InvalidResource, UnknownResource
from airflow_provider_cloudflows.sandbox.settings import METADATA, InvalidSetting
from airflow_provider_cloudflows.sandbox.state import StateFileError
from airflow_provider_cloudflows.sandbox.world import KEYS_VARIABLE, InvalidKeysError, parse_keys

if TYPE_CHECKING:
    from airflow_provider_cloudflows.sandbox.app import Running

_EXTRA_MISSING = (
    "The sandbox needs Starlette and uvicorn; install them with pip install 'airflow-provider-cloudflows[sandbox]'."
)


_SETTINGS = (
    "list_lag",
    "read_lag",
    "deleted_lag",
    "page_cap",
    "requests_per_second",
    "clock_offset",
    "credential_seconds",
    "metadata",
)
_FAULT_HELP = """\
A RULE is OPERATION:KIND[:before|after][:NAME=VALUE[,NAME=VALUE...]]

  CreateBusiness:drop:after:nth=1                 the first one is created and its answer lost
  fabric.CreateWorkspace:throttle:wait=3,times=2  the first two are told to come back after 3 seconds
  *:html:probability=0.2,seed=7                   a fifth of all calls meets a broken proxy

OPERATION is a name as the journal shows it, with its service if you like, or * for all. "before" (the default)
and "after" mean the moment when the call takes effect. A rule hits every call; nth=N hits the Nth one only,
probability=P (with seed=S) some of them, and times=T at most T. The kinds and their own names and values:

{kinds}

"""
_KEYS_HELP = """\
--event takes what POST /_sandbox/events takes, such as {"operation": "ListBusiness", "nth": 1,
"action": "remove", "kind": "dataworks.business", "id": "oldest"}; other actions are alter and insert, with "fields".

curl -o FILE 'http://HOST:PORT/_sandbox/oidc-token?lifetime=3600' writes an OIDC token that both clouds trust.

CLOUDFLOWS_SANDBOX_KEYS may hold extra access keys: a JSON list of objects with "cloud" (alibaba or huawei),
"id", "secret" and optionally "security_token".
"""


class _CannotStart(Exception):
    """The sandbox cannot start; the message is one sentence for a person."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        _run(_parser().parse_args(arguments))
    except _CannotStart as problem:
        print(f"sandbox: {problem}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_cloudflows.sandbox",
        description="A local stand-in for Alibaba Cloud and Huawei Cloud on one port.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_FAULT_HELP.format(kinds="\n".join(_kinds())) + _KEYS_HELP,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8470, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--state", metavar="FILE", help="keep the state in this SQLite file")
    parser.add_argument("--allow-remote", action="store_true", help="allow an address that other machines can reach")
    faults = parser.add_argument_group("to make it misbehave")
    faults.add_argument("--fault", metavar="RULE", action="append", default=[], help="see below; may be repeated")
    faults.add_argument(
        "--tcp-faults", action="store_true", help="put a proxy in front, for drop, reset, cut and silence"
    )
    faults.add_argument("--list-lag", metavar="SECONDS", type=float, default=0.0, help="lists show new things later")
    faults.add_argument("--read-lag", metavar="SECONDS", type=float, default=0.0, help="reads by id know them later")
    faults.add_argument(
        "--deleted-lag", metavar="SECONDS", type=float, default=0.0, help="lists show removed ones longer"
    )
    faults.add_argument("--page-cap", metavar="ITEMS", type=int, default=0, help="most items of a page; 0 for no cap")
    faults.add_argument(
        "--event", metavar="JSON", action="append", default=[], help="a change after an answer; see below"
    )
    faults.add_argument(
        "--requests-per-second", metavar="NUMBER", type=float, default=0.0, help="limit for each key; 0 for none"
    )
    faults.add_argument("--clock-offset", metavar="SECONDS", type=float, default=0.0, help="shift the sandbox's clock")
    issued = parser.add_argument_group("what it issues")
    issued.add_argument(
        "--credential-seconds",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="how long temporary keys and tokens live; 0 for as long as was asked for",
    )
    issued.add_argument(
        "--metadata",
        choices=METADATA,
        default=METADATA[0],
        help="metadata services with tokens (v2), without (v1), with both, or none (default: %(default)s)",
    )
    return parser


def _kinds() -> Iterator[str]:
    for name, kind in KINDS.items():
        yield f"  {name:<14}{kind.about}{' (TCP)' if kind.is_tcp else ''}"


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, which is a number from 0 to 65535")
    return int(text)


def _run(options: argparse.Namespace) -> None:
    if not options.allow_remote and not _is_loopback(options.host):
        raise _CannotStart(
            f"{options.host} is not a loopback address, and the keys of the sandbox are public; "
            f"use 127.0.0.1, or add --allow-remote if other machines may reach it."
        )
    try:
        from airflow_provider_cloudflows.sandbox import app
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise _CannotStart(_EXTRA_MISSING) from None
    sandbox = _sandbox(options)
    try:
        listener = app.bind(options.host, options.port)
    except OSError as error:
        sandbox.close()
        raise _CannotStart(
            f"Cannot listen on {options.host}:{options.port} ({error.strerror}); "
            f"choose another --port, or --port 0 for any free one."
        ) from None
    running = app.Running(sandbox, listener, allow_remote=options.allow_remote, tcp_faults=options.tcp_faults)
    # uvicorn raises the signal that stopped it once more; stopping on request is no failure here.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda number, frame: running.stop())
    try:
        _announce(running)
        running.run()
    finally:
        sandbox.close()


def _sandbox(options: argparse.Namespace) -> Sandbox:
    try:
        text = os.environ.get(KEYS_VARIABLE, "")
        extra_keys = parse_keys(text) if text else ()
        sandbox = Sandbox(state=options.state, extra_keys=extra_keys, tcp_faults=options.tcp_faults)
    except (StateFileError, InvalidKeysError) as error:
        raise _CannotStart(str(error)) from None
    try:
        sandbox.settings.update({name: getattr(options, name) for name in _SETTINGS})
        for rule in options.fault:
            sandbox.faults.add_text(rule)
        for event in options.event:
            sandbox.events.add_json(json.loads(event))
    except json.JSONDecodeError as error:
        sandbox.close()
        raise _CannotStart(f"An --event is not JSON ({error}).") from None
    except (InvalidRule, InvalidSetting, InvalidEvent, InvalidResource, UnknownResource) as error:
        sandbox.close()
        raise _CannotStart(str(error)) from None
    return sandbox


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _announce(running: Running) -> None:
    print(f"Sandbox listening on {running.url}")
    for name, value in running.connections.items():
        print(f"export {name}={shlex.quote(value)}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
