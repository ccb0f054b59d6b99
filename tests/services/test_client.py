"""A whole call over a real socket: signed, sent, read; and what its errors show."""

from __future__ import annotations

import asyncio
import json

import pytest

from airflow_provider_cloudflows.auth.alibaba.acs3 import Acs3Signer
from airflow_provider_cloudflows.auth.huawei.sdk_hmac import SdkHmacSigner
from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.calls.client import CloudClient
from airflow_provider_cloudflows.calls.endpoints import Endpoints
from airflow_provider_cloudflows.errors import (
    AuthenticationFailed,
    CloudError,
    ConfigurationError,
    ConnectionFailed,
    InvalidParameter,
    InvalidRequest,
    OutcomeUnknown,
)
from airflow_provider_cloudflows.services import iam
from airflow_provider_cloudflows.services.bpstudio.create_task import CreateTask
from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
from airflow_provider_cloudflows.services.fabric.create_workspace import CreateWorkspace
from airflow_provider_cloudflows.services.secmaster import workspace as secmaster_workspace
from airflow_provider_cloudflows.transport.client import Transport, TransportSettings
from airflow_provider_cloudflows.transport.effect import Effect
from tests.services.clients import KEY, PROJECT, alibaba, huawei, make
from tests.transport.servers import COLOURS, Answer, Colour, Peer, Seen, blackhole_port, serving

colours = pytest.mark.parametrize("colour", COLOURS)

CREATE_BUSINESS = CreateBusiness(project_id=1, business_name="x")
CREATE_WORKSPACE = CreateWorkspace(name="team-ws")


def hang_up(peer: Peer) -> None:
    peer.request()


def silence(peer: Peer) -> None:
    peer.request()
    peer.stopping.wait(30)


@colours
def test_a_call_is_signed_sent_and_read(colour: Colour) -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        seen.append(request)
        return Answer({"Success": True, "BusinessId": 7, "RequestId": "r"})

    with alibaba(answer) as client:
        assert colour(client.transport, client.flow(CREATE_BUSINESS)).business_id == 7
    assert seen[0].headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=AKID,")
    assert seen[0].headers["x-acs-security-token"] == KEY.session_token
    assert seen[0].body == b"BusinessName=x&ProjectId=1"


def test_call_and_acall_are_the_same_call() -> None:
    async def both(client: CloudClient) -> tuple[int, int]:
        first = (await client.acall(CREATE_BUSINESS)).business_id
        await client.transport.aclose()
        return first, await asyncio.to_thread(lambda: client.call(CREATE_BUSINESS).business_id)

    with alibaba(lambda _: Answer({"Success": True, "BusinessId": 7})) as client:
        assert asyncio.run(both(client)) == (7, 7)


def test_two_calls_carry_two_nonces() -> None:
    nonces: list[str] = []

    def answer(request: Seen) -> Answer:
        nonces.append(request.headers["x-acs-signature-nonce"])
        return Answer({"Success": True, "BusinessId": 7})

    with alibaba(answer) as client:
        client.call(CREATE_BUSINESS)
        client.call(CREATE_BUSINESS)
    assert len(set(nonces)) == 2


@pytest.mark.parametrize(
    "echo", ["secret is {secret}", "x-acs-security-token:{token}", '"X-Security-Token": "{token}"', "{token}"]
)
def test_a_gateway_that_echoes_a_secret_is_masked(echo: str) -> None:
    message = echo.format(secret=KEY.secret, token=KEY.session_token)

    def answer(_: Seen) -> Answer:
        return Answer({"Code": "SignatureDoesNotMatch", "Message": message, "RequestId": "r"}, 400)

    with alibaba(answer) as client, pytest.raises(AuthenticationFailed) as caught:
        client.call(CREATE_BUSINESS)
    error = caught.value
    shown = " ".join([str(error), repr(error), error.message, repr(error.args), repr(vars(error))])
    assert "***" in shown
    assert KEY.secret not in shown
    assert str(KEY.session_token) not in shown


def test_an_echo_in_what_is_no_json_is_masked() -> None:
    page = f"<html>{KEY.secret}</html>".encode()
    with huawei(lambda _: Answer(page, 502)) as client, pytest.raises(OutcomeUnknown) as caught:
        client.call(CREATE_WORKSPACE)
    assert KEY.secret not in str(caught.value)
    assert "<html>***</html>" in str(caught.value)


@colours
def test_a_create_cut_off_is_unknown_and_a_refused_connection_is_not(colour: Colour) -> None:
    signer = SdkHmacSigner(KEY)
    with serving(hang_up) as server:
        client = CloudClient(Transport(), Endpoints(everywhere=server.origin), signer)
        with pytest.raises(
            OutcomeUnknown, match=r"^\[CF601\] DataArts Fabric CreateWorkspace has an unknown outcome: .+; look in"
        ):
            colour(client.transport, client.flow(CREATE_WORKSPACE))
    with blackhole_port() as port:
        client = CloudClient(Transport(), Endpoints(everywhere=f"http://127.0.0.1:{port}"), signer)
        with pytest.raises(ConnectionFailed, match=r"^\[CF301\] DataArts Fabric CreateWorkspace could not connect: "):
            colour(client.transport, client.flow(CREATE_WORKSPACE))


def test_a_silent_server_is_told_from_a_dead_one() -> None:
    settings = TransportSettings(timeout=0.3)
    with serving(silence) as server:
        client = CloudClient(Transport(settings), Endpoints(everywhere=server.origin), Acs3Signer(KEY))
        with pytest.raises(OutcomeUnknown, match=r"no complete answer came within 0\.3 seconds"):
            client.call(CREATE_BUSINESS)
        client.transport.close()


