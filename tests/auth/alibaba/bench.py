"""What the tests of all sources do: obtain, refuse without a secret, and use the keys for a real call."""

from __future__ import annotations

import json
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.alibaba.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.transport.client import Transport
from tests.transport.servers import Answer, Seen

__all__ = [
    "KEY_ID",
    "SECRET",
    "TOKEN",
    "Bench",
    "Script",
    "capture",
    "in_an_hour",
    "keys_document",
    "proof",
    "same_wire",
]

KEY_ID = "LTAI5tDummyKeyForTests01"
SECRET = "Hush/DummySecretForTests0123"
TOKEN = "Hush+DummySecurityToken/0123=="


@dataclass
class Bench:
    """One transport, and where everything answers."""

    transport: Transport
    url: str

    @property
    def reach(self) -> Reach:
        return self.reach_of(everywhere=self.url)

    def reach_of(self, *, allow_http: bool = False, **endpoints: Any) -> Reach:
        return Reach(self.transport, Endpoints(**endpoints), allow_http)

    def obtain(self, source: Source) -> Credential:
        return self.transport.run(source.obtain())

    def refusal(self, source: Source, kind: type[CloudflowsError], *secrets: str) -> str:
        """Return the sentence why ``source`` gives nothing: exactly a ``kind``, which shows no secret."""
        with pytest.raises(kind) as caught:
            self.obtain(source)
        assert type(caught.value) is kind
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(source)
        for secret in (SECRET, TOKEN, *secrets):
            assert secret not in shown
        return caught.value.sentence()

    def client(self, source: Source) -> CloudClient:
        """A client that signs with whatever ``source`` gives, renewed as in real life."""
        signer = RenewingSigner(kept(source, ahead=RENEW_AHEAD), signer_for)
        return CloudClient(self.transport, Endpoints(everywhere=self.url), signer)


def proof(credential: Credential) -> AccessKey:
    assert isinstance(credential.proof, AccessKey)
    return credential.proof


class Script:
    """A well-behaved server's answers, by method and path; remembers what it was asked."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.seen: list[Seen] = []

    def __call__(self, seen: Seen) -> Answer:
        self.seen.append(seen)
        return self.answers.get(f"{seen.method} {seen.target.partition('?')[0]}", Answer(b"", 404))


def capture(name: str) -> dict[str, Any]:
    """Return a captured conversation of the vendor's own packages."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "captures" / f"{name}.json").read_text("utf-8"))
    return found


# What the connection, not the operation, puts into a message.
OF_THE_CLIENT = {"accept", "accept-encoding", "authorization", "connection", "content-length", "host", "user-agent"}


def same_wire(ours: Seen, captured: dict[str, Any]) -> None:
    """Check method, path and every header that means something, against a captured request."""
    assert ours.method == captured["method"]
    assert ours.target.partition("?")[0] == captured["path"]
    theirs = {name.lower(): value for name, value in captured["headers"]}
    assert meaning(dict(ours.headers)) == meaning(theirs)
    assert ours.body.decode() == captured["raw_body"]


def meaning(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OF_THE_CLIENT}


def in_an_hour() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


def keys_document(**changes: Any) -> dict[str, Any]:
    """What the metadata service and a credentials URI answer; a field that is changed to None is left out."""
    whole = {
        "Code": "Success",
        "AccessKeyId": KEY_ID,
        "AccessKeySecret": SECRET,
        "SecurityToken": TOKEN,
        "Expiration": in_an_hour(),
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}
