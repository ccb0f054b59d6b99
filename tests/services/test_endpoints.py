"""Which host answers for which service."""

from __future__ import annotations

import pytest

from airflow_provider_cloudflows.calls.any_operation import AlibabaRequest, HuaweiRequest
from airflow_provider_cloudflows.calls.endpoints import Endpoints, origin_of
from airflow_provider_cloudflows.calls.service import Service
from airflow_provider_cloudflows.errors import ConfigurationError
from airflow_provider_cloudflows.services.bpstudio.service import BPSTUDIO
from airflow_provider_cloudflows.services.dataworks.service import CENTRAL_REGIONS, DATAWORKS
from airflow_provider_cloudflows.services.fabric.service import FABRIC
from airflow_provider_cloudflows.services.iam import IAM
from airflow_provider_cloudflows.services.secmaster.service import SECMASTER
from airflow_provider_cloudflows.services.sts import ALIBABA_STS, HUAWEI_STS

ECS = AlibabaRequest(product="ecs", version="2014-05-26", action="DescribeRegions").service
VPC = HuaweiRequest(service="vpc", method="GET", path="/v1/vpcs").service


@pytest.mark.parametrize(
    ("service", "region", "vpc", "host"),
    [
        (DATAWORKS, "cn-hangzhou", False, "dataworks.cn-hangzhou.aliyuncs.com"),
        (DATAWORKS, "cn-hangzhou", True, "dataworks-vpc.cn-hangzhou.aliyuncs.com"),
        (DATAWORKS, "cn-qingdao", False, "dataworks.aliyuncs.com"),
        (DATAWORKS, "a-region-made-tomorrow", False, "dataworks.a-region-made-tomorrow.aliyuncs.com"),
        (BPSTUDIO, "cn-shanghai", False, "bpstudio.cn-hangzhou.aliyuncs.com"),
        (BPSTUDIO, None, False, "bpstudio.cn-hangzhou.aliyuncs.com"),
        (BPSTUDIO, "ap-southeast-1", False, "bpstudio.ap-southeast-1.aliyuncs.com"),
        (ALIBABA_STS, None, False, "sts.aliyuncs.com"),
        (ALIBABA_STS, "cn-beijing", False, "sts.cn-beijing.aliyuncs.com"),
        (ALIBABA_STS, "cn-beijing", True, "sts-vpc.cn-beijing.aliyuncs.com"),
        (ECS, "cn-beijing", False, "ecs.cn-beijing.aliyuncs.com"),
        (ECS, "cn-beijing", True, "ecs-vpc.cn-beijing.aliyuncs.com"),
        (SECMASTER, "cn-north-4", False, "secmaster.cn-north-4.myhuaweicloud.com"),
        (SECMASTER, "eu-west-101", False, "secmaster.eu-west-101.myhuaweicloud.eu"),
        (FABRIC, "cn-north-4", True, "fabric.cn-north-4.myhuaweicloud.com"),
        (IAM, None, False, "iam.myhuaweicloud.com"),
        (IAM, "cn-north-4", False, "iam.cn-north-4.myhuaweicloud.com"),
        (HUAWEI_STS, "cn-north-4", False, "sts.cn-north-4.myhuaweicloud.com"),
        (VPC, "cn-north-4", False, "vpc.cn-north-4.myhuaweicloud.com"),
    ],
)
def test_the_host_of_a_service(service: Service, region: str | None, vpc: bool, host: str) -> None:
    assert Endpoints(region=region, vpc=vpc).origin(service) == f"https://{host}"


def test_regions_without_a_host_share_the_central_one() -> None:
    origins = {Endpoints(region=region, vpc=True).origin(DATAWORKS) for region in CENTRAL_REGIONS}
    assert origins == {"https://dataworks.aliyuncs.com"}


def test_the_override_of_one_service_is_stronger_than_that_of_all() -> None:
    endpoints = Endpoints(everywhere="http://127.0.0.1:1", overrides={"fabric": "https://fabric.example.com"})
    assert endpoints.origin(FABRIC) == "https://fabric.example.com"
    assert endpoints.origin(SECMASTER) == "http://127.0.0.1:1"


@pytest.mark.parametrize("service", [DATAWORKS, SECMASTER, FABRIC, HUAWEI_STS, ECS, VPC])
def test_a_missing_region_is_one_sentence(service: Service) -> None:
    sentence = (
        rf"^\[CF101\] {service.title} needs a region to find its host; set Region in the connection or pass region=\.$"
    )
    with pytest.raises(ConfigurationError, match=sentence):
        Endpoints().origin(service)


@pytest.mark.parametrize(
    "region", ["cn hangzhou", "cn-hangzhou/", "evil.com#", "https://x", "a..b", "-", "中国", "a\n"]
)
def test_a_region_that_would_change_the_host_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a region id such as cn-hangzhou"):
        Endpoints(region=region)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://host.example.com", "https://host.example.com"),
        (" https://Host.Example.com/ ", "https://host.example.com"),
        ("host.example.com", "https://host.example.com"),
        ("host.example.com:8443", "https://host.example.com:8443"),
        ("https://host.example.com:443", "https://host.example.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_endpoint_becomes_what_is_signed(url: str, origin: str) -> None:
    assert origin_of(url, "Endpoint") == origin


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "must be scheme, host and port"),
        ("https://", "must be scheme, host and port"),
        ("https://host/path", "must be scheme, host and port"),
        ("https://host?x=1", "must be scheme, host and port"),
        ("https://user:pa55@host", "must be scheme, host and port"),
        ("https://host:port", "must be scheme, host and port"),
        ("https://host:99999", "must be scheme, host and port"),
        ("[", "must be scheme, host and port"),
        ("https://[::1", "must be scheme, host and port"),
        ("https://host\uff0fpath", "must be scheme, host and port"),
        ("http://host.example.com", "which is not this machine"),
        ("ftp://127.0.0.1", "which is not this machine"),
    ],
)
def test_an_endpoint_that_is_none_is_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Endpoint .*{sentence}") as caught:
        origin_of(url, "Endpoint")
    assert "pa55" not in str(caught.value)
