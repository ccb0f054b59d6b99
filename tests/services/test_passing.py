"""The codes of trouble that passes: what each is to a read, a change and a create, and that each has a source."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_cloudflows.calls import passing
from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.calls.call import Call
from airflow_provider_cloudflows.calls.passing import Passing
from airflow_provider_cloudflows.errors import (
    Busy,
    CloudError,
    Conflict,
    InvalidRequest,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    Repeat,
    ServerError,
    Throttled,
)
from airflow_provider_cloudflows.services.bpstudio.service import BPSTUDIO
from airflow_provider_cloudflows.services.dataworks.service import DATAWORKS
from airflow_provider_cloudflows.services.fabric.service import FABRIC
from airflow_provider_cloudflows.services.iam import IAM
from airflow_provider_cloudflows.services.secmaster.service import SECMASTER
from airflow_provider_cloudflows.transport import retry
from airflow_provider_cloudflows.transport.effect import Effect
from tests.services.clients import alibaba, reply
from tests.transport.servers import Answer, Seen

ROWS = [*passing.ALIBABA, *passing.HUAWEI]
SERVICES = {"alibaba": (DATAWORKS, BPSTUDIO), "huawei": (FABRIC, SECMASTER, IAM)}


def request(cloud: str, effect: Effect) -> Call[Any]:
    if cloud == "alibaba":
        return AlibabaRequest(product="vpc", version="2016-04-28", action="CreateVSwitch", effect=effect)
    return HuaweiRequest(service="rds", method="POST", path="/v3/instances", effect=effect)


def told(cloud: str, code: str, effect: Effect, status: int = 400) -> CloudError:
    document = f'{{"Code": "{code}", "Message": "m", "error_code": "{code}", "error_msg": "m"}}'
    with pytest.raises(CloudError) as caught:
        request(cloud, effect).read(reply(document.encode(), status))
    return caught.value


@pytest.mark.parametrize(
    ("cloud", "code", "kind"),
    [
        ("alibaba", "Throttling.User", Throttled),
        ("alibaba", "Rejected.Throttling", Throttled),
        ("alibaba", "Flow.Throttling.Api", Throttled),
        ("alibaba", "EipOperation.TooFrequently", Throttled),
        ("alibaba", "SystemBusy", Busy),
        ("alibaba", "ServiceBusy", Busy),
        ("alibaba", "Site.ServiceBusy", Busy),
        ("alibaba", "LastTokenProcessing", Busy),
        ("alibaba", "OperationFailed.LastTokenProcessing", Busy),
        ("alibaba", "OperationConflict", Busy),
        ("alibaba", "ServiceUnavailableTemporary", ServerError),
        ("alibaba", "InternalFailure", ServerError),
        ("alibaba", "IncorrectStatus.VSwitch", Conflict),
        ("alibaba", "IncorrectVSwitchStatus", Conflict),
        ("alibaba", "IncorrectInstanceStatus.Initializing", Conflict),
        ("huawei", "APIGW.0308", Throttled),
        ("huawei", "APIG.0308", Throttled),
        ("huawei", "CCE.01429002", Throttled),
        ("huawei", "DBS.200019", Busy),
        ("huawei", "dataartsfabric.00000001", Busy),
        ("huawei", "APIG.9999", ServerError),
        ("huawei", "DBS.200011", Conflict),
        # What only looks like it.
        ("alibaba", "Throttling.Api.Risk", QuotaExceeded),
        ("alibaba", "InvalidParameter.ThrottlingRate", InvalidRequest),
        ("alibaba", "MissingThrottlingPolicy", InvalidRequest),
        ("alibaba", "Forbidden.RAM", PermissionDenied),
        ("alibaba", "SystemBusyBody", InvalidRequest),
        ("huawei", "DBS.200001", InvalidRequest),
    ],
)
@pytest.mark.parametrize("effect", Effect)
def test_what_a_code_is(cloud: str, code: str, kind: type[CloudError], effect: Effect) -> None:
    error = told(cloud, code, effect)
    is_open = effect is Effect.CREATE and issubclass(kind, ServerError)
    assert type(error) is (OutcomeUnknown if is_open else kind)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.codes[0])
def test_each_code_passes_and_says_where_it_is_from(row: Passing) -> None:
    assert row.kind in (Throttled, Busy, ServerError, Conflict)
    assert row.kind.repeat is Repeat.LATER
    assert row.meaning
    assert row.source
    assert len(set(row.codes)) == len(row.codes)


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_every_service_of_a_cloud_knows_its_codes(cloud: str) -> None:
    table = passing.by_code(getattr(passing, cloud.upper()))
    for service in (*SERVICES[cloud], request(cloud, Effect.READ).service):
        assert {code: service.errors().get(code) for code in table} == dict(table)


@pytest.mark.parametrize("status", [403, 409])
def test_another_operation_in_progress_is_no_lack_of_a_right_and_no_name_that_is_taken(status: int) -> None:
    for cloud, code in (("huawei", "DBS.200019"), ("alibaba", "LastTokenProcessing"), ("alibaba", "OperationConflict")):
        assert type(told(cloud, code, Effect.IDEMPOTENT, status)) is Busy
        assert type(told(cloud, code, Effect.CREATE, status)) is OutcomeUnknown


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"Code": "QpsLimitExceeded", "Message": "m"}, status=400, headers={"x-acs-retry-after": "30"}),
        Answer({"Code": "Rejected.Throttling", "Message": "m"}, status=400),
        Answer({"Code": "SystemBusy", "Message": "m"}, status=400),
        Answer({"Code": "LastTokenProcessing", "Message": "m"}, status=403),
    ],
    ids=["retry-after", "throttling", "busy", "token"],
)
@pytest.mark.parametrize("effect", [Effect.READ, Effect.IDEMPOTENT])
def test_a_call_comes_back_by_itself(answer: Answer, effect: Effect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "THROTTLED_SPREAD", 0.0)
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)
    answers = iter([answer, Answer({"RequestId": "r-2"})])

    def handler(_: Seen) -> Answer:
        return next(answers)

    with alibaba(handler) as client:
        assert client.call(request("alibaba", effect)).request_id == "r-2"


def test_a_conflict_of_states_is_left_to_the_task() -> None:
    """It may last as long as a machine takes to start, or until somebody does something."""
    seen: list[Seen] = []

    def handler(request_: Seen) -> Answer:
        seen.append(request_)
        return Answer({"Code": "Held", "Message": "in use"}, status=409)

    with alibaba(handler) as client, pytest.raises(Conflict, match="conflicts with the state of what it works on"):
        client.call(request("alibaba", Effect.IDEMPOTENT))
    assert len(seen) == 1
