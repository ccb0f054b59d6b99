"""What was issued works until it expires or is revoked, and leaves no secret behind."""

from __future__ import annotations

import calendar
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.sandbox import choices, issued, oidc, world
from airflow_provider_cloudflows.sandbox.app import Running, serve
from airflow_provider_cloudflows.sandbox.world import AccessKey

from .signing import Draft, Reply, acs3, alibaba, get, huawei, rpc, sdk_hmac, sign_acs3, temporary
from .test_credentials_alibaba import ROLE
from .test_credentials_huawei import AGENCY, ASSUME, KEYS, SESSION, by_agency, with_id_token, with_oidc
from .test_metadata import ROLE as METADATA_ROLE
from .test_metadata import SECURITY_KEY, pod
from .test_settings import SetClock, clock, timed
from .test_signatures_huawei import auth

__all__ = ["clock", "timed"]

Issue = Callable[[Running, float], Reply]

ISSUERS: dict[str, tuple[Issue, int]] = {
    "AssumeRole": (lambda r, now: alibaba(r.url, "AssumeRole", query=ROLE, now=now), 3600),
    "AssumeRole, older form": (lambda r, now: rpc(r.url, "AssumeRole", ROLE, now=now).send(), 3600),
    "AssumeRoleWithOIDC": (lambda r, now: alibaba_oidc(r), 3600),
    "GetRoleCredentials": (lambda r, now: get(r.url, METADATA_ROLE), choices.METADATA_LIFE.value["Alibaba"]),
    "GetCredentialsByUri": (lambda r, now: get(r.url, world.CREDENTIALS_URI_PATH), 3600),
    "AssumeAgency": (lambda r, now: huawei(r.url, "POST", ASSUME, SESSION, now=now), 3600),
    "AssumeAgencyWithOidc": (lambda r, now: with_oidc(r.url, r.oidc_token()), 3600),
    "key by agency": (lambda r, now: huawei(r.url, "POST", KEYS, by_agency(AGENCY), now=now), 900),
    "key by token": (lambda r, now: by_id_token(r), 900),
    "GetSecurityKey": (lambda r, now: get(r.url, SECURITY_KEY), choices.METADATA_LIFE.value["Huawei"]),
    "GetPodIdentityCredentials": (lambda r, now: pod(r.url, world.POD_IDENTITY_TOKEN), 3600),
}


def alibaba_oidc(running: Running) -> Reply:
    envelope = {"Action": "AssumeRoleWithOIDC", "Version": "2015-04-01", "OIDCToken": running.oidc_token()}
    query = envelope | ROLE | {"OIDCProviderArn": world.ALIBABA_OIDC_PROVIDER_ARN}
    return Draft(running.url, "GET", query=list(query.items())).send()


def by_id_token(running: Running) -> Reply:
    token = with_id_token(running.url, running.oidc_token()).headers["x-subject-token"]
    body = {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}}
    return sdk_hmac(running.url, "POST", KEYS, body).send()


def key_from(reply: Reply) -> AccessKey:
    is_alibaba = "STS." in reply.body.decode()
    return temporary("alibaba" if is_alibaba else "huawei", reply.json)


def all_keys(running: Running) -> list[AccessKey]:
    """One of each kind; the two forms of AssumeRole have the same answer within a second."""
    return [key_from(issue(running, time.time())) for issue, _ in ISSUERS.values()]


def use(running: Running, key: AccessKey, now: float) -> tuple[int, str]:
    """What a key is answered, and how it is refused."""
    if key.cloud == "alibaba":
        reply = alibaba(running.url, "GetCallerIdentity", key=key, now=now)
        return reply.status, reply.json.get("Code", "")
    reply = huawei(running.url, "GET", "/v5/caller-identity", key=key, now=now)
    return reply.status, reply.json.get("error_msg", "")


def is_refused(answer: tuple[int, str], key: AccessKey, reason: str) -> bool:
    words = {
        ("alibaba", "expired"): (400, "InvalidSecurityToken.Expired"),
        ("alibaba", "invalid"): (400, choices.ALIBABA_TOKEN_MISMATCH.value.code),
        ("huawei", "expired"): (401, "token expires"),
        ("huawei", "invalid"): (401, "does not belong to the AK"),
    }[key.cloud, reason]
    return answer[0] == words[0] and words[1] in answer[1]


def written_expiry(reply: Reply) -> float:
    """The moment that an answer tells, whichever way it is spelt."""
    fields = next((each for each in reply.json.values() if isinstance(each, dict) and len(each) == 4), reply.json)
    text = next(fields[name] for name in ("Expiration", "expiration", "expires_at") if name in fields)
    whole, _, rest = text.removesuffix("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{rest or 0}")


