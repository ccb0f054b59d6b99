"""What the tests of all sources do: obtain, refuse without a secret, and use the credential for real calls."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.base import AccessKey, Credential, Source
from airflow_provider_cloudflows.auth.cache import kept
from airflow_provider_cloudflows.auth.huawei.project import KnownProject
from airflow_provider_cloudflows.auth.huawei.signing import RENEW_AHEAD, signer_for
from airflow_provider_cloudflows.auth.reach import Reach
from airflow_provider_cloudflows.auth.renewing import RenewingSigner
from airflow_provider_cloudflows.auth.static import FixedSource
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import CloudflowsError
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from airflow_provider_cloudflows.services.sts import GetHuaweiCallerIdentity
from airflow_provider_cloudflows.transport.client import Transport
from tests.transport.servers import Answer, Seen

__all__ = [
    "AK",
    "SK",
    "TOKEN",
    "Bench",
    "Script",
    "caller",
    "in_an_hour",
    "issued",
    "keys_document",
    "operations",
    "token_answer",
]

AK = "HPUADUMMYKEYFORTESTS"
SK = "HushDummySecretForTests01234567890123456"
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

    def key(self, source: Source) -> AccessKey:
        proof = self.obtain(source).proof
        assert isinstance(proof, AccessKey)
        return proof

    def refusal(self, source: Source, kind: type[CloudflowsError], *secrets: str) -> str:
        """Return the sentence why ``source`` gives nothing: exactly a ``kind``, which shows no secret."""
        with pytest.raises(kind) as caught:
            self.obtain(source)
        assert type(caught.value) is kind
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(source)
        for secret in (SK, TOKEN, *secrets):
            assert secret not in shown
        return caught.value.sentence()

    def client(self, source: Source) -> CloudClient:
        """A client that calls with whatever ``source`` gives, renewed as in real life."""
        signer = RenewingSigner(kept(source, ahead=RENEW_AHEAD), signer_for)
        endpoints = Endpoints(region=world.HUAWEI_REGION, everywhere=self.url)
        return CloudClient(self.transport, endpoints, signer, KnownProject(world.HUAWEI_PROJECT_ID))

    def urn(self, source: Source) -> str:
        """Whom the cloud takes the owner of the keys for."""
        return self.client(source).call(GetHuaweiCallerIdentity()).principal_urn


def caller(key: world.AccessKey = world.HUAWEI_KEY) -> FixedSource:
    """The sandbox's own key, as it stands in a connection."""
    return FixedSource(Credential(AccessKey(key.id, key.secret, key.security_token), "a connection"))


def operations(sandbox: Running) -> list[str]:
    return [call["operation"] for call in sandbox.requests()]


def issued(sandbox: Running) -> list[str]:
    """The ids of all keys and tokens that were issued."""
    state = sandbox.state()
    return [kept["id"] for kind in ("issued.key", "iam.token") for kept in state.get(kind, [])]


@dataclass
class Script:
    """A well-behaved server's answers, by method and path; remembers what it was asked."""

    answers: Mapping[str, Answer]
    seen: list[Seen] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Answer:
        self.seen.append(seen)
        return self.answers.get(f"{seen.method} {seen.target.partition('?')[0]}", Answer(b"", 404))


def in_an_hour() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() + 3600))


def keys_document(**changes: Any) -> dict[str, Any]:
    """What IAM, the metadata service and the pod identity agent answer; a field changed to None is left out."""
    whole = {"access": AK, "secret": SK, "securitytoken": TOKEN, "expires_at": in_an_hour(), **changes}
    return {"credential": {name: value for name, value in whole.items() if value is not None}}


def token_answer(token: str = "Hush-subject-token", **body: Any) -> Answer:
    """What IAM answers to a login."""
    document = {"token": {"expires_at": in_an_hour(), "issued_at": in_an_hour(), **body}}
    return Answer(document, 201, {"X-Subject-Token": token} if token else {})
