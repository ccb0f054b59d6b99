"""The metadata services, the credentials URI and pod identity, beyond what the vendors' packages ask of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, world
from airflow_provider_cloudflows.sandbox.app import Running

from .signing import Draft, Reply, alibaba, get, huawei, put, temporary
from .test_settings import SetClock, clock, timed

__all__ = ["clock", "timed"]

ROLES = "/latest/meta-data/ram/security-credentials/"
ROLE = ROLES + world.ALIBABA_METADATA_ROLE_NAME
SECURITY_KEY = "/openstack/latest/securitykey"
CLOUDS = ["alibaba", "huawei"]
PATHS = {"alibaba": ROLE, "huawei": SECURITY_KEY}


def token(url: str, cloud: str, seconds: str = "21600") -> Reply:
    if cloud == "alibaba":
        return put(url, "/latest/api/token", x_aliyun_ecs_metadata_token_ttl_seconds=seconds)
    return put(url, "/meta-data/latest/api/token", x_metadata_token_ttl_seconds=seconds)


def read(url: str, cloud: str, with_token: str | None = None, path: str = "") -> Reply:
    name = "x_aliyun_ecs_metadata_token" if cloud == "alibaba" else "x_metadata_token"
    return get(url, path or PATHS[cloud], **({} if with_token is None else {name: with_token}))


def refused(cloud: str) -> int:
    return choices.METADATA_REFUSED.value[cloud.capitalize()]


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(
    ("mode", "of_token", "without", "with_good", "with_bad"),
    [
        ("v2 and v1", 200, 200, 200, "refused"),
        ("v2", 200, "refused", 200, "refused"),
        ("v1", 404, 200, 200, 200),
        ("off", 404, 404, 404, 404),
    ],
)
def test_modes(
    sandbox: Running, cloud: str, mode: str, of_token: int, without: Any, with_good: Any, with_bad: Any
) -> None:
    good = token(sandbox.url, cloud).body.decode()
    sandbox.settings.metadata = mode
    assert token(sandbox.url, cloud).status == of_token
    for sent, expected in ((None, without), (good, with_good), ("bad", with_bad)):
        assert read(sandbox.url, cloud, sent).status == (refused(cloud) if expected == "refused" else expected)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_token_lives_as_long_as_was_asked_for(timed: Running, clock: SetClock, cloud: str) -> None:
    timed.settings.update({"metadata": "v2", "credential_seconds": 5})
    reply = token(timed.url, cloud, "60")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain;charset=utf-8")
    clock.now += 59.9
    assert read(timed.url, cloud, reply.body.decode()).status == 200
    clock.now += 0.1
    assert read(timed.url, cloud, reply.body.decode()).status == refused(cloud)
    token(timed.url, cloud, "60")
    assert len(timed.state()["metadata.token"]) == 1


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("seconds", ["0", "21601", "-1", "long", ""])
def test_token_cannot_live_like_that(sandbox: Running, cloud: str, seconds: str) -> None:
    assert token(sandbox.url, cloud, seconds).status == 400
    assert put(sandbox.url, "/latest/api/token").status == 400


def test_role_of_the_machine(sandbox: Running) -> None:
    name = get(sandbox.url, ROLES)
    assert (name.body.decode(), name.headers["content-type"]) == ("sandbox-ecs-role", "text/plain;charset=utf-8")
    assert get(sandbox.url, ROLES + "other").status == 404
    assert get(sandbox.url, "/latest/meta-data/").status == 404
    found = get(sandbox.url, ROLE).json
    assert set(found) == {"Code", "LastUpdated", "AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"}
    assert found["Code"] == "Success"
    assert found["LastUpdated"] < found["Expiration"]


def key_id(url: str, cloud: str) -> str:
    return temporary("alibaba" if cloud == "alibaba" else "huawei", read(url, cloud).json).id


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("credential_seconds", [0, 30])
def test_keys_are_the_same_until_a_third_of_their_life_is_left(
    timed: Running, clock: SetClock, cloud: str, credential_seconds: int
) -> None:
    timed.settings.credential_seconds = credential_seconds
    life = credential_seconds or choices.METADATA_LIFE.value[cloud.capitalize()]
    first = key_id(timed.url, cloud)
    clock.now += life * 2 / 3
    assert key_id(timed.url, cloud) == first
    clock.now += 1
    second = key_id(timed.url, cloud)
    assert second != first
    assert key_id(timed.url, cloud) == second
    timed.revoke(second)
    assert key_id(timed.url, cloud) not in (first, second)


def test_old_keys_work_beside_new_ones(timed: Running, clock: SetClock) -> None:
    timed.settings.credential_seconds = 30
    first = temporary("huawei", get(timed.url, SECURITY_KEY).json)
    clock.now += 25
    second = temporary("huawei", get(timed.url, SECURITY_KEY).json)
    for key in (first, second):
        assert huawei(timed.url, "GET", "/v5/caller-identity", key=key, now=clock.now).status == 200
    clock.now += 5
    assert huawei(timed.url, "GET", "/v5/caller-identity", key=first, now=clock.now).status == 401


def pod(url: str, authorization: str | None) -> Reply:
    headers = {"content-type": "application/json"} | ({} if authorization is None else {"authorization": authorization})
    return Draft(url, "POST", world.POD_IDENTITY_PATH, headers=headers, body=b"{}").send()


def test_pod_needs_its_token(sandbox: Running) -> None:
    assert [pod(sandbox.url, sent).status for sent in (None, "wrong", world.POD_IDENTITY_TOKEN)] == [401, 401, 200]
    assert get(sandbox.url, world.POD_IDENTITY_PATH, authorization=world.POD_IDENTITY_TOKEN).status == 404


def test_credentials_uri_may_need_a_secret(sandbox: Running) -> None:
    protected = world.PROTECTED_CREDENTIALS_URI_PATH
    paths = (protected, f"{protected}?secret=wrong", f"{protected}?secret={world.CREDENTIALS_URI_SECRET}")
    assert [get(sandbox.url, path).status for path in paths] == [400, 403, 200]
    assert get(sandbox.url, world.CREDENTIALS_URI_PATH).json["Code"] == "Success"


CALLS: list[tuple[str, Callable[[str], Reply]]] = [
    ("Metadata.GetMetadataToken", lambda url: token(url, "alibaba")),
    ("Metadata.GetMetadataToken", lambda url: token(url, "huawei")),
    ("Metadata.GetRoleName", lambda url: get(url, ROLES)),
    ("Metadata.GetRoleCredentials", lambda url: get(url, ROLE)),
    ("Metadata.GetSecurityKey", lambda url: get(url, SECURITY_KEY)),
    ("CredentialsUri.GetCredentialsByUri", lambda url: get(url, world.CREDENTIALS_URI_PATH)),
    (
        "CredentialsUri.GetProtectedCredentialsByUri",
        lambda url: get(url, f"{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={world.CREDENTIALS_URI_SECRET}"),
    ),
    ("PodIdentity.GetPodIdentityCredentials", lambda url: pod(url, world.POD_IDENTITY_TOKEN)),
]


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_rules_hit_these_calls_too(sandbox: Running, name: str, call: Callable[[str], Reply]) -> None:
    service, _, operation = name.partition(".")
    assert call(sandbox.url).status == 200
    assert [sandbox.requests()[-1][field] for field in ("service", "operation")] == [service, operation]
    for kind, status in (("error", 500), ("throttle", 429), ("html", 502), ("empty", 200), ("success_false", 200)):
        rule = sandbox.faults.add(f"{service.lower()}.{operation}", kind)
        assert call(sandbox.url).status == status
        assert sandbox.requests()[-1]["fault"]
        sandbox.faults.remove(rule.id)
    sandbox.faults.add(operation, "unauthorized")
    assert call(sandbox.url).status in (401, 403)


def test_metadata_is_not_slowed_by_the_limit_of_a_key(sandbox: Running) -> None:
    sandbox.settings.requests_per_second = 1
    assert alibaba(sandbox.url, "GetCallerIdentity").status == 200
    assert get(sandbox.url, ROLE).status == 200
    assert get(sandbox.url, ROLE).status == 429
