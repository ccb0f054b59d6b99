"""ID tokens: exchanged at IAM (federation) or at STS (an agency), from a file or from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_cloudflows.auth.assuming import SessionOptions
from airflow_provider_cloudflows.auth.base import NotConfigured
from airflow_provider_cloudflows.auth.huawei.oidc_agency import OidcAgencyFromEnvironment, OidcAgencySource
from airflow_provider_cloudflows.auth.huawei.oidc_federation import OidcFederationSource
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    ConfigurationError,
    NoAnswer,
    NotFound,
    PermissionDenied,
)
from airflow_provider_cloudflows.sandbox import world
from airflow_provider_cloudflows.sandbox.app import Running
from tests.auth.huawei.bench import SK, TOKEN, Bench, Script, keys_document, operations, token_answer
from tests.auth.material import HUAWEI_CAPTURES
from tests.transport.servers import Answer, http_script, serving

OIDC = "HUAWEICLOUD_OIDC_"
PROVIDER, AGENCY = world.HUAWEI_OIDC_PROVIDER_URN, world.HUAWEI_AGENCY_URN
URNS = {f"{OIDC}PROVIDER_URN": PROVIDER, f"{OIDC}AGENCY_URN": AGENCY}
LOGIN_PATH, KEYS_PATH = "POST /v3.0/OS-AUTH/id-token/tokens", "POST /v3.0/OS-CREDENTIAL/securitytokens"
STS_PATH = "POST /v5/agencies/assume-with-oidc"


def federation(at: Bench, file: Path, idp: str = world.HUAWEI_IDP_ID, **options: Any) -> OidcFederationSource:
    return OidcFederationSource(at.reach, idp, file, **options)


def agency(at: Bench, file: Path, options: SessionOptions | None = None) -> OidcAgencySource:
    return OidcAgencySource(at.reach, PROVIDER, AGENCY, file, options or SessionOptions())


def test_federation_sends_what_the_sdk_sends(bench: Bench, tmp_path: Path) -> None:
    capture = HUAWEI_CAPTURES["core.federated_id_token"]
    login, exchange = capture["http"][:2]
    file = tmp_path / "token"
    file.write_text(login["body_json"]["auth"]["id_token"]["id"])
    answers = [Answer(stub["body"], stub["status"], stub["headers"]) for stub in capture["stub_response"]]
    script = Script({LOGIN_PATH: answers[0], KEYS_PATH: answers[1]})
    with serving(http_script(script)) as server:
        at = Bench(bench.transport, server.origin)
        found = at.obtain(federation(at, file, "my-idp"))
    theirs = capture["stub_response"][1]["body"]["credential"]
    assert found.proof.secrets() == (theirs["secret"], theirs["securitytoken"])
    for ours, captured in zip(script.seen, (login, exchange), strict=True):
        assert f"{ours.method} {ours.target}" == f"{captured['method']} {captured['target']}"
        assert ours.body == captured["body_raw"].replace(" ", "").encode()
        headers = {name.lower(): value for name, value in captured["headers"]}
        assert ours.headers.get("x-idp-id") == headers.get("x-idp-id")
        assert not {"authorization", "x-sdk-date", "x-auth-token"} & set(ours.headers)


def test_the_life_of_federated_keys(cloud: Bench, sandbox: Running, id_token_file: Path) -> None:
    cloud.obtain(federation(cloud, id_token_file, duration=900))
    assert sandbox.requests()[1]["parameters"]["auth"]["identity"]["token"]["duration_seconds"] == 900


@pytest.mark.parametrize("make", [federation, agency])
def test_the_file_is_read_anew(cloud: Bench, sandbox: Running, id_token_file: Path, make: Any) -> None:
    source = make(cloud, id_token_file)
    assert list(source.secrets()) == []
    cloud.obtain(source)
    renewed = sandbox.oidc_token(subject="somebody else")
    id_token_file.write_text(renewed)
    cloud.obtain(source)
    assert renewed in source.secrets()


@pytest.mark.parametrize("make", [federation, agency])
def test_a_token_that_is_refused(cloud: Bench, sandbox: Running, id_token_file: Path, make: Any) -> None:
    for bad in (sandbox.oidc_token(-10), sandbox.oidc_token(audience="x"), "eyJHush.eyJHush.Hush"):
        id_token_file.write_text(bad)
        refusal = cloud.refusal(make(cloud, id_token_file), AuthenticationFailed, bad, "Hush")
        assert "was not authenticated (HTTP 401, code " in refusal
        assert "; check the " in refusal
        assert "access key" not in refusal
    assert set(operations(sandbox)) <= {"CreateTokenWithIdToken", "AssumeAgencyWithOidc"}
    assert len(operations(sandbox)) == 3


def test_a_server_that_repeats_the_token_shows_nothing(bench: Bench, tmp_path: Path) -> None:
    secret = "eyJHush.eyJHush.Hush"
    (tmp_path / "token").write_text(secret)
    echo = Answer({"error_code": "X.1", "error_msg": f"bad {secret} and Hush-subject-token"}, 400)
    for answers in ({LOGIN_PATH: echo, STS_PATH: echo}, {LOGIN_PATH: token_answer(), KEYS_PATH: echo, STS_PATH: echo}):
        with serving(http_script(Script(answers))) as server:
            at = Bench(bench.transport, server.origin)
            for make in (federation, agency):
                with pytest.raises(Exception, match=r"bad \*\*\* and") as caught:
                    at.obtain(make(at, tmp_path / "token"))
                assert secret not in str(caught.value)
                assert make is agency or KEYS_PATH not in answers or "Hush" not in str(caught.value)


def test_an_unknown_provider_or_agency(cloud: Bench, id_token_file: Path) -> None:
    assert "IAM CreateTokenWithIdToken did not find" in cloud.refusal(
        federation(cloud, id_token_file, "other"), NotFound
    )
    other = OidcAgencySource(cloud.reach, "iam::x:oidc-provider:y", AGENCY, id_token_file, SessionOptions())
    assert "STS AssumeAgencyWithOIDC was denied" in cloud.refusal(other, PermissionDenied)


@pytest.mark.parametrize("make", [federation, agency])
@pytest.mark.parametrize("content", [b"", b" \n", b"a b", b"Hush\nHush", b"\xff\xfe", "Hushé".encode(), b"Hush\x00"])
def test_a_file_that_holds_no_token(bench: Bench, tmp_path: Path, make: Any, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    refusal = bench.refusal(make(bench, file), ConfigurationError, "Hush")
    what = "ID" if make is federation else "OIDC"
    assert refusal == f"The {what} token file {file} does not hold one token and nothing else."


@pytest.mark.parametrize("make", [federation, agency])
def test_a_file_that_cannot_be_read(bench: Bench, tmp_path: Path, make: Any) -> None:
    for file, reason in (
        (tmp_path / "nothing", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (Path("a\0b"), "no file has such a name"),
        (Path("\ud800"), "no file has such a name"),
    ):
        assert f"cannot be read ({reason})." in bench.refusal(make(bench, file), ConfigurationError)


def test_an_endless_file_is_given_up(bench: Bench) -> None:
    assert "/dev/zero does not hold" in bench.refusal(federation(bench, Path("/dev/zero")), ConfigurationError)


@pytest.mark.parametrize(
    "answers",
    [
        {LOGIN_PATH: token_answer("")},
        {LOGIN_PATH: Answer(b"{", 201)},
        {LOGIN_PATH: token_answer(), KEYS_PATH: Answer(keys_document(secret=None), 201)},
        {LOGIN_PATH: token_answer(), KEYS_PATH: Answer(f'{{"secret": "{SK}"'.encode(), 201)},
        {LOGIN_PATH: Answer(b"", 302, {"Location": "http://127.0.0.1:9/"})},
    ],
)
def test_answers_that_lead_to_no_keys(bench: Bench, id_token_file: Path, answers: dict[str, Answer]) -> None:
    with serving(http_script(Script(answers))) as server:
        at = Bench(bench.transport, server.origin)
        at.refusal(federation(at, id_token_file), NoAnswer, "Hush-subject-token")


def test_what_cannot_be_asked(bench: Bench, id_token_file: Path) -> None:
    refusal = bench.refusal(federation(bench, id_token_file, "a b"), ConfigurationError)
    assert refusal == (
        "No credential can be obtained for identity provider a b: idp_id must be printable ASCII without blanks; "
        "correct it."
    )
    assert "duration_seconds" in bench.refusal(
        agency(bench, id_token_file, SessionOptions(duration=1)), ConfigurationError
    )
    with pytest.raises(ConfigurationError, match="An agency for an OIDC token takes no external id; leave it out"):
        agency(bench, id_token_file, SessionOptions(external_id="x"))
    with pytest.raises(ConfigurationError, match="STS needs a region to find its host"):
        OidcAgencySource(bench.reach_of(), PROVIDER, AGENCY, id_token_file, SessionOptions())


def test_the_environment_describes_an_agency(cloud: Bench, sandbox: Running, id_token_file: Path) -> None:
    environ = {
        **URNS,
        f"{OIDC}TOKEN_FILE": str(id_token_file),
        f"{OIDC}SESSION_NAME": "nightly",
        f"{OIDC}DURATION_SECONDS": " 1800 ",
        f"{OIDC}POLICY": '{"Version": "5.0"}',
        f"{OIDC}POLICY_IDS": "p1, p2,,",
        "HUAWEICLOUD_SDK_PROJECT_ID": "p",
    }
    found = cloud.obtain(OidcAgencyFromEnvironment(cloud.reach, environ))
    assert found.project_id == "p"
    assert sandbox.requests()[0]["parameters"] == {
        "provider_urn": PROVIDER,
        "agency_urn": AGENCY,
        "agency_session_name": "nightly",
        "id_token": "***",
        "duration_seconds": 1800,
        "policy": '{"Version": "5.0"}',
        "policy_ids": ["p1", "p2"],
    }


def test_what_the_environment_leaves_open(cloud: Bench, sandbox: Running, id_token_file: Path) -> None:
    source = OidcAgencyFromEnvironment(cloud.reach, {**URNS, f"{OIDC}TOKEN_FILE": str(id_token_file)})
    assert cloud.obtain(source).project_id is None
    sent = sandbox.requests()[0]["parameters"]
    assert set(sent) == {"provider_urn", "agency_urn", "agency_session_name", "id_token"}
    assert sent["agency_session_name"] == "airflow"


def test_a_token_in_a_variable_is_stronger_than_a_file(cloud: Bench, sandbox: Running) -> None:
    token = sandbox.oidc_token()
    environ = {**URNS, f"{OIDC}ID_TOKEN": token, f"{OIDC}TOKEN_FILE": "/nowhere"}
    source = OidcAgencyFromEnvironment(cloud.reach, environ)
    assert list(source.secrets()) == [token]
    assert cloud.obtain(source).expires
    assert token not in repr(source.identity())
    other = OidcAgencyFromEnvironment(cloud.reach, {**environ, f"{OIDC}ID_TOKEN": f"{token}x"})
    assert other.identity() != source.identity()


def test_the_sts_endpoint_of_the_environment(cloud: Bench, id_token_file: Path) -> None:
    environ = {**URNS, f"{OIDC}TOKEN_FILE": str(id_token_file), "HUAWEICLOUD_SDK_STS_ENDPOINT": cloud.url}
    for reach in (cloud.reach_of(region="cn-north-4"), cloud.reach_of()):
        assert cloud.obtain(OidcAgencyFromEnvironment(reach, environ)).expires
    environ["HUAWEICLOUD_SDK_STS_ENDPOINT"] = "https://127.0.0.1:9"
    for reach in (cloud.reach, cloud.reach_of(overrides={"sts": cloud.url})):
        assert cloud.obtain(OidcAgencyFromEnvironment(reach, environ)).expires


def test_an_environment_without_any_of_it(bench: Bench) -> None:
    for environ in ({}, {f"{OIDC}SESSION_NAME": "nightly", f"{OIDC}AGENCY_URN": " "}):
        assert bench.refusal(OidcAgencyFromEnvironment(bench.reach, environ), NotConfigured) == (
            "None of HUAWEICLOUD_OIDC_PROVIDER_URN, HUAWEICLOUD_OIDC_AGENCY_URN, HUAWEICLOUD_OIDC_ID_TOKEN and "
            "HUAWEICLOUD_OIDC_TOKEN_FILE is set."
        )


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        (URNS, "HUAWEICLOUD_OIDC_ID_TOKEN or HUAWEICLOUD_OIDC_TOKEN_FILE"),
        ({f"{OIDC}ID_TOKEN": TOKEN}, "HUAWEICLOUD_OIDC_PROVIDER_URN and HUAWEICLOUD_OIDC_AGENCY_URN"),
        ({f"{OIDC}AGENCY_URN": AGENCY, f"{OIDC}TOKEN_FILE": "/f"}, "HUAWEICLOUD_OIDC_PROVIDER_URN"),
    ],
)
def test_an_environment_with_some_of_it(bench: Bench, environ: dict[str, str], missing: str) -> None:
    refusal = bench.refusal(OidcAgencyFromEnvironment(bench.reach, environ), ConfigurationError)
    assert refusal == f"Of the variables that belong together, {missing} is not set; set it, or none of them."


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ID_TOKEN", "Hush Hush", "The variable HUAWEICLOUD_OIDC_ID_TOKEN is empty or holds blanks"),
        ("DURATION_SECONDS", "an hour", "The variable HUAWEICLOUD_OIDC_DURATION_SECONDS is no whole number of seconds"),
        ("DURATION_SECONDS", "-900", "The variable HUAWEICLOUD_OIDC_DURATION_SECONDS is no whole number of seconds"),
        ("DURATION_SECONDS", "٣٦٠٠", "The variable HUAWEICLOUD_OIDC_DURATION_SECONDS is no whole number of seconds"),
        ("DURATION_SECONDS", "1", f"No credential can be obtained for agency {AGENCY} for an OIDC token: duration_sec"),
        ("SESSION_NAME", "a/b", f"No credential can be obtained for agency {AGENCY} for an OIDC token: agency_session"),
    ],
)
def test_an_environment_that_is_wrong(bench: Bench, name: str, value: str, said: str) -> None:
    environ = {**URNS, f"{OIDC}ID_TOKEN": "eyJ", f"{OIDC}{name}": value}
    refusal = bench.refusal(OidcAgencyFromEnvironment(bench.reach, environ), ConfigurationError, "Hush")
    assert refusal.startswith(said)


def test_an_environment_without_a_region_says_what_to_set(bench: Bench) -> None:
    source = OidcAgencyFromEnvironment(bench.reach_of(), {**URNS, f"{OIDC}ID_TOKEN": "eyJ"})
    assert "STS needs a region to find its host; set Region" in bench.refusal(source, ConfigurationError)