@pytest.mark.parametrize("name", ISSUERS)
@pytest.mark.parametrize("credential_seconds", [0, 7.75])
def test_key_expires_when_it_says(timed: Running, clock: SetClock, name: str, credential_seconds: float) -> None:
    clock.now += 0.5
    timed.settings.credential_seconds = credential_seconds
    issue, usual = ISSUERS[name]
    reply = issue(timed, clock.now)
    key = key_from(reply)
    expires = clock.now + (credential_seconds or usual)
    expires = float(int(expires)) if key.cloud == "alibaba" else expires
    assert written_expiry(reply) == expires
    clock.now = expires - 0.01
    assert use(timed, key, clock.now)[0] == 200
    clock.now = expires
    assert is_refused(use(timed, key, clock.now), key, "expired")
    assert timed.requests()[-1]["fault"] == ""
    assert timed.requests()[-1]["key_id"] == key.id


@pytest.mark.parametrize("name", ISSUERS)
@pytest.mark.parametrize("reason", ["expired", "invalid"])
@pytest.mark.parametrize("what", ["this one", "issued"])
def test_key_is_revoked(timed: Running, clock: SetClock, name: str, reason: str, what: str) -> None:
    issue, _ = ISSUERS[name]
    key = key_from(issue(timed, clock.now))
    timed.revoke(key.id if what == "this one" else "issued", reason)
    assert is_refused(use(timed, key, clock.now), key, reason)
    assert timed.requests()[-1]["fault"] == "this key was revoked"
    assert get(timed.url, "/_sandbox/settings").json["revoked"] == {key.id: reason}
    assert use(timed, world.ALIBABA_SESSION_KEY, clock.now)[0] == 200
    again = key_from(issue(timed, clock.now))
    assert again != key
    assert use(timed, again, clock.now)[0] == 200
    assert is_refused(use(timed, key, clock.now), key, reason)


def test_reset_forgets_what_was_issued(sandbox: Running) -> None:
    born = sandbox.state()
    keys = all_keys(sandbox)
    sandbox.reset()
    assert sandbox.state() == born
    for key in keys:
        assert use(sandbox, key, time.time())[0] in (401, 404)


def test_issued_keys_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with serve(state=state) as running:
        keys = list({key.id: key for key in all_keys(running)}.values())
        running.revoke(keys[0].id)
    with serve(state=state) as running:
        assert is_refused(use(running, keys[0], time.time()), keys[0], "expired")
        assert [use(running, key, time.time())[0] for key in keys[1:]] == [200] * (len(keys) - 1)
    secrets = [text for key in keys for text in (key.secret, key.security_token or "")]
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [secret for secret in secrets if secret.encode() in content]


def test_token_expires_when_it_says(timed: Running, clock: SetClock) -> None:
    timed.settings.credential_seconds = 2.5
    made = sdk_hmac(timed.url, "POST", "/v3/auth/tokens", auth()).send()
    token = made.headers["x-subject-token"]
    assert made.json["token"]["expires_at"].endswith(".500000Z")
    clock.now += 2.4
    assert get(timed.url, "/v3/projects", x_auth_token=token).status == 200
    clock.now += 0.1
    assert get(timed.url, "/v3/projects", x_auth_token=token).json["error_code"] == "IAM.0066"


@pytest.mark.parametrize(("reason", "code"), [("expired", "IAM.0066"), ("invalid", "IAM.0067")])
def test_token_after_a_revoked_one_is_another(timed: Running, reason: str, code: str) -> None:
    def token() -> str:
        return sdk_hmac(timed.url, "POST", "/v3/auth/tokens", auth()).send().headers["x-subject-token"]

    first = token()
    timed.revoke("tokens", reason)
    assert get(timed.url, "/v3/projects", x_auth_token=first).json["error_code"] == code
    assert get(timed.url, "/v3/projects", x_auth_token=token()).status == 200


def test_setting_changes_what_is_issued_from_then_on(timed: Running, clock: SetClock) -> None:
    issue, usual = ISSUERS["AssumeAgency"]
    before = key_from(issue(timed, clock.now))
    timed.settings.credential_seconds = 2
    after = key_from(issue(timed, clock.now))
    clock.now += 2
    assert (use(timed, before, clock.now)[0], use(timed, after, clock.now)[0]) == (200, 401)
    timed.settings.credential_seconds = 0
    assert use(timed, key_from(issue(timed, clock.now)), clock.now + usual - 2700)[0] == 200


def test_expiry_is_by_the_clock_of_the_sandbox(sandbox: Running) -> None:
    key = key_from(ISSUERS["AssumeRole"][0](sandbox, time.time()))
    sandbox.settings.clock_offset = 3601
    assert is_refused(use(sandbox, key, time.time() + 3601), key, "expired")
    sandbox.settings.clock_offset = 0
    assert use(sandbox, key, time.time())[0] == 200