def test_without_a_project_nothing_is_sent() -> None:
    def never(_: Seen) -> Answer:
        raise AssertionError("a request was sent")

    with huawei(never) as client:
        client.project = None
        sentence = r"SecMaster needs a project id; set Project ID in the connection or pass project_id=\."
        with pytest.raises(ConfigurationError, match=sentence):
            client.call(secmaster_workspace.ListWorkspaces())
        with pytest.raises(ConfigurationError, match="vpc needs a project id"):
            client.call(HuaweiRequest(service="vpc", method="GET", path="/v1/{project_id}/vpcs"))


@pytest.mark.parametrize(
    "request_",
    [
        CreateBusiness(project_id=1, business_name="\ud83d"),
        CreateTask(process_id="p", task_name="\udca5", app_id="a"),
        AlibabaRequest(product="ecs", version="1", action="A", query={"a": "\ud83d"}),
        HuaweiRequest(service="ecs", method="POST", path="/v1/servers", body={"a": "\ud83d"}),
    ],
)
def test_half_a_character_is_told_before_anything_is_sent(
    request_: CreateBusiness | CreateTask | AlibabaRequest | HuaweiRequest,
) -> None:
    client = CloudClient(Transport(), Endpoints(everywhere="http://127.0.0.1:1"), SdkHmacSigner(KEY))
    with pytest.raises(InvalidParameter, match="half a character"):
        client.call(request_)  # type: ignore[misc]


def test_any_other_operation_of_alibaba() -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        seen.append(request)
        return Answer({"RequestId": "r", "Regions": {"Region": [{"RegionId": "cn-hangzhou"}]}})

    call = AlibabaRequest(
        product="ecs",
        version="2014-05-26",
        action="DescribeRegions",
        query={"B": True, "A": "x y", "Unset": None},
        form={"List": [1, {"a": "日"}], "Unset": None, "Empty": ""},
        effect=Effect.READ,
    )
    with alibaba(answer) as client:
        result = client.call(call)
    assert result.document() == {"RequestId": "r", "Regions": {"Region": [{"RegionId": "cn-hangzhou"}]}}
    assert result.request_id == "r"
    assert seen[0].target == "/?A=x%20y&B=true"
    assert seen[0].body == b"Empty=&List.1=1&List.2.a=%E6%97%A5"
    assert seen[0].headers["x-acs-action"] == "DescribeRegions"
    assert seen[0].headers["x-acs-version"] == "2014-05-26"


def test_any_other_operation_of_huawei() -> None:
    seen: list[Seen] = []

    def answer(request: Seen) -> Answer:
        seen.append(request)
        return Answer({"servers": []})

    call = HuaweiRequest(
        service="ecs",
        method="post",
        path="/v1/{project_id}/servers",
        query={"tag": ["b", "a", None], "all": True, "unset": None},
        body={"name": "日", "unset": None},
    )
    assert (call.title, call.effect) == ("ecs POST /v1/{project_id}/servers", Effect.CREATE)
    with huawei(answer) as client:
        assert client.call(call).document() == {"servers": []}
    assert seen[0].method == "POST"
    assert seen[0].target == f"/v1/{PROJECT}/servers?all=true&tag=a&tag=b"
    assert json.loads(seen[0].body) == {"name": "日", "unset": None}, "a body is sent as it is given"


@pytest.mark.parametrize("path", ["v1/servers", "", "/v1/servers?a=b", "/v1#x", "@evil.example.com/"])
def test_a_path_that_would_change_the_host_or_the_query_is_refused(path: str) -> None:
    with pytest.raises(InvalidParameter, match="path must start with /"):
        HuaweiRequest(service="ecs", method="GET", path=path)


def test_a_generic_create_is_taken_for_a_create() -> None:
    assert AlibabaRequest(product="ecs", version="1", action="A").effect is Effect.CREATE
    assert HuaweiRequest(service="ecs", method="DELETE", path="/v1/x").effect is Effect.CREATE
    assert HuaweiRequest(service="ecs", method="get", path="/v1/x").effect is Effect.READ


def test_a_generic_refusal_is_judged_like_the_others() -> None:
    flag = Answer({"Success": False, "ErrorCode": "X", "ErrorMessage": "no"})
    sentence = r"^\[CF204\] ecs A was refused \(HTTP 200, code X\): no"
    with alibaba(lambda _: flag) as client, pytest.raises(InvalidRequest, match=sentence):
        client.call(AlibabaRequest(product="ecs", version="1", action="A", effect=Effect.READ))
    envelope = Answer({"code": "X.1", "message": "no", "success": False})
    sentence = r"^\[CF204\] ecs GET /v1 was refused \(HTTP 200, code X\.1\): no"
    with huawei(lambda _: envelope) as client, pytest.raises(InvalidRequest, match=sentence):
        client.call(HuaweiRequest(service="ecs", method="GET", path="/v1"))


def test_a_login_that_fails_does_not_show_the_password() -> None:
    login = make(iam.CreateToken, user_name="u", password="hunter22", domain_name="d")
    answer = Answer({"error_code": "IAM.0062", "error_msg": "Incorrect password"}, 401)
    with huawei(lambda _: answer) as client, pytest.raises(AuthenticationFailed) as caught:
        client.call(login)
    error: CloudError = caught.value
    assert error.sentence().startswith(
        "IAM CreateToken was not authenticated (HTTP 401, code IAM.0062): Incorrect password"
    )
    assert "hunter22" not in str(error) + repr(vars(error))
