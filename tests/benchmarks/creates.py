"""One create: arguments validated, signed, sent over a warm connection, the answer read into its type.

What is measured is the processor time of the client. The time on the clock says more of the server beside it: one that
gets the head of a request before its body, as the HTTP library sends them, begins to work earlier than one that gets
both in the one packet of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.benchmarks.table import Row, interleaved

__all__ = ["measure"]

ROUNDS = 40
CALLS = 60
REGION, PROJECT, WORKSPACE = "cn-hangzhou", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "f44065f5-557b-4376-ae02-8c65ef1960f4"
DATACLASS = "e410ae50-43fa-343e-807a-a2a9edb8018e"
KEY_ID, SECRET = "LTAI5tBenchmark", "BenchmarkSecret000000000000001"


@contextmanager
def server() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.server"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def ours(url: str) -> tuple[Callable[[], object], Callable[[], object]]:
    from airflow_provider_cloudflows.hooks.alibaba import AlibabaCloudHook
    from airflow_provider_cloudflows.hooks.huawei import HuaweiCloudHook
    from airflow_provider_cloudflows.services.dataworks.create_business import CreateBusiness
    from airflow_provider_cloudflows.services.secmaster.create_workflow import CreateWorkflow

    for cloud in ("alibaba", "huawei"):
        extra = {"region": REGION, "endpoint": url, "project_id": PROJECT}
        fields = {"conn_type": f"cloudflows_{cloud}", "login": KEY_ID, "password": SECRET, "extra": extra}
        os.environ[f"AIRFLOW_CONN_BENCHMARK_{cloud.upper()}"] = json.dumps(fields)
    alibaba, huawei = AlibabaCloudHook("benchmark_alibaba"), HuaweiCloudHook("benchmark_huawei")

    def create_business() -> object:
        request = CreateBusiness(project_id=10000, business_name="daily", description="d", use_type="NORMAL")
        return alibaba.call(request).business_id

    def create_workflow() -> object:
        request = CreateWorkflow(
            workspace_id=WORKSPACE, name="contain", aop_type="NORMAL", dataclass_id=DATACLASS, description="d"
        )
        return huawei.call(request).data.id

    return create_business, create_workflow


def theirs(url: str) -> tuple[Callable[[], object], Callable[[], object]]:
    from alibabacloud_dataworks_public20200518 import models
    from alibabacloud_dataworks_public20200518.client import Client
    from alibabacloud_tea_openapi.utils_models import Config
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdksecmaster import v1 as secmaster

    config = Config(
        access_key_id=KEY_ID,
        access_key_secret=SECRET,
        endpoint=url.removeprefix("http://"),
        protocol="http",
        region_id=REGION,
    )
    alibaba = Client(config)
    credentials = BasicCredentials(KEY_ID, SECRET, PROJECT)
    huawei = secmaster.SecMasterClient.new_builder().with_credentials(credentials).with_endpoints([url]).build()

    def create_business() -> object:
        request = models.CreateBusinessRequest(
            project_id=10000, business_name="daily", description="d", use_type="NORMAL"
        )
        return alibaba.create_business(request).body.business_id

    def create_workflow() -> object:
        body = secmaster.CreateAopWorkflowInfo(
            name="contain",
            aop_type="NORMAL",
            dataclass_id=DATACLASS,
            description="d",
            engine_type="public_engine",
        )
        request = secmaster.CreateAopWorkflowRequest(project_id=PROJECT, workspace_id=WORKSPACE, body=body)
        return huawei.create_aop_workflow(request).data.id

    return create_business, create_workflow


def bare(url: str) -> Callable[[], object]:
    """The same create without signature, model or judgement: one call of the HTTP library, one answer read."""
    import httpx

    client = httpx.Client(trust_env=False)
    headers = {"x-acs-action": "CreateBusiness", "Content-Type": "application/x-www-form-urlencoded"}
    body = b"BusinessName=daily&Description=d&ProjectId=10000&UseType=NORMAL"

    def create_business() -> object:
        return client.post(url, content=body, headers=headers).json()["BusinessId"]

    return create_business


def milliseconds_of(create: Callable[[], object]) -> Callable[[], float]:
    def measure_once() -> float:
        started = time.process_time()
        for _ in range(CALLS):
            create()
        return (time.process_time() - started) / CALLS * 1000

    return measure_once


def measure() -> list[Row]:
    """Return one row for each cloud, and one beside the HTTP library itself."""
    with server() as url:
        (alibaba, huawei), (alibaba_sdk, huawei_sdk) = ours(url), theirs(url)
        return [
            row("Alibaba CreateBusiness", alibaba, alibaba_sdk, 0.8),
            row("SecMaster CreateWorkflow", huawei, huawei_sdk, 0.6),
            row("Alibaba CreateBusiness (beside bare httpx)", alibaba, bare(url), 1.05),
        ]


def row(name: str, mine: Callable[[], object], other: Callable[[], object], limit: float) -> Row:
    """Return what ``mine`` takes beside ``other``."""
    assert mine() == other(), "both read the same id from the same answer"
    contestants = {"mine": milliseconds_of(mine), "other": milliseconds_of(other)}
    interleaved(contestants, 2)  # warm
    took = interleaved(contestants, ROUNDS)
    figure, beside = took.medians["mine"], took.medians["other"]
    return Row(f"one create, processor time: {name}", figure, "ms", beside, limit, took.ratios["other"])