def test_issued_key_must_be_used_rightly(sandbox: Running) -> None:
    for name in ("AssumeRole", "AssumeAgency"):
        key = key_from(ISSUERS[name][0](sandbox, time.time()))
        for wrong in (
            AccessKey(key.cloud, key.id, key.secret),
            AccessKey(key.cloud, key.id, key.secret, "other"),
            AccessKey(key.cloud, key.id, "other", key.security_token),
        ):
            assert use(sandbox, wrong, time.time())[0] in (400, 401)


def test_there_is_no_secret_in_state_or_journal(sandbox: Running) -> None:
    keys = all_keys(sandbox)
    id_token = sandbox.oidc_token()
    made = with_id_token(sandbox.url, id_token)
    token = made.headers["x-subject-token"]
    get(sandbox.url, "/v3/auth/tokens", x_auth_token=token, x_subject_token=token)
    metadata = Draft(
        sandbox.url, "PUT", "/latest/api/token", headers={"x-aliyun-ecs-metadata-token-ttl-seconds": "60"}
    ).send()
    get(sandbox.url, METADATA_ROLE, x_aliyun_ecs_metadata_token=metadata.body.decode())
    secrets = [text for key in keys for text in (key.secret, key.security_token or "")]
    secrets += [token, metadata.body.decode(), id_token, world.OIDC_SECRET, world.POD_IDENTITY_TOKEN]
    secrets.append(world.CREDENTIALS_URI_SECRET)
    get(sandbox.url, f"{world.PROTECTED_CREDENTIALS_URI_PATH}?secret={world.CREDENTIALS_URI_SECRET}")
    for secret in secrets:
        get(sandbox.url, f"/nowhere/{secret.replace('/', '%2F')}", anything=secret, authorization=secret)
        business = {"ProjectId": "10000", "BusinessName": f"x {secret} y"}
        sign_acs3(acs3(sandbox.url, "ListBusiness", business)).send()
        huawei(sandbox.url, "POST", "/v1/workspaces", {"name": secret, "list": [secret], "token": {"id": secret}})
    shown = json.dumps([sandbox.state(), sandbox.requests(), get(sandbox.url, "/_sandbox/settings").json])
    assert len(sandbox.requests()) > 3 * len(secrets)
    assert [secret for secret in secrets if secret in shown] == []
    assert issued.KEYS in shown
    assert keys[0].id in shown


def test_state_tells_whose_a_key_is(sandbox: Running) -> None:
    key = key_from(ISSUERS["AssumeRole"][0](sandbox, time.time()))
    (kept,) = sandbox.state()["issued.key"]
    shown: dict[str, Any] = {name: kept[name] for name in ("id", "operation", "kind", "name", "session")}
    assert shown == {
        "id": key.id,
        "operation": "AssumeRole",
        "kind": "role",
        "name": world.ALIBABA_ROLE_NAME,
        "session": "airflow",
    }


def test_id_that_the_state_shows_is_no_token(sandbox: Running) -> None:
    sandbox.settings.metadata = "v2"
    token = sdk_hmac(sandbox.url, "POST", "/v3/auth/tokens", auth()).send().headers["x-subject-token"]
    metadata = Draft(sandbox.url, "PUT", "/meta-data/latest/api/token", headers={"x-metadata-token-ttl-seconds": "60"})
    metadata_token = metadata.send().body.decode()
    for kind, whole in (("iam.token", token), ("metadata.token", metadata_token)):
        (kept,) = sandbox.state()[kind]
        forged = whole[: whole.index(kept["id"]) + 32] + "A" * len(whole.partition(kept["id"])[2])
        for header, path in (("x_auth_token", "/v3/projects"), ("x_metadata_token", SECURITY_KEY)):
            assert get(sandbox.url, path, **{header: forged}).status == 401
    assert get(sandbox.url, "/v3/projects", x_auth_token=token).status == 200
    assert get(sandbox.url, SECURITY_KEY, x_metadata_token=metadata_token).status == 200
    assert get(sandbox.url, "/v3/projects", x_auth_token=metadata_token).status == 401
    assert get(sandbox.url, SECURITY_KEY, x_metadata_token=token).status == 401


def test_oidc_token_ends_at_its_moment() -> None:
    token = oidc.make(100.0, 10)
    assert oidc.check(token, 109.9).expires == 110
    with pytest.raises(oidc.OidcRefused) as refused:
        oidc.check(token, 110.0)
    assert refused.value.reason is oidc.OidcReason.EXPIRED
